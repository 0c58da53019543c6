"""Whether an event starts a workflow: the stages of a start, asked in one order; tokens are taken with the start (R:E6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.scope import envelope, scope_of
from ecomflow.expressions import subject_text
from ecomflow.model import MISSING, Decision, Mode, Outcome, RunStatus, Trigger
from ecomflow.policies.tokens import REFUSED
from ecomflow.runtime.clock import HOUR, to_micros
from ecomflow.runtime.record import NewRun, subject_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ecomflow.model import Expression, Token, Workflow
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.firings import Fired
    from ecomflow.runtime.performing import Tokens
    from ecomflow.runtime.record import LiveRun, StoredEvent
    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store


class _Ruled(Exception):  # noqa: N818 no error: the way out of the stages
    """A stage has decided."""

    def __init__(self, outcome: Outcome, reason: str = "", run_id: str | None = None) -> None:
        super().__init__(reason)
        self.outcome, self.reason, self.run_id = outcome, reason, run_id


class _Start(NewRun):
    """A start while its stages are asked: the run that it would be, and more.

    Args:
        workflow: who would start.
        by: its trigger.
        stored: the event.
        moment: the time of the turn.
        scope: the scope, where something has asked for it.
        subject: kind and value of what the run is about.
        trigger: what the run is told of its trigger.
        fired: where the trigger made the event itself.

    Attributes:
        mode: the workflow's mode, or that of the trigger's kind where the file says none.
        mode_key: the key under which modes look for open runs; None where they need not look.
        tokens: those that the start takes.
        known: whether the index knows that the conditions hold.
        told_only: whether another trigger took the event, so that this one only remembers it: nothing ends or fails because of it.
        outranks: runs of the group that end with the start.
    """

    __slots__ = ("_scope", "by", "fired", "known", "mode", "moment", "outranks", "tokens", "told_only")

    def __init__(
        self, workflow: Workflow, by: Trigger, stored: StoredEvent, moment: datetime, scope: dict[str, Any] | None,
        subject: tuple[str, str | None], trigger: dict[str, Any], fired: Fired | None = None,
    ) -> None:  # fmt: skip
        self.workflow, self.by, self.stored, self.moment, self._scope, self.trigger, self.fired = workflow, by, stored, moment, scope, trigger, fired
        self.kind, self.subject = subject
        self.mode = mode = Mode.SINGLE if by.single else workflow.mode
        counted = mode is not Mode.PARALLEL or workflow.max_runs is not None
        self.mode_key = subject_key(self.kind, self.subject) if counted else None
        self.group_key: str | None = None
        self.tokens: list[tuple[Token, str]] = []
        self.outranks: tuple[int, ...] = ()
        self.known = self.told_only = False

    @property
    def scope(self) -> dict[str, Any]:
        """What conditions and keys see. Most starts ask for none of it, for the index knows."""
        if self._scope is None:
            self._scope = scope_of(self.workflow, self.stored.event, self.trigger, self.moment)
        return self._scope


class Starts:
    """Decides starts.

    Args:
        store: the state of policies.
        definitions: subjects and limits.
        events: the ancestry of events.
        runs: where a start goes.
        tokens: ``once``, ``throttle``, caps.
        turn: the transaction being made.
    """

    def __init__(self, store: Store, definitions: Definitions, events: Events, runs: Runs, tokens: Tokens, turn: Turn) -> None:
        self._store, self._definitions, self._events = store, definitions, events
        self._runs, self._tokens, self._turn = runs, tokens, turn

    def consider(
        self, stored: StoredEvent, workflow: Workflow, trigger: Trigger, adds: Mapping[str, Any] | None = None, fired: Fired | None = None,
        handed: Sequence[StoredEvent] = (), *, known: bool = False,
    ) -> Decision:  # fmt: skip
        """Decide what an event is for a workflow that listens to it, and start it where nothing stands against it.

        Args:
            stored: the event.
            workflow: who listens.
            trigger: by which of its triggers.
            adds: what ``trigger`` has in scope beside its id and kind.
            fired: where the trigger made the event itself.
            handed: the events that it hands over, where they are more than this one.
            known: whether the conditions are known to hold.
        """
        start = self._new(stored, workflow, trigger, adds, handed, fired)
        start.known = known
        try:
            self._ask(start)
            self._ask_limits(start)
            return self._start(start)
        except _Ruled as ruled:
            return Decision(ruled.outcome, workflow.name, ruled.run_id, ruled.reason)

    def passes(
        self, stored: StoredEvent, workflow: Workflow, trigger: Trigger, adds: Mapping[str, Any], handed: Sequence[StoredEvent],
        *, told_only: bool = False,
    ) -> Decision | None:  # fmt: skip
        """Ask only what comes before a stage that holds events: conditions and ``once``; None where nothing stands against it."""
        start = self._new(stored, workflow, trigger, adds, handed)
        start.told_only = told_only
        try:
            self._ask(start)
            self._ask_tokens(start, "once")
        except _Ruled as ruled:
            return Decision(ruled.outcome, workflow.name, ruled.run_id, ruled.reason)
        return None

    def conditions_hold(self, stored: StoredEvent, workflow: Workflow, trigger: Trigger, adds: Mapping[str, Any]) -> bool:
        """Return whether the conditions are true of an event that starts nothing, and so ends and fails nothing either."""
        return workflow.conditions is None or workflow.conditions.test(self._new(stored, workflow, trigger, adds, ()).scope) is True

    def start_held(
        self, stored: StoredEvent, workflow: Workflow, trigger: Trigger, adds: Mapping[str, Any], handed: Sequence[StoredEvent]
    ) -> Decision:
        """Start with an event that was held, where nothing of what comes after the hold stands against it."""
        start = self._new(stored, workflow, trigger, adds, handed)
        try:
            self._ask_limits(start)  # once is asked again: another start may have taken the token since
            return self._start(start)
        except _Ruled as ruled:
            return Decision(ruled.outcome, workflow.name, ruled.run_id, ruled.reason)

    def _new(
        self, stored: StoredEvent, workflow: Workflow, trigger: Trigger, adds: Mapping[str, Any] | None, handed: Sequence[StoredEvent],
        fired: Fired | None = None,
    ) -> _Start:  # fmt: skip
        told: dict[str, Any] = {"id": trigger.id, "kind": trigger.kind}
        if adds:
            told = {**adds, **told}
        if len(handed) > 1:
            told["events"] = [envelope(each.event) for each in handed]
        event, now, scope = stored.event, self._turn.moment, None
        if workflow.vars or workflow.subject:
            scope = scope_of(workflow, event, told, now)
        subject = self._definitions.event_subject(event) if scope is None else self._definitions.run_subject(workflow, event, scope)
        return _Start(workflow, trigger, stored, now, scope, subject, told, fired)

    def seen(self, stored: StoredEvent, workflow: Workflow, trigger: Trigger) -> tuple[dict[str, Any], str, str | None]:
        """Return what a trigger sees of an event: its scope, and kind and value of the subject."""
        scope = scope_of(workflow, stored.event, {"id": trigger.id, "kind": trigger.kind}, self._turn.moment, whole=True)
        return scope, *self._definitions.run_subject(workflow, stored.event, scope)

    def blocked_by(self, stored: StoredEvent, workflow: Workflow, trigger: Trigger) -> int | None:
        """Return the event of the open run because of which mode ``single`` would refuse a start."""
        if not trigger.single and workflow.mode is not Mode.SINGLE:
            return None
        _, kind, subject = self.seen(stored, workflow, trigger)
        rows = self._store.rows("open_of_mode", self._store.shop, workflow.name, subject_key(kind, subject))
        return self._store.row("run", rows[0][0], self._store.shop)[7] if rows else None

    def call(self, stored: StoredEvent, workflow: Workflow, caller: LiveRun, made: dict[str, Any]) -> Decision:
        """Decide a call of a workflow by a step, and start it: conditions are not asked, all that limits runs is (R:P6).

        Args:
            stored: the event that the caller started with.
            workflow: what is called.
            caller: whose subject it has, unless it has its own.
            made: what the run keeps of the call.
        """
        told = {"id": None, "kind": "call"}
        scope = scope_of(workflow, stored.event, told, self._turn.moment, made["inputs"])
        subject = caller.kind or "", caller.subject
        if workflow.subject:
            subject = self._definitions.run_subject(workflow, stored.event, scope)
        start = _Start(workflow, Trigger("call", None, -1), stored, self._turn.moment, scope, subject, {**told, "call": made})
        try:
            self._ask_subject(start)
            self._ask_limits(start)
            self._ask_callers(start, made["callers"])
            return self._start(start)
        except _Ruled as ruled:
            return Decision(ruled.outcome, workflow.name, ruled.run_id, ruled.reason)

    def _ask(self, start: _Start) -> None:
        if start.mode is not Mode.RESTART:
            if not start.known:
                self._ask_conditions(start)
            if start.mode is not Mode.PARALLEL:
                self._ask_subject(start)
            if start.stored.cause is not None:
                self._ask_ancestry(start)
        else:  # here false conditions end the subject's open run, so what they are asked about is known first
            self._ask_subject(start)
            self._ask_ancestry(start)
            self._ask_age(start)
            self._ask_conditions(start)

    def _ask_limits(self, start: _Start) -> None:
        # What a workflow says nothing of is not asked: most say nothing of any.
        if start.workflow.tokens or start.workflow.group is not None:
            self._ask_tokens(start, "once", "throttle")
            self._ask_group(start)
            self._ask_tokens(start, "cap")
        if start.subject is not None:
            self._ask_rate(start)
        if start.mode_key is not None and start.mode is not Mode.RESTART:
            self._ask_mode(start)

    # --- stages ---

    def _ask_subject(self, start: _Start) -> None:
        if start.mode is not Mode.PARALLEL and start.subject is None:
            raise _Ruled(Outcome.UNKNOWN, f"subject: mode {start.mode} needs one, and the event names none")

    def _ask_ancestry(self, start: _Start) -> None:
        if start.workflow.own_events:
            return
        mine = (start.workflow.name, subject_key(start.kind, start.subject))
        for name, kind, subject in self._events.causes(start.stored):
            if (name, subject_key(kind, subject)) == mine:
                raise _Ruled(Outcome.REFUSED, "own_events: a run of this workflow for this subject caused the event")

    def _ask_age(self, start: _Start) -> None:
        if start.mode is not Mode.RESTART:
            return
        newest = self._store.value("applied", self._store.shop, *_applied_key(start))
        if newest is not None and to_micros(start.stored.event.time) < newest:
            raise _Ruled(Outcome.STALE, "its time is older than that of the last event applied to this subject")

    def _ask_conditions(self, start: _Start) -> None:
        conditions = start.workflow.conditions
        if conditions is None or (start.fired is not None and start.fired.force):
            return
        outcome = conditions.test(start.scope)
        if outcome is True:
            return
        leaf = conditions.decisive(start.scope)
        reason = f"{leaf.source}: {leaf.detail}" if leaf.detail else leaf.source
        if outcome is None:
            raise self._undecided(start, reason)
        if start.mode is Mode.RESTART and not start.told_only and self._supersede(start, reason):
            raise _Ruled(Outcome.SUPERSEDED, reason)
        raise _Ruled(Outcome.NOT_MATCHED, reason)

    def _undecided(self, start: _Start, reason: str) -> _Ruled:
        if start.told_only or not start.workflow.fail_on_unknown:
            return _Ruled(Outcome.UNKNOWN, reason)
        run = self._runs.add(start, queued=False)
        self._runs.fail(run, reason)
        return _Ruled(Outcome.UNKNOWN, reason, run.id)

    def _supersede(self, start: _Start, reason: str) -> bool:
        self._apply(start)
        open_runs = self._open_of_mode(start)
        self._runs.end_all([n for n, _ in open_runs], "superseded", reason)
        return bool(open_runs)

    def _ask_tokens(self, start: _Start, *kinds: str) -> None:
        for token in start.workflow.tokens:
            if token.kind not in kinds:
                continue
            key = _key_text(token.key, start.scope)
            if not self._tokens.free(token.kind, token.name, key, token.limit, token.per, start.workflow.timezone):
                raise _Ruled(Outcome(REFUSED[token.kind]), f"{token.kind} {token.name} for {token.key.source} = {key}")
            start.tokens.append((token, key))

    def _ask_group(self, start: _Start) -> None:
        group = start.workflow.group
        if group is None:
            return
        start.group_key = f"{group.name}\x1f{_key_text(group.key, start.scope)}"
        mine = (start.workflow.name, start.kind, start.subject)
        rivals = [
            row for row in self._store.rows("open_of_group", self._store.shop, start.group_key)
            if (row[2], row[3], row[4]) != mine or start.subject is None
        ]  # fmt: skip
        for row in rivals:
            if start.workflow.priority <= row[5]:
                raise _Ruled(Outcome.OUTRANKED, f"group {group.name}: a run of {row[2]} with priority {row[5]} is open")
        start.outranks = tuple(row[0] for row in rivals)

    def _ask_rate(self, start: _Start) -> None:
        # What comes by the clock, by hand or by a call is no loop.
        if "call" in start.trigger or (start.fired is not None and start.stored.cause is None):
            return
        limit, since = self._definitions.max_starts, self._turn.now - HOUR
        values = (self._store.shop, start.workflow.name, start.subject, start.kind, since, limit)
        if self._store.value("recent_starts", *values) >= limit:
            raise _Ruled(Outcome.CAPPED, f"max_starts: {limit} runs of this workflow and subject in an hour")

    def _ask_mode(self, start: _Start) -> None:
        workflow = start.workflow
        open_runs = self._open_of_mode(start)
        if start.mode is Mode.SINGLE and open_runs:
            raise _Ruled(Outcome.REFUSED, "mode single: a run of this subject is open")
        if workflow.max_runs is not None and len(open_runs) >= workflow.max_runs:
            raise _Ruled(Outcome.REFUSED, f"max_runs: {workflow.max_runs} runs of this subject are open")
        queued = sum(status == RunStatus.QUEUED for _, status in open_runs)
        if start.mode is Mode.QUEUED and queued >= workflow.max_queued:
            raise _Ruled(Outcome.REFUSED, f"max_queued: {workflow.max_queued} runs of this subject are queued")

    def _ask_callers(self, start: _Start, callers: list[int]) -> None:
        waits = start.workflow.mode in (Mode.RESTART, Mode.QUEUED)
        others = {*start.outranks, *(n for n, _ in (self._open_of_mode(start) if waits else ()))}
        if others & set(callers):
            raise _Ruled(Outcome.REFUSED, "it would end, or wait for, the run that calls it")

    def _open_of_mode(self, start: _Start) -> list[tuple[int, str]]:
        key = subject_key(start.kind, start.subject)
        return self._store.rows("open_of_mode", self._store.shop, start.workflow.name, key)

    # --- the start itself ---

    def _start(self, start: _Start) -> Decision:
        ended = self._end_others(start) if start.outranks or start.mode is Mode.RESTART else ()
        alone = start.mode_key is None and start.group_key is None
        free = alone or self._runs.may_begin(start.workflow, start.mode_key, start.group_key, (start.kind, start.subject))
        run = self._runs.add(start, queued=not free)
        for token, key in start.tokens:
            self._tokens.take(token.kind, token.name, key, run.n)
        if start.mode is Mode.RESTART and "call" not in start.trigger:
            self._apply(start)
        if free:
            self._runs.begin(run, start.stored)
        else:
            self._runs.queue(run, start.scope)
        # Under restart and in groups a run that waits for an older one to wind up has been decided to start.
        queued = start.mode is Mode.QUEUED and not free
        reason = "ended " + ", ".join(ended) if ended else ""
        return Decision(Outcome.QUEUED if queued else Outcome.STARTED, start.workflow.name, run.id, reason)

    def _end_others(self, start: _Start) -> list[str]:
        numbers = list(start.outranks)
        if start.mode is Mode.RESTART:
            numbers += [n for n, _ in self._open_of_mode(start)]
        return self._runs.end_all(numbers, "superseded", f"by {start.stored.event.type} {start.stored.event.id}")

    def _apply(self, start: _Start) -> None:
        self._store.run("apply", self._store.shop, *_applied_key(start), to_micros(start.stored.event.time))


def _applied_key(start: _Start) -> tuple[str, str, str]:
    return start.workflow.name, start.by.name, subject_key(start.kind, start.subject) or ""


def _key_text(key: Expression, scope: dict[str, Any]) -> str:
    value = key.value(scope)
    text = None if value is MISSING else subject_text(value)
    if text is None:
        raise _Ruled(Outcome.UNKNOWN, f"{key.source} is missing, null, or no key")
    return text
