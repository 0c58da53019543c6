"""The connections of a project, each opened at its first use and closed at the end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import NotFoundError, Permanent
from ecomflow.foreign import LoopWatch, Watched, in_thread, told
from ecomflow.runtime.outgoing import LOCAL, chosen
from ecomflow.runtime.secrets import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.language import Project
    from ecomflow.matching import Sought
    from ecomflow.model import ActionSpec
    from ecomflow.registry import Registry
    from ecomflow.runtime.base import Call

_log = logging.getLogger("ecomflow.action")
_CLOSING: Final = 5.0
"""Seconds that a connection has to close."""


class Connections:
    """Opens connections.

    Args:
        registry: what is installed.
        project: which connections there are.
    """

    def __init__(self, registry: Registry, project: Project) -> None:
        self._registry, self._project = registry, project
        self.opened: dict[str, Any] = {}
        self._opening: dict[str, asyncio.Task[Any]] = {}
        self.watch = LoopWatch()
        """Knows which plugin's function has the loop."""

    def name(self, call: Call, spec: ActionSpec) -> str | None:
        """Return the connection that a call goes through, or None where it needs none.

        Raises:
            NotFoundError: it needs one, and the project has none that fits.
        """
        if not spec.connections:
            return None
        name = call.connection or chosen(spec, self._project.connections)
        if name is None:
            raise NotFoundError(f"{call.action} needs a connection ({', '.join(spec.connections)}), and the project has none")
        return name

    def open_now(self, name: str) -> Any:
        """Return a connection, opened in this thread where it is not open yet.

        Raises:
            Permanent: it is opened by an ``async def``, which cannot be waited for here.
        """
        if name not in self.opened:
            plugin, settings = self._config(name)
            if self._registry.opener(plugin).is_async:
                raise Permanent(f"connection {name} is opened by an async def: an action that is quick cannot wait for it")
            try:
                self.opened[name] = self._registry.open_connection(name, plugin, settings, self._project.root)
            except BaseException as error:
                raise told(error) from error
        return self.opened[name]

    async def open(self, name: str) -> Any:
        """Return a connection; where it is not open yet, it is opened once for all who ask, and none of them holds the loop.

        An opening that does not come back goes on when those who ask have given up; one that failed is tried again for
        the next who asks.
        """
        if name in self.opened:
            return self.opened[name]
        task = self._opening.get(name)
        if task is None:
            task = self._opening[name] = asyncio.get_running_loop().create_task(self._opened(name))
            task.add_done_callback(lambda done: self._ended(name, done))
        return await asyncio.shield(task)

    async def _opened(self, name: str) -> Any:
        plugin, settings = self._config(name)
        opener, root = self._registry.opener(plugin), self._project.root
        if opener.is_async:
            return await Watched(opener.open(name, settings, root), f"connection {name}", self.watch)
        return await in_thread(lambda: opener.open(name, settings, root))

    def _ended(self, name: str, task: asyncio.Task[Any]) -> None:
        self._opening.pop(name, None)
        if not task.cancelled() and task.exception() is None:
            self.opened[name] = task.result()

    def _config(self, name: str) -> tuple[str, Mapping[str, Any]]:
        config = self._project.connections.get(name)
        return (LOCAL, {}) if config is None else (config.plugin, resolve(config.settings, self._project.root))

    def names(self) -> list[str]:
        """Return the connections of the project, and the embedded desk where it is used without being named."""
        named = self._project.connections
        desk = [] if any(config.plugin == LOCAL for config in named.values()) else [LOCAL]
        return [*named, *desk]

    async def erase(self, name: str, sought: Sought, runs: frozenset[str]) -> int | str:
        """Let a connection erase somebody, if it has a method for that; return how many records it did, or why none."""
        try:
            connection = await self.open(name)
        except Exception as error:  # noqa: BLE001 a plugin may raise anything
            return f"could not be opened: {type(error).__name__}"
        erase = getattr(connection, "erase_person", None)
        if erase is None:
            return "keeps what it has: it cannot be asked to erase"
        count: int = await in_thread(lambda: erase(sought, runs))
        return count

    async def close(self) -> None:
        """Close the connections that were opened; one that cannot be closed keeps no other open."""
        self.watch.close()
        for task in self._opening.values():
            task.cancel()
        for name, connection in self.opened.items():
            try:
                async with asyncio.timeout(_CLOSING):
                    await self._close(name, connection)
            except Exception as error:  # noqa: BLE001 a plugin may raise anything
                _log.warning("connection %s could not be closed: %s: %s", name, type(error).__name__, error)
        self.opened.clear()

    async def _close(self, name: str, connection: Any) -> None:
        close = getattr(connection, "aclose", None)
        if close is not None:
            await Watched(close(), f"connection {name}", self.watch)
        elif hasattr(connection, "close"):
            await in_thread(connection.close)
