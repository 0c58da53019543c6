"""Calls that connections hold, as people read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.model import Waiting
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.gates import CROWD

if TYPE_CHECKING:
    from ecomflow.store import Store

PAUSED: Final = "which is paused"


class HeldCalls:
    """Reads which calls are held, and why.

    Args:
        store: what to read.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, n: int) -> tuple[Waiting, ...]:
        """Return what a run waits for at connections; ``due`` is when the next try is."""
        return tuple(_waiting(*row) for row in self._store.rows("held_calls_of", self._store.shop, n))

    def over(self, n: int, pending: tuple[Waiting, ...]) -> tuple[Waiting, ...]:
        """Return what a run waits for, with what is held in the place of calls that seem to be under way."""
        held = {waiting.path: waiting for waiting in self.of(n)}
        return tuple(held.get(each.path, each) if each.kind == "action" else each for each in pending) if held else pending

    def troubled(self) -> list[str]:
        """Return a sentence for each connection that is paused, or left in peace because it fails."""
        rows = self._store.rows("gates", self._store.shop)
        return [f"{name} {_why(*row[:3], 0, row[-2]).removeprefix('which ')}" for name, *row in rows if row[0] or row[2]]


def _waiting(path: str, name: str, paused: int | None, failures: int, trips: int, asked: int, said: str, wake: int | None) -> Waiting:
    if name == CROWD:
        return Waiting("place", path, None, "a place among the calls that are under way")
    why = _why(paused or 0, failures or 0, trips or 0, asked or 0, said or "")
    return Waiting("connection", path, None if wake is None else to_moment(wake), f"{name}, {why}")


def _why(paused: int, failures: int, trips: int, *rest: Any) -> str:
    said = f": {rest[-1]}" if rest[-1] else ""
    if paused:
        return PAUSED
    if trips:
        return f"which has failed {failures} times in a row{said}"
    return f"which asked to wait{said}" if rest[0] else "which takes no more requests for now"
