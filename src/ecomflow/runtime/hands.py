"""Actions called for real: the installed function, its connection, its time limit, and what its error means."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from ecomflow.errors import ActionError, MissingExtraError, NotFoundError, RateLimited
from ecomflow.model import Page
from ecomflow.plugins import ActionCall
from ecomflow.runtime.attempts import GRACE, Attempts
from ecomflow.runtime.connecting import Connections
from ecomflow.runtime.consent import refused, too_many

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecomflow.callables import Action
    from ecomflow.language import Project
    from ecomflow.matching import Sought
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
        self.connections = Connections(registry, project)
        self._watch = self.connections.watch
        self._quick: dict[str, Action | None] = {}
        self.attempts = Attempts()

    def is_quick(self, name: str) -> bool:
        """Return whether an action is a plain function that may be called on the loop, and nobody is asked before."""
        if name not in self._quick:
            action = self._registry.action(name) if self._registry.has_action(name) else None
            self._quick[name] = action if action is not None and action.spec.quick and not action.spec.consent else None
        return self._quick[name] is not None

    def call_quick(self, call: Call) -> dict[str, Any]:
        """Call a quick action, which ``is_quick`` has named so, and return the data of its attempt."""
        action = self._quick[call.action]
        assert action is not None
        try:
            name = self.connections.name(call, action.spec) if action.spec.connections else None
            connection = None if name is None else self.connections.open_now(name)
            return done(action.call_quick(self._call(call, connection) if action.is_told else None, call.params, self._watch))
        except Exception as error:  # noqa: BLE001 a plugin may raise anything
            return failure(error)

    def begin(self, call: Call, tell: Callable[[dict[str, Any]], object]) -> Callable[[], None]:
        """Call an action, unless what is asked before forbids it; ``tell`` takes the data of its attempt, once.

        Returns:
            What stops it; then nobody is told.
        """
        if not call.asks:
            return self.attempts.begin(call, self._carry_out(call), tell)
        # Each of them has its own time.
        patience = sum(each.timeout + GRACE for each in (*call.asks, call))
        return self.attempts.begin(call._replace(timeout=patience), self._ask_and_call(call), tell)

    async def _ask_and_call(self, call: Call) -> dict[str, Any]:
        if (end := too_many(call)) is not None:
            return end
        for question in call.asks:
            if (end := refused(question, await self.call(question))) is not None:
                return end
        return await self.call(call._replace(asks=()))

    async def call(self, call: Call) -> dict[str, Any]:
        """Call an action and return the data of its attempt; never raises but for cancellation."""
        told: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        stop = self.begin(call, told.set_result)
        try:
            return await told
        except asyncio.CancelledError:
            stop()
            raise

    async def _carry_out(self, call: Call) -> dict[str, Any]:
        try:
            action = self._registry.action(call.action)
            name = self.connections.name(call, action.spec)
            connection = None if name is None else await self.connections.open(name)
            return done(await action.call(self._call(call, connection), call.params, self._watch))
        except Exception as error:  # noqa: BLE001 a plugin may raise anything
            return failure(error)

    def _call(self, call: Call, connection: Any) -> ActionCall:
        now = self._clock() if self._clock is not None else call.at
        return tuple.__new__(ActionCall, (  # as in outgoing
            call.key, call.attempt, connection, _log, now, self._project.shop, call.workflow, call.run_id, call.step, call.locale,
            call.page,
        ))  # fmt: skip

    async def erase(self, sought: Sought, runs: frozenset[str]) -> dict[str, Any]:
        """Have each connection that can do so erase somebody; return how many records each did, or why none."""
        return {name: await self.connections.erase(name, sought, runs) for name in self.connections.names()}

    async def close(self) -> None:
        """Close the connections that were opened, when what is cancelled has ended or had its time to."""
        await self.attempts.ended()
        await self.connections.close()


def done(result: Any) -> dict[str, Any]:
    """Return the data of an attempt that succeeded."""
    if isinstance(result, Page):
        return {"ok": True, "result": list(result), "next": result.next}
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
