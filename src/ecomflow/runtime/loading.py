"""A run from its row and journal: the machine brought to where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import Entry, Row
from ecomflow.core.encoding import decode
from ecomflow.core.journal import thinned
from ecomflow.core.machine import Machine
from ecomflow.errors import NotFoundError, ProjectError, RefusedError
from ecomflow.model import RunStatus
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.record import LiveRun, from_text, run_info, started_with
from ecomflow.runtime.upkeep import journal_rows
from ecomflow.store import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.model import Workflow
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.store import Store


LONG = 200
"""Entries from which on a journal is long."""


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

    def load(self, n: int) -> LiveRun:
        """Return a run as it was when its last entry was fed.

        Raises:
            NotFoundError: there is none of that number.
            RefusedError: its definition cannot be compiled any more, or its journal not be read; the run is blocked.
        """
        row = self._store.row("run", n, self._store.shop)
        if row is None:
            raise NotFoundError(f"there is no run {n}")
        run = self._from_row(row)
        if run.status is not RunStatus.QUEUED:
            self._bring_back(run)
        return run

    def _bring_back(self, run: LiveRun) -> None:
        try:
            self._replay(run)
        except FAULTS:
            raise
        except Exception as error:
            raise self._blocked(run.n, f"its journal cannot be read: {error}") from error

    def _blocked(self, n: int, why: object) -> RefusedError:
        if not self._store.readonly:
            self._store.run("block_run", n)  # a call under way stays one, to be taken up when it can be read again
        return RefusedError(f"run {n} is blocked: {why}")

    def _from_row(self, row: tuple[Any, ...]) -> LiveRun:
        n, suffix, _, version, kind, subject, status, event, trigger, started = row[:10]
        mode_key, group_key, priority = row[14:]
        workflow = self._pinned(n, version)
        return LiveRun(
            n=n, suffix=suffix, workflow=workflow, kind=kind, subject=subject, event=event, trigger=from_text(trigger),
            started=started, mode_key=mode_key, group_key=group_key, priority=priority, status=RunStatus(status),
            machine=Machine(workflow, run_info(n, suffix, self._store.name, subject, to_moment(started), self._tells)),
        )  # fmt: skip

    def _pinned(self, n: int, version: str) -> Workflow:
        try:
            return self._definitions.version(version)
        except (NotFoundError, ProjectError) as error:
            raise self._blocked(n, error) from error

    def _replay(self, run: LiveRun) -> None:
        kept = journal_rows(self._store, run.n)
        if not kept:  # it failed before its first step (on_unknown: fail)
            return
        run.seq, run.holds = kept[-1][0], True
        run.cause = _last_taken(run, kept)
        run.machine.start(self._thinned(run, [columns for columns in kept if columns[2] != "late"]))
        run.held = {row[0] for row in self._store.rows("held_paths", self._store.shop, run.n)} or None
        run.live = not (run.held or set()).issuperset(run.machine.flights)

    def journal(self, run: LiveRun) -> list[Row]:
        """Return the journal of a run, with its events where only their numbers are kept."""
        return [self._row(run, *columns) for columns in journal_rows(self._store, run.n)]

    def _thinned(self, run: LiveRun, kept: list[tuple[Any, ...]]) -> list[Row]:
        """Return rows without what closed steps stand for, so that a long loop does not cost memory for each item."""
        # A person's `retry` opens what was closed, and after a change of version another step may stand at its address.
        if len(kept) < LONG or any(columns[2] in ("retry", "migrated") for columns in kept):
            return [self._row(run, *columns) for columns in kept]
        closed = {path for *_, blob in kept if blob for path, *_ in decode(blob)}
        return [thinned(self._row(run, *columns), closed) for columns in kept]

    def _row(
        self, run: LiveRun, seq: int, at: int, kind: str, path: str, data: bytes | None, trail: bytes | None, closed: bytes | None
    ) -> Row:
        entry = Entry(seq, to_moment(at), kind, path, self._data(run, kind, data))
        return Row(entry, decode(trail) if trail else [], decode(closed) if closed else None)

    def _data(self, run: LiveRun, kind: str, data: bytes | None) -> Any:
        if kind == "started":
            return started_with(self._events.get(run.event or 0).event, run.trigger)
        value = decode(data) if data else None
        if isinstance(value, dict) and kind in ("event", "end") and "event" in value:
            return {**value, "event": self._events.get(value["event"]).event}
        return value


def _last_taken(run: LiveRun, kept: list[tuple[Any, ...]]) -> int | None:
    taken = [row for row in kept if row[2] == "event"]
    found: int | None = decode(taken[-1][4])["event"] if taken else run.trigger.get("call", {}).get("cause")
    return found
