"""Somebody is taken out of the store: found, their open runs ended, their rows emptied, each in small units that a kill may part.

What was asked is a row with a state: ``events`` and ``runs`` are searched, open runs are brought to their ``end``, rows are
let go, runs and events are emptied, connections are told (``outside``), the files are written anew (``files``); then it is
``done``. What is found is noted in the store, so that whoever starts next goes on where this one was.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.errors import NotFoundError
from ecomflow.matching import Sought
from ecomflow.model import RunStatus
from ecomflow.runtime.base import Erasure
from ecomflow.runtime.emptying import Emptying
from ecomflow.runtime.record import run_id
from ecomflow.runtime.searching import EVENT, RUN, Search

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.firings import Firings
    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

ERASED = "erased"


class Asked(NamedTuple):
    """An erasure that is not done: where it stands, and what it has told so far."""

    number: int
    sought: Sought
    state: str
    mark: int
    told: dict[str, Any]


class Outside(NamedTuple):
    """An erasure that connections are to be told of: its number, who is sought, and the ids of their runs."""

    number: int
    sought: Sought
    runs: frozenset[str]


class Erasing:
    """Carries out erasures, one after the other.

    Args:
        store: what is searched and emptied.
        turn: the transaction being made.
        definitions: which tell what an event is about.
        events: how ids are hidden.
        runs: who ends runs.
        firings: lines of events that wait for each other.
    """

    def __init__(self, store: Store, turn: Turn, definitions: Definitions, events: Events, runs: Runs, firings: Firings) -> None:
        self._store, self._turn, self._definitions, self._events, self._runs = store, turn, definitions, events, runs
        self._emptying = Emptying(store, turn, events, firings)
        self.waits = False
        """Whether nothing can be done before a run has ended."""
        self._ways: Mapping[str, Callable[[Asked], None]] = {
            "events": self._search_events, "runs": self._search_runs, "end": self._end, "rows": self._let_go,
            "empty runs": self._empty_runs, "empty events": self._empty_events,
        }  # fmt: skip
        self.forget()

    def forget(self) -> None:
        """Drop what is in memory; the store knows it all."""
        row = self._store.row("open_erasure", self._store.shop)
        self.asked = None if row is None else Asked(row[0], Sought(row[1], row[2], json.loads(row[3])), row[5], row[6], json.loads(row[7]))
        self.waits = False

    @property
    def has_step(self) -> bool:
        """Whether ``step`` has something to do now."""
        return self.asked is not None and self.asked.state in self._ways and not self.waits

    def ask(self, subject: str, also: list[str], by: str) -> int:
        """Keep that somebody is to be erased; return the number of the erasure.

        Args:
            subject: ``KIND:VALUE``.
            also: other texts that mean the same one.
            by: who asks, for the audit.

        Raises:
            RefusedError: that is no subject, or a text is too short.
        """
        sought, now = Sought.of(subject, also), self._turn.now
        number: int = self._store.value("add_erasure", self._store.shop, sought.kind, sought.value, json.dumps(sought.also), by, now)
        mark = blake2b(subject.encode(), key=self._events.installation, digest_size=5).hexdigest()
        self._store.run("add_audit", self._store.shop, now, by, "erase", None, f"{sought.kind} {mark}")
        self.forget()
        return number

    def step(self) -> None:
        """Do a portion of what is next."""
        if self.asked is not None and self.asked.state in self._ways:
            self._ways[self.asked.state](self.asked)

    def _move(self, asked: Asked, state: str, mark: int = 0) -> None:
        self._store.run("move_erasure", state, mark, json.dumps(asked.told), asked.number)
        self.forget()

    def _search(self, asked: Asked) -> Search:
        return Search(self._store, self._definitions, asked.number, asked.sought)

    def _search_events(self, asked: Asked) -> None:
        last = self._search(asked).events(asked.mark)
        self._move(asked, "events" if last else "runs", last or 0)

    def _search_runs(self, asked: Asked) -> None:
        search = self._search(asked)
        if not asked.mark:
            search.follow()
        last = search.runs(asked.mark)
        self._move(asked, "runs" if last else "end", last or 0)

    # --- open runs ---

    def _end(self, asked: Asked) -> None:
        if self._store.value("found_undecided", asked.number):
            self.waits = True
            return
        rows = self._store.rows("found_open_runs", asked.number)
        if not rows:  # what their ends have brought about is searched, too
            again = asked.told.pop("again", False)
            self._move(asked, "events" if again else "rows")
            return
        readable = [n for n, _, status in rows if status != RunStatus.ENDING and (self._runs.readable(n) or self._end_unreadable(n))]
        self._runs.end_all((n for n in readable if self._is_open(n)), "cancelled", ERASED)
        asked.told["ended"] = asked.told.get("ended", 0) + sum(status != RunStatus.ENDING for _, _, status in rows)
        asked.told["again"] = True
        self._move(asked, "end")
        self.waits = bool(self._store.rows("found_open_runs", asked.number))

    def _is_open(self, n: int) -> bool:
        return not RunStatus(self._store.row("run", n, self._store.shop)[6]).ended

    def _end_unreadable(self, n: int) -> bool:
        # Its definition or its journal cannot be read any more: nothing of it can run, not even `finally`.
        self._store.run("end_run", RunStatus.CANCELLED, self._turn.now, ERASED, None, None, 0, n)
        self._store.run("drop_timers", self._store.shop, n)
        self._store.run("drop_approvals", self._store.shop, n)
        self._store.run("drop_subscriptions", n)
        return False

    # --- rows ---

    def _let_go(self, asked: Asked) -> None:
        self._emptying.let_go(asked.number, asked.sought, asked.told)
        self._move(asked, "empty runs")

    def _empty_runs(self, asked: Asked) -> None:
        last = self._emptying.runs(asked.number, asked.mark)
        self._move(asked, "empty runs" if last else "empty events", last or 0)

    def _empty_events(self, asked: Asked) -> None:
        last = self._emptying.events(asked.number, asked.mark)
        if last:
            self._move(asked, "empty events", last)
        elif self._store.value("new_of_found", asked.number):  # a pause ended in between
            self._move(asked, "events")
        else:
            asked.told["found"] = {what: self._store.value("count_found", asked.number, what) for what in (EVENT, RUN)}
            asked.told["still"] = self._emptying.still(asked.sought)
            self._move(asked, "outside")

    # --- what lies outside of the store ---

    @property
    def outside(self) -> Outside | None:
        """What connections are to be told; None where they are not."""
        if self.asked is None or self.asked.state != "outside":
            return None
        return Outside(self.asked.number, self.asked.sought, frozenset(run_id(*row) for row in self._store.rows("run_ids", self.asked.number)))

    def told_outside(self, number: int, told: Mapping[str, Any]) -> None:
        """Keep what connections said; from here on the store does not know any more who it was."""
        if self.asked is not None and self.asked.number == number and self.asked.state == "outside":
            self.asked.told["outside"] = dict(told)
            self._store.run("forget_sought", number)
            self._store.run("drop_found", number)
            self._move(self.asked, "files")

    @property
    def wants_files(self) -> int | None:
        """The number of the erasure after which the files are to be written anew."""
        return self.asked.number if self.asked is not None and self.asked.state == "files" else None

    def done(self, number: int) -> None:
        """Keep that the files are written anew: nothing is left to do."""
        if self.wants_files == number and self.asked is not None:
            self._move(self.asked, "done")


def erasure_at(store: Store, number: int) -> Erasure:
    """Return where an erasure stands.

    Raises:
        NotFoundError: none has that number.
    """
    row = store.row("erasure", number, store.shop)
    if row is None:
        raise NotFoundError(f"there is no erasure {number}")
    told = json.loads(row[1])
    counts = {**told.get("found", {}), **({"run ended": told["ended"]} if "ended" in told else {}), **told.get("more", {})}
    waits = tuple((run_id(n, suffix), status) for n, suffix, status in store.rows("found_open_runs", number))
    return Erasure(number, row[0], counts, waits if row[0] == "end" else (), told.get("still", {}), told.get("outside", {}))
