"""The engine's seat: lease, store, inbox and host, taken together and left together."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from ecomflow.errors import StoreError
from ecomflow.runtime.hands import Hands
from ecomflow.runtime.holder import holder_here, holder_lives
from ecomflow.runtime.host import Host
from ecomflow.runtime.kernel import Kernel
from ecomflow.runtime.memory import Collector
from ecomflow.runtime.secrets import registered
from ecomflow.store import FAULTS, Inbox, Lease, Store, said
from ecomflow.store.disks import network_file_system

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ecomflow.language import Project
    from ecomflow.registry import Registry

_log = logging.getLogger("ecomflow")


class Seat:
    """What makes this process the engine of a shop. Made by :meth:`take`.

    Attributes:
        host: who does the work.
    """

    host: Host

    def __init__(self, store: Store, lease: Lease) -> None:
        self._store, self._lease = store, lease
        self._inbox = Inbox(store.path, store.name)
        self._collector = Collector()

    @classmethod
    def take(
        cls, project: Project, registry: Registry, clock: Callable[[], int], load: Callable[[], Project], path: Path, bell: Path
    ) -> Seat | None:
        """Become the engine, or return None where another process is.

        Args:
            project: what is deployed at the opening.
            registry: what is installed.
            clock: the time in microseconds.
            load: reads the project's files again.
            path: the store's file.
            bell: where the socket lies that wakes the engine.

        Raises:
            StoreError: the store cannot be read or written.
        """
        network = network_file_system(path)
        if network is not None:
            _log.warning("%s lies on a network file system (%s), where two engines may run and commits be lost: move it to a local disk", path, network)
        store, seat = Store(path, project.shop), None
        lease = Lease(store, holder_here())
        try:
            if lease.take(clock(), alive=holder_lives):
                seat = cls(store, lease)
                seat._begin(project, registry, clock, load, bell)
        except BaseException as error:
            seat._let_go() if seat is not None else store.close()
            if isinstance(error, FAULTS):
                raise StoreError(f"{path} cannot be used: {error}") from error
            raise
        if seat is None:
            store.close()
        return seat

    def _begin(
        self, project: Project, registry: Registry, clock: Callable[[], int], load: Callable[[], Project], bell: Path
    ) -> None:
        kernel = Kernel(
            self._store, registry.catalog, clock=clock, suffix=Suffixes().next, secrets=registered(project), lease=self._lease
        )  # fmt: skip
        kernel.open(project)
        self._collector.settle()
        self.host = Host(kernel, Hands(registry, project), self._inbox, load, bell)
        self.host.start()

    async def leave(self, drain: float) -> None:
        """Stop being the engine.

        Args:
            drain: seconds that actions in flight get.
        """
        lost = self.host.failed is not None
        await self.host.stop(drain)
        self._let_go(lost=lost)

    def _let_go(self, *, lost: bool = False) -> None:
        if not lost:
            self._free()
        self._collector.restore()
        self._inbox.close()
        self._store.close()

    def _free(self) -> None:
        try:
            self._lease.free()
        except (StoreError, *FAULTS) as error:
            # The next engine sees that this process is gone.
            _log.warning("the lease could not be given back: %s", said(error))


class Suffixes:
    """Makes the unguessable parts of run ids: 64 bits of the machine's randomness each, fetched for many at once."""

    def __init__(self) -> None:
        self._pool: list[str] = []

    def next(self) -> str:
        """Return sixteen hexadecimal digits that were given to nobody before."""
        if not self._pool:
            text = secrets.token_hex(8 * 512)
            self._pool = [text[start : start + 16] for start in range(0, len(text), 16)]
        return self._pool.pop()
