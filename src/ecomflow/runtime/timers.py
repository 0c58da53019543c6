"""What is due: waits of runs, and moments of triggers."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from ecomflow.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.watches import Watches
    from ecomflow.store import Store

_log = logging.getLogger("ecomflow")


class Timers:
    """Serves what is due.

    Args:
        store: where it is kept.
        runs: who waits.
        watches: triggers that asked to be told.
    """

    def __init__(self, store: Store, runs: Runs, watches: Watches) -> None:
        self._store, self._runs, self._watches = store, runs, watches

    def due(self, now: int, most: int) -> list[tuple[Callable[[], None], Callable[[BaseException], None]]]:
        """Return what is due, in due order; of each how it is served, and how it is left where it cannot be (R:W6)."""
        timers = self._store.rows("due_timers", now, self._store.shop, most)
        found = [((fire, due), partial(self._serve, n, path), partial(self._park, n, path)) for n, path, due, fire in timers]
        watches = self._watches.due(now, most)
        found += [((row[4], row[3]), partial(self._watches.wake, row), partial(self._watches.park, row)) for row in watches]
        return [(serve, park) for _, serve, park in sorted(found, key=lambda each: each[0])[:most]]

    def claim(self, now: int, moment: int, most: int) -> list[tuple[Callable[[], None], Callable[[BaseException], None]]]:
        """Return the same; where more is due, all of it has gone off by a moment, that of the transaction."""
        due = self.due(now, most)
        self._runs.claimed.take(moment if len(due) == most else None)
        return due

    def _serve(self, n: int, path: str) -> None:
        try:
            run = self._runs.get(n)
        except (RefusedError, NotFoundError) as error:
            self._park(n, path, error)
            return
        # One that is gone was cancelled by another of the same moment.
        if self._store.update("cancel_timer", (self._store.shop, n, path)):
            self._runs.feed(run, "timer", path)

    def _park(self, n: int, path: str, error: BaseException) -> None:
        _log.warning("a timer of run %s is kept, it cannot be served: %s", n, error)
        self._store.run("park_timer", self._store.shop, n, path)
