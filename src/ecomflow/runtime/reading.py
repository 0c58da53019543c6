"""What people look at: runs with their stories, decisions, and why an event did what it did."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode
from ecomflow.core.scope import scope_of
from ecomflow.errors import EcomflowError, NotFoundError
from ecomflow.matching import watching_trigger
from ecomflow.model import Leaf, Outcome, Run, RunStatus, StepRecord, Waiting
from ecomflow.runtime.base import AuditRecord, DecisionRecord, Erasure, Explanation, OlderRun
from ecomflow.runtime.calls import CALLED
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.copies import marked_origin, origin_of
from ecomflow.runtime.erasing import erasure_at
from ecomflow.runtime.events import stored_event
from ecomflow.runtime.firings import Firings
from ecomflow.runtime.heldcalls import HeldCalls
from ecomflow.runtime.holder import holder_at
from ecomflow.runtime.listing import newest_query
from ecomflow.runtime.loading import Loader
from ecomflow.runtime.older import Older
from ecomflow.runtime.pruning import count_over
from ecomflow.runtime.record import from_text, run_id, split_run_id
from ecomflow.runtime.timekeeping import jump_in
from ecomflow.runtime.told import told
from ecomflow.runtime.turn import Turn
from ecomflow.runtime.upcoming import upcoming
from ecomflow.runtime.upkeep import journal_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from ecomflow.model import Workflow
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.firings import Fired
    from ecomflow.runtime.record import StoredEvent
    from ecomflow.runtime.upcoming import Upcoming
    from ecomflow.store import Store

_PAGE = 500
_UNASKED = frozenset(
    {Outcome.EXITED, Outcome.DELIVERED, Outcome.DUPLICATE, Outcome.ERROR, Outcome.SUPERSEDED, Outcome.HELD, Outcome.STALE}
)
"""What may be decided before any condition is asked."""


class Reader:
    """Reads a shop's store; any process may.

    Args:
        store: what to read.
        definitions: the current versions, for the conditions asked again.
        events: the events.

    Attributes:
        definitions: the same.
    """

    def __init__(self, store: Store, definitions: Definitions, events: Events) -> None:
        self._store, self.definitions, self._events = store, definitions, events
        self._loader = Loader(store, definitions, events)
        self._firings = Firings(store, events, Turn())
        self.held_calls, self.jump = HeldCalls(store), partial(jump_in, store)
        self.older = Older(store, self._loader, definitions)

    # --- runs ---

    def runs(
        self, workflow: str | None = None, subject: str | None = None, status: str | None = None, since: int | None = None,
        error: str | None = None,
    ) -> Iterator[Run]:  # fmt: skip
        """Return runs in order of start, a page at a time, without their steps.

        Args:
            workflow: only of this one.
            subject: only about this, by value.
            status: only in this state, or in one of several, parted by commas.
            since: only started at or after, in microseconds.
            error: only failed with an error of this type.
        """
        values = {
            "shop": self._store.shop, "workflow": workflow, "subject": subject, "status": _listed(status), "since": since,
            "error": error, "after": 0, "limit": _PAGE,
        }  # fmt: skip
        while rows := list(self._store.select("runs", values)):
            yield from (self._run(row) for row in rows)
            values["after"] = rows[-1][0]

    def paused(self) -> list[str]:
        """Return the workflows that are paused; ``*`` stands for all."""
        return [row[0] for row in self._store.rows("paused", self._store.shop)]

    def origin(self, now: int) -> str | None:
        """Return the place that this store was copied from, or None where it is where it belongs.

        Args:
            now: microseconds since 1970. What an engine serves at this moment is what that one took it for: for a client in
                another container the host may have another name.
        """
        return marked_origin(self._store) if holder_at(self._store, now) else origin_of(self._store)

    def upcoming(self, now: int) -> Upcoming:
        """Return what would happen if nothing were paused, as of a moment in microseconds."""
        return upcoming(self._store, now)

    def newest(
        self, workflow: str | None, subject: str | None, status: str | None, since: int | None, limit: int
    ) -> list[Run]:
        """Return the newest runs first; arguments as for ``runs``."""
        values = {
            "shop": self._store.shop, "workflow": workflow, "subject": subject, "status": _listed(status), "since": since,
            "limit": limit,
        }  # fmt: skip
        return [self._run(row) for row in self._store.select(newest_query(workflow, subject, status), values)]

    def _run(
        self, row: Any, steps: tuple[StepRecord, ...] = (), waiting: tuple[Waiting, ...] | None = None, calls: tuple[str, ...] = ()
    ) -> Run:
        n, suffix, workflow, version, _, subject, status, event, trigger, started, ended, reason, error, output = row[:14]
        if waiting is None:
            waiting = self._waiting(n) if status in (RunStatus.WAITING, RunStatus.BLOCKED) else ()
        return Run(
            id=run_id(n, suffix), workflow=workflow, version=version, subject=subject, status=RunStatus(status),
            started=to_moment(started), ended=None if ended is None else to_moment(ended), reason=reason,
            error=from_text(error), output=from_text(output), steps=steps, waiting_for=waiting,
            event_id=None if event is None else self._store.value("event_name", event), caller=_caller(trigger), calls=calls,
        )  # fmt: skip

    def _waiting(self, n: int) -> tuple[Waiting, ...]:
        timers = [Waiting("timer", path, to_moment(due)) for path, due, _ in self._store.rows("timers_of", self._store.shop, n)]
        approvals = [
            Waiting("person", row[0], None if row[4] is None else to_moment(row[4]), f"{row[1]} ({', '.join(decode(row[3].encode()))})")
            for row in self._store.rows("approvals_of", self._store.shop, n)
        ]  # fmt: skip
        return (*timers, *approvals, *self.held_calls.of(n))

    def full_id(self, text: str) -> str:
        """Return the whole id of a run from its number alone (``r12``); any other text is returned as it is."""
        number = text[1:] if text[:1] == "r" else ""
        row = self._store.row("run", int(number), self._store.shop) if number.isascii() and number.isdigit() and len(number) < 19 else None
        return text if row is None else run_id(row[0], row[1])

    def definition(self, version: str) -> Workflow:
        """Return a version that a run is pinned to.

        Raises:
            NotFoundError: the store does not have it.
            ProjectError: it names what is no longer installed.
        """
        return self.definitions.version(version)

    def is_current(self, run: Run) -> bool:
        """Return whether a run is on the version of its workflow that is current."""
        current = self.definitions.current.get(run.workflow)
        return current is not None and current.version == run.version

    def older_runs(self, now: datetime) -> Iterator[OlderRun]:
        """Yield the open runs of versions that are no longer current, each with why it cannot go on in the current one."""
        for n, current in self.older.numbers():
            if row := self._store.row("run", n, self._store.shop):  # it may have been erased since its number was read
                yield OlderRun(self._run(row), self.older.stays(n, current, now))

    def run(self, run_id_: str) -> Run:
        """Return one run with its story and what it waits for.

        Raises:
            NotFoundError: no run has that id.
        """
        row = self._row(run_id_)
        story, waiting = self._story(row[0]), self._pending(row[0], row[6])
        opened = self._called(row[0]) if any(each.kind == "run" for each in waiting) else {}
        ended = [each.data["run"] for each in story if each.kind == "child" and each.data["run"]]
        calls = tuple(dict.fromkeys([*ended, *(opened[each.path] for each in waiting if each.path in opened)]))
        return self._run(row, story, tuple(_with_run(each, opened) for each in waiting), calls)

    def status(self, run_id_: str) -> RunStatus:
        """Return the state of a run.

        Raises:
            NotFoundError: no run has that id.
        """
        return RunStatus(self._row(run_id_)[6])

    def _row(self, run_id_: str) -> Any:
        parts = split_run_id(run_id_)
        row = None if parts is None else self._store.row("run", parts[0], self._store.shop)
        if parts is None or row is None or row[1] != parts[1]:
            raise NotFoundError(f"there is no run {run_id_}")
        return row

    def _called(self, n: int) -> dict[str, str]:
        rows = self._store.rows("children_of", self._store.shop, n)
        return {path: run_id(child, suffix) for path, child, suffix in rows}

    def _pending(self, n: int, status: str) -> tuple[Waiting, ...]:
        if RunStatus(status).ended or status == RunStatus.QUEUED:
            return ()
        try:
            return self.held_calls.over(n, tuple(self._loader.load(n).machine.pending))
        except EcomflowError:
            return self._waiting(n)

    def _story(self, n: int) -> tuple[StepRecord, ...]:
        records = []
        for _, at, kind, path, data, trail, _ in journal_rows(self._store, n):
            moment, value = to_moment(at), decode(data) if data else None
            records.append(StepRecord(moment, path, kind, told(kind, value), value))
            records += [
                StepRecord(moment, item[0], "value", item[2]["message"] if len(item) > 2 else "", item[1])
                for item in (decode(trail) if trail else ())
            ]
        return tuple(records)

    def audit(
        self, since: int | None = None, who: str | None = None, what: str | None = None, run: str | None = None, limit: int = _PAGE
    ) -> list[AuditRecord]:
        """Return what people asked for, the newest first.

        Args:
            since: only at or after, in microseconds.
            who: only by this person.
            what: only this request, such as ``approve`` or ``approve refused``.
            run: only of this run, by its id.
            limit: at most so many.
        """
        n = None if run is None else self._row(run)[0]
        values = {"shop": self._store.shop, "since": since, "who": who, "what": what, "run": n, "limit": limit}
        return [
            AuditRecord(to_moment(at), by, asked, _named(number, suffix), detail)
            for at, by, asked, number, suffix, detail in self._store.select("audit", values)
        ]

    def over(self, now: int, keep: int | None = None) -> Mapping[str, int]:
        """Count the runs and events that would be dropped now, without dropping any.

        Args:
            now: the time in microseconds.
            keep: microseconds for which they are kept, in place of what the project file says.
        """
        return count_over(self._store, self.definitions, now, keep)

    def erasure(self, number: int) -> Erasure:
        """Return where an erasure stands.

        Raises:
            NotFoundError: none has that number.
        """
        return erasure_at(self._store, number)

    # --- events ---

    def newest_events(self, type_: str | None, since: int | None, limit: int) -> list[StoredEvent]:
        """Return the newest events first.

        Args:
            type_: only of this type.
            since: only arrived at or after, in microseconds.
            limit: at most so many.
        """
        values = {"shop": self._store.shop, "type": type_, "since": since, "limit": limit}
        return [stored_event(row) for row in self._store.select("events", values)]

    # --- decisions ---

    def decisions(self) -> list[DecisionRecord]:
        """Return all decisions, in their order."""
        rows = self._store.rows("decisions", self._store.shop)
        return [record for _, at, *rest in rows for record in _records(at, *rest)]

    def decisions_of(self, seq: int) -> list[DecisionRecord]:
        """Return the decisions of one event, by its number."""
        event = self._events.get(seq).event
        rows = self._store.rows("decisions_of", self._store.shop, seq)
        return [record for _, at, *rest in rows for record in _records(at, event.id, event.type, *rest)]

    def why(self, event_id: str, workflow: str | None = None) -> list[Explanation]:
        """Explain what became of an event.

        Args:
            event_id: its id, or ``source/id`` where two sources share one.
            workflow: one workflow; by default all that listen to its type.

        Returns:
            One explanation for each stored decision, and for each workflow that the index passed over.

        Raises:
            NotFoundError: no event has that id, or no workflow that name.
        """
        if workflow is not None and workflow not in self.definitions.current:
            raise NotFoundError(f"there is no workflow {workflow}")
        found = [one for stored in self.events_of(event_id) for one in self._explain(stored)]
        return [one for one in found if workflow is None or one.workflow in (workflow, None)]

    def events_of(self, event_id: str) -> list[StoredEvent]:
        """Return the events of an id, of every source.

        Raises:
            NotFoundError: there is none.
        """
        rows = self._store.rows("events_of_id", self._store.shop, event_id)
        if not rows:  # either of them may have a slash of its own
            cuts = (at for at, letter in enumerate(event_id) if letter == "/")
            rows = [row for at in cuts for row in self._store.rows("event_by_id", self._store.shop, event_id[:at], event_id[at + 1 :])]
        if not rows:
            raise NotFoundError(f"there is no event {event_id}")
        return [stored_event(row) for row in rows]

    def _explain(self, stored: StoredEvent) -> Iterator[Explanation]:
        decided: set[str | None] = set()
        fired = self._firings.of(stored.seq)
        for record in self.decisions_of(stored.seq):
            # Of a run that was called no condition was asked.
            called = record.reason.startswith(CALLED)
            leaves, again = ((), True) if called else self._asked_again(stored, record.workflow, fired)
            disagrees = "" if called or self._was_told(stored, record.workflow) else _disagreement(record.outcome, again, record.reason)
            decided.add(record.workflow)
            outcome, reason = self._as_told(record)
            yield Explanation(
                record.event_id, record.workflow, outcome, reason, record.run_id, leaves, disagrees
            )
        for workflow, _ in self.definitions.index.listening(stored.event.type) if fired is None else ():
            if workflow.name not in decided:
                yield self._passed_over(stored, workflow)

    def _was_told(self, stored: StoredEvent, name: str | None) -> bool:
        # What a trigger made of an event it was told of cannot be asked again: its state has gone on.
        return any(workflow.name == name for workflow, _ in self.definitions.watching.listening(stored.event.type))

    def _as_told(self, record: DecisionRecord) -> tuple[Outcome, str]:
        # A run that `continue_if` ended before any effect did nothing: for people it did not match.
        parts = split_run_id(record.run_id) if record.run_id and record.outcome is Outcome.STARTED else None
        declined = None if parts is None else self._store.value("declined", parts[0], self._store.shop)
        return (record.outcome, record.reason) if declined is None else (Outcome.NOT_MATCHED, f"continue_if: {declined}")

    def _passed_over(self, stored: StoredEvent, workflow: Workflow) -> Explanation:
        leaves, again = self._asked_again(stored, workflow.name, None)
        told = next((leaf for leaf in leaves if leaf.asked and leaf.outcome is again), None)
        reason = "" if told is None else f"{told.source}: {told.detail}"
        return Explanation(
            stored.event.id, workflow.name, Outcome.NOT_MATCHED, reason, None, leaves, _disagreement(Outcome.NOT_MATCHED, again)
        )

    def _asked_again(self, stored: StoredEvent, name: str | None, fired: Fired | None) -> tuple[Sequence[Leaf], bool | None]:
        workflow = self.definitions.current.get(name or "")
        if workflow is None or workflow.conditions is None or (fired is not None and fired.force):
            return (), True
        listening = self.definitions.index.listening(stored.event.type)
        trigger = next((trigger for one, trigger in listening if one is workflow), None) if fired is None else watching_trigger(workflow, fired.trigger)
        if trigger is None:
            return (), True
        adds = {} if fired is None else fired.adds
        scope = scope_of(workflow, stored.event, {**adds, "id": trigger.id, "kind": trigger.kind}, to_moment(stored.arrived))
        return workflow.conditions.explain(scope), workflow.conditions.test(scope)


def _records(
    at: int, event_id: str, type_: str, workflow: str | None, outcome: str, run: int | None, suffix: str | None, reason: str
) -> Iterator[DecisionRecord]:
    """Yield the decisions of a row: one that stands for several workflows names one a line (R:X6), one whose run is gone its number."""
    for name in (None,) if workflow is None else workflow.split("\n"):
        yield DecisionRecord(to_moment(at), event_id, type_, name, Outcome(outcome), reason, _named(run, suffix))


def _named(run: int | None, suffix: str | None) -> str | None:
    """Return the id of a run, its number alone where it was pruned."""
    return None if run is None else f"r{run}" if suffix is None else run_id(run, suffix)


def _listed(status: str | None) -> str | None:
    return None if status is None else f",{status},"


def _caller(trigger: str) -> str | None:
    """Return the id of the run that called a run of this trigger."""
    return (from_text(trigger) or {}).get("call", {}).get("caller") if '"call"' in trigger else None


def _with_run(waiting: Waiting, called: Mapping[str, str]) -> Waiting:
    """Name the run that a step waits for."""
    run = called.get(waiting.path) if waiting.kind == "run" else None
    return waiting if run is None else replace(waiting, text=f"{waiting.text} {run}")


def _disagreement(outcome: Outcome, again: bool | None, reason: str = "") -> str:
    stored = {Outcome.NOT_MATCHED: False, Outcome.UNKNOWN: None}.get(outcome, True)
    if outcome in _UNASKED or reason.startswith(("own_events:", "subject:")) or stored is again:
        return ""
    if outcome is Outcome.UNKNOWN and again is True:  # a key of throttle, once, caps or group was unknown
        return ""
    words = {True: "true", False: "false", None: "unknown"}
    return f"asked again, with today's definition, the conditions are {words[again]}"
