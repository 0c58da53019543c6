"""The numbers of decisions: each higher than all before it, without looking at those that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ecomflow.store import Store

_PORTION: Final = 10_000


class Numbers:
    """Gives numbers. The store knows a mark that none has passed; what a stop leaves below it is given to nobody.

    Args:
        store: where the mark is.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._key = store, f"decisions/{store.shop}"
        self.last = self._mark = 0
        """The number that was given last."""

    def forget(self) -> None:
        """Read the mark again, after a transaction that was undone or at the beginning."""
        mark: int | None = self._store.value("meta", self._key)
        # One that an earlier ecomflow wrote has none: only there all decisions are looked at.
        self._mark = self._store.value("last_decision", self._store.shop) if mark is None else mark
        self.last = self.last or self._mark

    def next(self) -> int:
        """Return the next number, inside a transaction."""
        self.last += 1
        if self.last > self._mark:
            self._mark = self.last + _PORTION
            self._store.run("set_meta", self._key, self._mark)
        return self.last
