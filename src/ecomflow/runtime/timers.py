"""What is due: waits of runs, and moments of triggers."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ecomflow.errors import NotFoundError, RefusedError
from ecomflow.runtime.goneoff import drop_gone_off, gone_off_by, keep_gone_off

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.turn import Turn
    from ecomflow.runtime.watches import Watches
    from ecomflow.store import Store

_log = logging.getLogger("ecomflow")


class Due(NamedTuple):
    """Something that is due: since when, how it is served, how it is left where it cannot be (R:W6), and the run that waits for it."""

    fire: int
    serve: Callable[[], None]
    park: Callable[[BaseException], None]
    run: int | None = None


class Timers:
    """Serves what is due, a portion a transaction.

    Where more is due than a portion, all of it has gone off at one moment, and comes before whatever comes then (R:W1).

    Args:
        store: where it is kept.
        runs: who waits.
        watches: triggers that asked to be told.
        turn: the transaction being made.
    """

    def __init__(self, store: Store, runs: Runs, watches: Watches, turn: Turn) -> None:
        self._store, self._runs, self._watches, self._turn = store, runs, watches, turn
        self._until: int | None = None

    def forget(self) -> None:
        """Drop what is in memory; the store knows it all."""
        self._until = gone_off_by(self._store)

    @property
    def unfinished(self) -> bool:
        """Whether timers have gone off that are not served yet."""
        return self._until is not None

    def due(self, now: int, most: int) -> list[Due]:
        """Return what is due, in due order."""
        timers = self._store.rows("due_timers", now, self._store.shop, most)
        found = [(due, Due(fire, partial(self._serve, n, path), partial(self._park, n, path), n)) for n, path, due, fire in timers]
        watches = self._watches.due(now, most)
        found += [(row[3], Due(row[4], partial(self._watches.wake, row), partial(self._watches.park, row))) for row in watches]
        return [each for _, each in sorted(found, key=lambda pair: (pair[1].fire, pair[0]))[:most]]

    def fire(self, most: int) -> None:
        """Serve a portion."""
        due = self.look(most)
        with self._runs.loader.ahead(each.run for each in due if each.run is not None):
            for each in due:
                each.serve()

    def look(self, most: int) -> list[Due]:
        """Return the next portion; what is left of what has gone off follows in others, and what fell due since then waits for its turn."""
        self._turn.timers = True
        due, until = self.due(self._turn.now, most), self._until
        if len(due) < most or (until is not None and due[-1].fire > until):
            self._until = None
            if until is not None:
                drop_gone_off(self._store)
        elif until is None:
            self._until = self._turn.now
            keep_gone_off(self._store, self._turn.now)
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
