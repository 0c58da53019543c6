"""A run from its row and journal: the machine brought to where it was."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.core.commands import Entry, Row
from ecomflow.core.encoding import decode, encode_plain
from ecomflow.core.journal import thinned
from ecomflow.core.machine import Machine
from ecomflow.errors import NotFoundError, ProjectError, RefusedError
from ecomflow.model import RunStatus
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.events import stored_event
from ecomflow.runtime.record import LiveRun, from_text, run_info, started_with
from ecomflow.runtime.upkeep import journal_rows
from ecomflow.store import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ecomflow.model import Event, Workflow
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.store import Store


LONG = 200
"""Entries from which on a journal is long."""
_AHEAD, _SHORT = 25, 20
"""Runs that are read at once, with journals that have fewer entries than so many."""
_STATUSES = {str(status): status for status in RunStatus}

Columns = tuple[Any, ...]


class _Kept(NamedTuple):
    """What the store has of a run: its row, that of its event, its journal where that is short, and its held calls."""

    row: Columns
    event: Columns
    journal: list[Columns]
    held: set[str]


class Loader:
    """Reads runs.

    Args:
        store: where they are kept.
        definitions: what they are pinned to.
        events: the events that they saw.
        tells: whether a value tells a secret, for runs that go on.
    """

    def __init__(
        self, store: Store, definitions: Definitions, events: Events, tells: Callable[[Any], bool] | None = None
    ) -> None:
        self._store, self._definitions, self._events, self._tells = store, definitions, events, tells
        self._coming: dict[int, None] = {}
        self._ahead: dict[int, _Kept] = {}

    @contextmanager
    def ahead(self, numbers: Iterable[int]) -> Iterator[None]:
        """Let runs be loaded inside, in this order, some of them read at once; each is changed only after it was loaded."""
        self._coming = dict.fromkeys(numbers)
        try:
            yield
        finally:
            self._coming, self._ahead = {}, {}

    def load(self, n: int) -> LiveRun:
        """Return a run as it was when its last entry was fed.

        Raises:
            NotFoundError: there is none of that number.
            RefusedError: its definition cannot be compiled any more, or its journal not be read; the run is blocked.
        """
        if n not in self._ahead:
            self._ahead.update(self._read(self._next(n)))
        kept = self._ahead.pop(n, None)
        if kept is None:
            raise NotFoundError(f"there is no run {n}")
        run = self._from_row(kept.row)
        if run.status is not RunStatus.QUEUED:
            self._bring_back(run, kept)
        return run

    def _next(self, n: int) -> list[int]:
        if n not in self._coming:
            return [n]
        left = dropwhile(lambda each: each != n, self._coming)
        some = list(islice(left, _AHEAD))
        self._coming = dict.fromkeys(left)
        return some

    def _read(self, numbers: list[int]) -> dict[int, _Kept]:
        store, listed = self._store, encode_plain(numbers)
        found = {row[0]: _Kept(row[:12], row[12:], [], set()) for row in store.rows("runs_to_load", listed, store.shop)}
        for n, *columns in store.rows("journals", listed, store.shop, _SHORT):
            if n in found:
                found[n].journal.append(columns)
        for n, path in store.rows("held_paths", listed, store.shop):
            if n in found:
                found[n].held.add(path)
        return found

    def _bring_back(self, run: LiveRun, kept: _Kept) -> None:
        try:
            self._replay(run, kept)
        except FAULTS:
            raise
        except Exception as error:
            raise self._blocked(run.n, f"its journal cannot be read: {error}") from error

    def _blocked(self, n: int, why: object) -> RefusedError:
        if not self._store.readonly:
            self._store.run("block_run", n)  # a call under way stays one, to be taken up when it can be read again
        return RefusedError(f"run {n} is blocked: {why}")

    def _from_row(self, row: Columns) -> LiveRun:
        n, suffix, version, kind, subject, status, event, trigger, started, mode_key, group_key, priority = row
        workflow = self._pinned(n, version)
        return LiveRun(
            n, suffix, workflow, kind, subject, event, from_text(trigger), started, mode_key, group_key, priority, _STATUSES[status],
            Machine(workflow, run_info(n, suffix, self._store.name, subject, to_moment(started), self._tells)),
        )  # fmt: skip

    def _pinned(self, n: int, version: str) -> Workflow:
        try:
            return self._definitions.version(version)
        except (NotFoundError, ProjectError) as error:
            raise self._blocked(n, error) from error

    def _replay(self, run: LiveRun, kept: _Kept) -> None:
        rows = kept.journal
        if not rows or rows[0][0] != 1 or rows[-1][0] >= _SHORT:
            rows = journal_rows(self._store, run.n)
        if not rows:  # it failed before its first step (on_unknown: fail)
            return
        run.seq, run.holds = rows[-1][0], True
        run.cause = _last_taken(run, rows)
        first = self._first(run) if kept.event[0] is None else stored_event(kept.event).event
        run.machine.start(self._thinned(run, first, [columns for columns in rows if columns[2] != "late"]))
        run.held = kept.held or None
        run.live = not kept.held.issuperset(run.machine.flights)

    def journal(self, run: LiveRun) -> list[Row]:
        """Return the journal of a run, with its events where only their numbers are kept."""
        rows = journal_rows(self._store, run.n)
        return self._rows(run, self._first(run), rows) if rows else []

    def _rows(self, run: LiveRun, first: Event, kept: list[Columns]) -> list[Row]:
        return [self._row(run, first, *columns) for columns in kept]

    def _first(self, run: LiveRun) -> Event:
        return self._events.get(run.event or 0).event

    def _thinned(self, run: LiveRun, first: Event, kept: list[Columns]) -> list[Row]:
        """Return rows without what closed steps stand for, so that a long loop does not cost memory for each item."""
        # A person's `retry` opens what was closed, and after a change of version another step may stand at its address.
        if len(kept) < LONG or any(columns[2] in ("retry", "migrated") for columns in kept):
            return self._rows(run, first, kept)
        closed = {path for *_, blob in kept if blob for path, *_ in decode(blob)}
        return [thinned(self._row(run, first, *columns), closed) for columns in kept]

    def _row(
        self, run: LiveRun, first: Event, seq: int, at: int, kind: str, path: str, data: bytes | None, trail: bytes | None, closed: bytes | None
    ) -> Row:  # fmt: skip
        value: Any
        if kind == "started":
            value = started_with(first, run.trigger)
        else:
            value = decode(data) if data else None
            if type(value) is dict and kind in ("event", "end") and "event" in value:
                value = {**value, "event": self._events.get(value["event"]).event}
        return Row(Entry(seq, to_moment(at), kind, path, value), decode(trail) if trail else [], decode(closed) if closed else None)


def _last_taken(run: LiveRun, kept: list[tuple[Any, ...]]) -> int | None:
    taken = [row for row in kept if row[2] == "event"]
    found: int | None = decode(taken[-1][4])["event"] if taken else run.trigger.get("call", {}).get("cause")
    return found
