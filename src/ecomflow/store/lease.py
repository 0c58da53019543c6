"""Who is the engine of a shop: a row with a fencing number, renewed each second, checked in every commit."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ecomflow.errors import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ecomflow.store.store import Store

RENEW_SECONDS = 1.0
EXPIRES_MICROS = 3_000_000
"""A holder that has not renewed for so long is taken to be dead."""
AHEAD_MICROS = 600_000_000
"""For so long a holder may take the lease in advance, for what lets it do nothing else meanwhile."""


def is_fresh(now: int, seen: int) -> bool:
    """Return whether a lease that was last renewed then still holds."""
    return -AHEAD_MICROS <= now - seen < EXPIRES_MICROS


class Lease:
    """The right to be the engine.

    Args:
        store: the store whose engine this is.
        holder: a text that names this process.
    """

    def __init__(self, store: Store, holder: str) -> None:
        self._store, self.holder = store, holder
        self.can_be_lost = store.path != ":memory:"
        """Whether another process may take it; nobody else gets at a store in memory."""
        self.fence = 0
        self.last_seen: int | None = None
        """When the engine before was last alive, in microseconds; None where there was none."""

    def take(self, now: int, alive: Callable[[str], bool] = lambda _: True) -> bool:
        """Take the lease unless another process holds it.

        Args:
            now: microseconds since 1970.
            alive: tells whether a holder may still run; one that is known to be gone is not waited for.

        Returns:
            Whether this process is the engine now.
        """
        self._store.begin()
        row = self._store.row("lease", self._store.shop)
        held = row is not None and row[1] not in ("", self.holder) and is_fresh(now, row[2])
        if held and alive(row[1]):
            self._store.rollback()
            return False
        self.last_seen = None if row is None else row[2]
        self._store.run("take_lease", self._store.shop, self.holder, now)
        self.fence = self._store.row("lease", self._store.shop)[0]
        self._store.commit()
        return True

    def renew(self, now: int) -> None:
        """Say inside a transaction that this process is alive.

        Raises:
            LeaseLostError: another process has taken over.
        """
        if not self._store.update("renew_lease", (now, self._store.shop, self.fence)):
            raise LeaseLostError("another process has become the engine of this shop")

    def check(self) -> None:
        """Check inside a transaction that this process is still the engine.

        Raises:
            LeaseLostError: another process has taken over.
        """
        if self._store.row("check_lease", self._store.shop, self.fence) is None:
            raise LeaseLostError("another process has become the engine of this shop")

    @contextmanager
    def ahead(self, clock: Callable[[], int]) -> Iterator[None]:
        """Hold the lease in advance, for what lets this process do nothing else for a while.

        Raises:
            LeaseLostError: another process has taken over.
        """
        self._renewed_now(clock() + AHEAD_MICROS)
        try:
            yield
        finally:
            self._renewed_now(clock())

    def _renewed_now(self, moment: int) -> None:
        self._store.begin()
        try:
            self.renew(moment)
            self._store.commit()
        finally:
            self._store.rollback()

    def free(self) -> None:
        """Give the lease back, so that the next engine need not wait for its end."""
        self._store.begin()
        self._store.run("free_lease", self._store.shop, self.fence)
        self._store.commit()
