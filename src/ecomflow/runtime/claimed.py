"""Timers that have gone off and are not served yet, where more are due than one transaction takes.

That they have gone off is one moment, kept with the first of them: what comes after it, such as an event or a decision, finds
each run told of its timers before (R:W1), though thousands are served in portions, and an engine that dies in between goes on
with the others at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.runtime.record import LiveRun
    from ecomflow.store import Store

_MOMENT = "gone_off:"


class Claimed:
    """The timers of one shop that have gone off.

    Args:
        store: where timers are kept.
        feed: tells a run of one.
    """

    def __init__(self, store: Store, feed: Callable[..., Any]) -> None:
        self._store, self._feed = store, feed
        self._until: int | None = None

    def forget(self) -> None:
        """Drop what is in memory; the next portion tells it again."""
        self._until = None

    def take(self, moment: int | None) -> None:
        """Let all timers that are due by a moment have gone off; None where none of them is left for another portion."""
        self._until = moment
        if moment is not None:
            self._store.run("set_meta", _MOMENT + self._store.name, moment)

    def catch_up(self, run: LiveRun) -> None:
        """Tell a run of its timers that have gone off, before what comes for it now (R:W1); of one that another of them cancels, it is not told."""
        if self._until is None:
            return
        for (path,) in self._store.rows("due_timers_of", self._store.shop, run.n, self._until):
            if self._store.update("cancel_timer", (self._store.shop, run.n, path)):
                self._feed(run, "timer", path)


def gone_off_by(store: Store) -> int:
    """Return the moment by which timers have gone off, in microseconds; those of them that are left were not late (R:W6)."""
    found: int | None = store.value("meta", _MOMENT + store.name)
    return found or 0
