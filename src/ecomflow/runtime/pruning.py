"""What is over and nothing asks for any more, dropped in small portions: runs, events, tokens, remembered ids."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from ecomflow.core.encoding import decode_json
from ecomflow.errors import RefusedError
from ecomflow.runtime.clock import DAY, HOUR
from ecomflow.runtime.spent import SpentTokens, spans_of
from ecomflow.runtime.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ecomflow.runtime.definitions import Definitions
    from ecomflow.store import Store

_BETWEEN = 6 * HOUR
"""From the end of one pass to the beginning of the next: a pass looks at all that is old and still needed."""

QUEUED_FOR = 30 * DAY
"""What waits in a queue or a pause finds earlier events for so long, whatever the retention says (R:W5)."""

_LOOKED_AT = 500
"""Rows that a count looks at before it goes on."""

_FOR_EVER = "everything is kept: ecomflow.yaml says no `retention`. Say how long things are kept, as with --keep 90d"

class Horizons(NamedTuple):
    """The moments before which runs have ended, and events have arrived, that are to go; in microseconds."""

    runs: int
    events: int


class Pruning:
    """Drops what is over, a pass after the other, each in portions.

    What is over and still needed stays: a run as long as the run that called it, an event as long as a run that it concerned. So
    runs go before events. Nothing that has the highest number of its table goes, for numbers are never given twice.

    Args:
        store: what is pruned.
        turn: the transaction being made.
        definitions: how long things are kept, and what looks back.
        drops: False for counting alone, with a store that is only read.
    """

    def __init__(self, store: Store, turn: Turn, definitions: Definitions, *, drops: bool = True) -> None:
        self._store, self._turn, self._definitions, self._drops = store, turn, definitions, drops
        self._ahead: list[Callable[[], bool]] = []
        self._next, self._mark, self._left = 0, 0, 0
        self._keep: int | None = None
        self._asked = False
        self._horizons = Horizons(0, 0)
        self.counts = {"runs": 0, "events": 0}
        """What this pass has found so far."""

    def ask(self, keep: int | None) -> None:
        """Begin a pass with the next step; ``keep`` are microseconds in place of both settings.

        Raises:
            RefusedError: nothing says how long things are kept.
        """
        if keep is None and self._definitions.keep_runs is None and self._definitions.keep_events is None:
            raise RefusedError(_FOR_EVER)
        self._ahead, self._keep, self._asked = [], keep, True

    def step(self, most: int) -> bool:
        """Look at so many rows at most, and drop at most so many; return whether the pass goes on.

        A run goes whole, so one with a long journal may take a portion of more rows.
        """
        if not self._ahead and not self._begin():
            return False
        self._left = most
        if not self._ahead[0]():
            self._ahead.pop(0)
            self._mark = 0
        if not self._ahead:
            self._next = self._turn.now + _BETWEEN
        return bool(self._ahead)

    def _begin(self) -> bool:
        now = self._turn.now
        if not self._asked and 0 < self._next - now <= _BETWEEN:  # where the clock was put back, a pass begins, too
            return False
        self._horizons = self._seen_from(now, self._keep)
        self._keep, self._asked, self._mark = None, False, 0
        self.counts = {"runs": 0, "events": 0}
        self._ahead = [self._runs, self._events]
        if self._drops:
            spent = SpentTokens(self._store, now, spans_of(self._definitions.current.values()))
            self._ahead += [lambda: spent.drop(self._left), self._remembered]
        return True

    def _seen_from(self, now: int, keep: int | None) -> Horizons:
        runs, events = (keep, keep) if keep is not None else (self._definitions.keep_runs, self._definitions.keep_events)
        return Horizons(-1 if runs is None else now - runs, -1 if events is None else self._before(now, events))

    def _before(self, now: int, keep: int) -> int:
        # What still waits to start looks back from the event that it waits with.
        lookback = self._definitions.longest_lookback()
        row = next(self._store.select("oldest_waiting", {"shop": self._store.shop}))
        waiting = row[0]
        since = now if waiting is None else max(waiting, now - QUEUED_FOR)
        return min(now - max(keep, DAY), since - lookback)

    # --- runs ---

    def _runs(self) -> bool:
        most = self._left
        rows = self._store.rows("runs_after", self._store.shop, self._mark, most)
        newest = self._store.value("last_run")
        for n, started, ended in rows:
            if started >= self._horizons.runs:  # whatever started later has not ended earlier
                return False
            if self._left <= 0:
                return True
            self._mark = n
            if ended is not None and ended < self._horizons.runs and n < newest and not self._run_needed(n):
                self._drop_run(n)
        return len(rows) == most

    def _run_needed(self, n: int) -> bool:
        values = {"run": n, "shop": self._store.shop, "gone": self._gone}
        return bool(next(self._store.select("run_needed", values))[0])

    @property
    def _gone(self) -> int:
        """The end before which a run counts as gone: where runs are dropped, none that is still there."""
        return 0 if self._drops else self._horizons.runs

    def _drop_run(self, n: int) -> None:
        self.counts["runs"] += 1
        if self._drops:
            place = (self._store.shop, n)
            self._left -= sum(self._store.update(name, place) for name in ("drop_journal", "drop_story", "drop_children", "drop_run"))

    # --- events ---

    def _events(self) -> bool:
        most = self._left
        rows = self._store.rows("events_after", self._store.shop, self._mark, most)
        newest = self._store.value("last_event")
        for seq, arrived in rows:
            if arrived >= self._horizons.events:
                return False
            if self._left <= 0 or (seq < newest and not self._event_needed(seq) and not self._drop_event(seq)):
                return True
            self._mark = seq
        return len(rows) == most

    def _event_needed(self, seq: int) -> bool:
        values = {"event": seq, "shop": self._store.shop, "gone": self._gone}
        return bool(next(self._store.select("event_needed", values))[0])

    def _drop_event(self, seq: int) -> bool:
        """Drop an event, its decisions first; return whether all of it is gone."""
        if self._drops:
            self._left -= self._store.update("drop_decisions", (self._store.shop, seq, self._left))
            if self._left <= 0:
                return False
            self._remember(seq)
            self._left -= self._store.update("drop_firing", (seq,)) + self._store.update("drop_event", (seq,))
        self.counts["events"] += 1
        return True

    def _remember(self, seq: int) -> None:
        _, source, id_, type_, subject, _, arrived, data, *_ = self._store.row("event", seq)
        if arrived > self._turn.now - self._definitions.dedupe_for:
            self._store.run("remember", self._store.shop, source, id_, arrived, print_of(type_, subject, data))
            self._left -= 1

    def _remembered(self) -> bool:
        before = self._turn.now - self._definitions.dedupe_for
        return self._store.update("drop_remembered", (self._store.shop, before, self._left)) >= self._left


def count_over(store: Store, definitions: Definitions, now: int, keep: int | None) -> Mapping[str, int]:
    """Count the runs and events that would be dropped at a moment, without dropping any.

    Args:
        store: that is only read.
        definitions: how long things are kept, and what looks back.
        now: the moment, in microseconds.
        keep: microseconds in place of both settings.

    Raises:
        RefusedError: nothing says how long things are kept.
    """
    turn = Turn()
    turn.begin(now)
    pruning = Pruning(store, turn, definitions, drops=False)
    pruning.ask(keep)
    while pruning.step(_LOOKED_AT):
        pass
    return pruning.counts


def print_of(type_: str, subject: str | None, data: bytes) -> bytes:
    """Return what tells whether two events of one id say the same.

    Args:
        type_: its type.
        subject: what it is about.
        data: its data as JSON.
    """
    return sha256(repr((type_, subject, _sorted(decode_json(data)))).encode("utf-8", "surrogatepass")).digest()[:16]


def _sorted(value: object) -> object:
    """Return a value in which the same things have one order and one way of writing."""
    if isinstance(value, dict):
        return [(key, _sorted(value[key])) for key in sorted(value)]
    if isinstance(value, list):
        return [[_sorted(item) for item in value]]
    return _number(Decimal(value)) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _number(value: Decimal) -> tuple[str, int]:
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    short = text.rstrip("0")
    return (f"{'-' * sign}{short.lstrip('0')}", int(exponent) + len(text) - len(short)) if short else ("", 0)
