"""One process that is the engine: put together as the seat does it, on virtual time, so that it can die anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from outside import registry
from timeline import Clock, VirtualLoop

from ecomflow.runtime.hands import Hands
from ecomflow.runtime.host import Host
from ecomflow.runtime.kernel import Kernel
from ecomflow.runtime.reading import Reader
from ecomflow.runtime.secrets import registered
from ecomflow.store import FAULTS, Inbox, Lease, Store

if TYPE_CHECKING:
    from ecomflow.language import Project

_ROUNDS = 20_000


class Process:
    """An engine that runs. Made by :meth:`start`, which may raise what its opening does.

    Attributes:
        store: the engine's own.
        host: who drives it.
    """

    def __init__(self, project: Project, path: Path, clock: Clock, name: str) -> None:
        self.project, self.path, self.clock, self.name = project, path, clock, name
        self.loop = VirtualLoop(clock)
        self.store: Store | None = None
        self.inbox: Inbox | None = None
        self.host: Host | None = None
        self._random = Random(name)

    def start(self, living: Callable[[str], bool], die_in: int | None = None) -> bool:
        """Become the engine; return False where another one is."""
        self.loop.die_in = die_in
        self.store = Store(self.path, self.project.shop)
        self.lease = Lease(self.store, self.name)
        if not self.lease.take(self.clock.wall(), alive=living):
            return False
        self.kernel = Kernel(
            self.store, registry().catalog, clock=self.clock, suffix=lambda: f"{self._random.getrandbits(64):016x}",
            secrets=registered(self.project), lease=self.lease,
        )  # fmt: skip
        self.kernel.open(self.project)
        self.inbox = Inbox(self.path, self.project.shop)
        self.inside(self._drive)
        self.settle()
        return True

    def _drive(self) -> None:
        self.host = Host(self.kernel, Hands(registry(), self.project), self.inbox, lambda: self.project)
        self.host.start()

    def inside(self, what: Callable[[], Any]) -> Any:
        """Call a function on the loop, and let follow what does; return what it gave, or raise what it raised."""
        found: list[Any] = []

        async def call() -> None:
            try:
                found.append((what(), None))
            except Exception as error:  # noqa: BLE001 it is raised below
                found.append((None, error))

        self.loop.create_task(call())
        self.settle()
        value, error = found[0]
        if error is not None:
            raise error
        return value

    def ask(self, what: Callable[[], Any]) -> Any:
        """Let a coroutine or future of the host come to its end; raise what it raises."""
        future: list[asyncio.Future[Any]] = []

        async def call() -> Any:
            return await what()

        future.append(self.loop.create_task(call()))
        self.settle()
        assert future[0].done(), "a request was never answered"
        return future[0].result()

    def settle(self) -> None:
        """Let everything happen that is due now."""
        for _ in range(_ROUNDS):
            if not self.loop.round():
                return
        raise AssertionError("the engine goes round in circles")

    def next(self) -> int | None:
        """Return when the next thing of interest happens, in the clock's microseconds: ticks of the engine are none."""
        assert self.host is not None
        ticks = {id(handle) for handle in (*self.host._ticks, self.host._alarm)}
        times = [h.when() for h in self.loop._scheduled if not h.cancelled() and id(h) not in ticks]  # type: ignore[attr-defined]
        found = [round(when * 1_000_000) for when in times]
        if (rest := self.kernel.rest) is not None and self.host.failed is None:
            fire = self.clock.passed + rest
            # Where the wall's clock has jumped, the next tick sees it.
            found.append(fire if fire > self.clock.passed else self.loop.due or fire)
        return min(found, default=None)

    def reader(self) -> Reader:
        """Return what people look with."""
        return Reader(self.kernel.store, self.kernel.definitions, self.kernel.events)

    def leave(self) -> None:
        """Stop as one should."""
        assert self.host is not None
        assert self.store is not None
        lost = self.host.failed is not None
        task = self.loop.create_task(self.host.stop(drain=5.0))
        for _ in range(1000):
            self.settle()
            if task.done():
                break
            self.clock.passed = max(self.clock.passed, self.next() or 0)
        task.result()
        if not lost:
            with suppress(*FAULTS):
                self.lease.free()

    def clear_away(self) -> None:
        """Let nothing be left of a process that has ended or died."""
        self.loop.die_in = None
        for _ in range(3):
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            for handle in list(self.loop._scheduled):  # type: ignore[attr-defined]
                handle.cancel()
            self.loop.round()
        if self.host is not None:
            self.host.hands.connections.watch.close()  # its thread would outlive this process of ours
        for file in (self.inbox, self.store):
            if file is not None:
                file.close()
        self.loop.close()
