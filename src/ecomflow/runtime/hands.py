"""Actions called for real: the installed function, its connection, its time limit, and what its error means."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from ecomflow.errors import ActionError, MissingExtraError, NotFoundError, RateLimited
from ecomflow.plugins import ActionCall
from ecomflow.runtime.secrets import resolve
from ecomflow.runtime.simulated import timed_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecomflow.callables import Action
    from ecomflow.language import Project
    from ecomflow.registry import Registry
    from ecomflow.runtime.base import Call

_log = logging.getLogger("ecomflow.action")


class Hands:
    """Calls actions.

    Args:
        registry: what is installed.
        project: which connections there are.
        clock: the moment of a call; by default that of the commit that asked for it.
    """

    def __init__(self, registry: Registry, project: Project, clock: Callable[[], datetime] | None = None) -> None:
        self._registry, self._project = registry, project
        self._clock = clock
        self._open: dict[str, Any] = {}
        self._quick: dict[str, Action | None] = {}

    def is_quick(self, name: str) -> bool:
        """Return whether an action is a plain function that may be called on the loop."""
        if name not in self._quick:
            action = self._registry.action(name) if self._registry.has_action(name) else None
            self._quick[name] = action if action is not None and action.spec.quick else None
        return self._quick[name] is not None

    def call_quick(self, call: Call) -> dict[str, Any]:
        """Call a quick action, which ``is_quick`` has named so, and return the data of its attempt."""
        action = self._quick[call.action]
        assert action is not None
        try:
            return done(action.call_quick(self._call(call, action), call.params))
        except Exception as error:  # noqa: BLE001 a plugin may raise anything
            return failure(error)

    async def call(self, call: Call) -> dict[str, Any]:
        """Call an action and return the data of its attempt; never raises but for cancellation."""
        try:
            action = self._registry.action(call.action)
            async with asyncio.timeout(call.timeout):
                return done(await action.call(self._call(call, action), call.params))
        except TimeoutError:
            return timed_out(call.timeout)
        except Exception as error:  # noqa: BLE001 a plugin may raise anything
            return failure(error)

    def _call(self, call: Call, action: Action) -> ActionCall:
        now = self._clock() if self._clock is not None else call.at
        connection = self._connection(call, action) if action.spec.connections else None
        return ActionCall(
            call.key, call.attempt, connection, _log, now, self._project.shop, call.workflow, call.run_id, call.step, call.locale
        )

    def _connection(self, call: Call, action: Action) -> Any:
        fitting = action.spec.connections
        name = call.connection or next((c.name for c in self._project.connections.values() if c.plugin in fitting), None)
        if name is None and "local" not in fitting:
            raise NotFoundError(f"{call.action} needs a connection ({', '.join(fitting)}), and the project has none")
        return self._opened(name or "local")

    def _opened(self, name: str) -> Any:
        if name not in self._open:
            config = self._project.connections.get(name)
            plugin, settings = ("local", {}) if config is None else (config.plugin, config.settings)
            known = resolve(settings, self._project.root)
            self._open[name] = self._registry.open_connection(name, plugin, known, self._project.root)
        return self._open[name]

    async def close(self) -> None:
        """Close the connections that were opened."""
        for connection in self._open.values():
            close = getattr(connection, "aclose", None)
            if close is not None:
                await close()
            elif hasattr(connection, "close"):
                connection.close()
        self._open.clear()


def done(result: Any) -> dict[str, Any]:
    """Return the data of an attempt that succeeded."""
    return {"ok": True, "result": result}


def failure(error: BaseException) -> dict[str, Any]:
    """Return the data of an attempt that raised."""
    if isinstance(error, ActionError):
        data: dict[str, Any] = {"ok": False, "class": error.kind, "type": error.type, "message": error.message}
        if isinstance(error, RateLimited) and error.retry_after is not None:
            data["retry_after"] = error.retry_after
        return data
    if isinstance(error, (MissingExtraError, NotFoundError)):
        return {"ok": False, "class": "permanent", "type": "missing", "message": str(error)}
    _log.error("an action raised %s", type(error).__name__, exc_info=error)
    return {"ok": False, "class": "permanent", "type": type(error).__name__, "message": str(error)}
