"""One accepted event, one unit: doubles dropped, exits, waits, then starts (R:E1, E2, E5)."""

from __future__ import annotations

import logging
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ecomflow.errors import NotFoundError, RefusedError, StoreError
from ecomflow.matching import Candidate, watching_trigger
from ecomflow.model import Decision, Outcome
from ecomflow.runtime.accept import seen_by
from ecomflow.runtime.base import Receipt
from ecomflow.runtime.clock import MINUTE, to_micros
from ecomflow.runtime.events import MAX_HOPS
from ecomflow.runtime.numbers import Numbers
from ecomflow.runtime.record import number_of
from ecomflow.runtime.stages import TAKEN, Stages, takes
from ecomflow.store import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ecomflow.core.skimming import Skim
    from ecomflow.matching import Listener
    from ecomflow.model import Event, Firing, Trigger, Workflow
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.firings import Fired
    from ecomflow.runtime.holding import Holding
    from ecomflow.runtime.record import StoredEvent
    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.stage import Stage
    from ecomflow.runtime.starting import Starts
    from ecomflow.runtime.turn import Turn
    from ecomflow.runtime.watches import Watches
    from ecomflow.store import Store

_log = logging.getLogger("ecomflow")
_PORTION = 200
"""Runs that one unit wakes; more are woken in the units that follow (R:E2)."""

_BY_NAME = attrgetter("name")


class Ingest:
    """Takes events.

    Args:
        store: where decisions are kept.
        definitions: who listens.
        events: where events are kept.
        runs: who waits.
        starts: who may start.
        holding: who is paused.
        turn: the transaction being made.
        watches: triggers that keep a state.
    """

    def __init__(
        self, store: Store, definitions: Definitions, events: Events, runs: Runs, starts: Starts, holding: Holding, turn: Turn,
        watches: Watches,
    ) -> None:  # fmt: skip
        self._store, self._definitions, self._events, self._runs = store, definitions, events, runs
        self._starts, self._holding, self._turn = starts, holding, turn
        self._watches, self._firings = watches, watches.firings
        runs.decided, watches.decided, watches.goes_on = self._look_back, self._record, self._go_on
        self._stages, self._numbers = Stages(starts, watches, events), Numbers(store)
        self._looked_back: list[tuple[int, Decision]] | None = None
        self.forget()

    def forget(self) -> None:
        """Drop what is in memory; the store knows it all."""
        self._numbers.forget()
        self._looked_back = None

    def skim(self, type_: str) -> Skim | None:
        """Return what reads all that decides whether an event of a type concerns anybody; None where its whole data do."""
        asked = self._events.shapes.of(type_) or self._definitions.watching.listening(type_)
        return None if asked else self._definitions.index.skim(type_)

    def take(self, event: Event, raw: bytes) -> Receipt:
        """Take an event from outside, with its data as JSON, and decide it."""
        stored = self._events.add(event, raw)
        if stored is None:
            return self._duplicate(event, raw)
        return Receipt(event.id, duplicate=False, decisions=self._decide(stored))

    def take_aside(self, event: Event, raw: bytes, error: Exception) -> Receipt:
        """Keep an event that could not be decided, with the reason."""
        stored = self._events.add(event, raw)
        if stored is None:
            return self._duplicate(event, raw)
        return Receipt(event.id, duplicate=False, decisions=[self.set_aside(stored.seq, error)])

    def set_aside(self, seq: int, error: Exception, workflow: str | None = None) -> Decision:
        """Note that an event could not be decided, for one workflow or all; the rest goes on."""
        decision = Decision(Outcome.ERROR, workflow, reason=f"set aside: {type(error).__name__}: {error}")
        self._record(seq, decision)
        self._store.run("decided", seq)
        self._firings.go_on(seq)
        return decision

    def decide_again(self, event_id: str, by: str) -> Receipt:
        """Decide an event again, for the workflows that could not be decided the last time.

        Args:
            event_id: its id; of several sources, all are meant.
            by: who asks, for the audit.

        Raises:
            NotFoundError: there is no such event.
            RefusedError: every workflow has decided it.
        """
        rows = self._store.rows("events_of_id", self._store.shop, event_id)
        if not rows:
            raise NotFoundError(f"there is no event {event_id}")
        self._store.run("add_audit", self._store.shop, self._turn.now, by, "retry", None, f"event {event_id}")
        return Receipt(event_id, duplicate=False, decisions=[each for row in rows for each in self._again(row[0])])

    def _again(self, seq: int) -> list[Decision]:
        last = dict(self._store.rows("outcomes_of", self._store.shop, seq))
        failed = [name for name, outcome in last.items() if outcome == Outcome.ERROR]
        if not failed:
            raise RefusedError("no workflow has failed to decide that event")
        stored = self._events.get(seq)
        if None in failed and len(last) > 1:
            raise RefusedError("that event has been decided, at least in part: it cannot be decided again")
        if None in failed:
            return self._decide(stored, self._firings.of(seq))
        before = self._numbers.last
        for name in failed:
            self.decide_for(seq, name)
        return [Decision(Outcome(row[3]), row[2], reason=row[6]) for row in self._store.rows("decisions_of", self._store.shop, seq) if row[0] > before]

    def _duplicate(self, event: Event, raw: bytes) -> Receipt:
        first, reason = self._events.first_of(event, raw)
        decision = Decision(Outcome.DUPLICATE, reason=reason)
        if first is not None:  # of one that is gone the id alone is remembered
            self._record(first, decision)
        return Receipt(event.id, duplicate=True, decisions=[decision])

    def decide(self, seq: int) -> None:
        """Decide an event that a run has emitted, or a trigger made."""
        stored = self._events.get(seq)
        if stored.hop > MAX_HOPS:
            self._record(seq, Decision(Outcome.CAPPED, reason=f"loop: {MAX_HOPS} events caused each other"))
            self._firings.go_on(seq)
        else:
            self._decide(stored, self._firings.of(seq))
        self._store.run("decided", seq)

    def _decide(self, stored: StoredEvent, fired: Fired | None = None) -> list[Decision]:
        self._looked_back = []
        decisions = self._for_all(stored) if fired is None else [self._for_one(stored, fired)]
        self._record_all(stored, decisions)
        before, self._looked_back = self._looked_back, None
        for event, decision in before:
            self._record(event, decision)
        return [each for each in decisions if each.outcome is not Outcome.NOT_MATCHED]  # what a receipt lists (R:V2)

    def _for_all(self, stored: StoredEvent) -> list[Decision]:
        held: set[str] = set()
        decisions = self._wake(stored, 0, held)
        concerned = self._concerned(stored)
        groups: Iterable[tuple[Candidate, ...]] = zip(concerned)  # of a workflow the index gives one trigger
        if watching := self._definitions.watching.listening(stored.event.type):
            concerned = sorted([*concerned, *_asked(watching)], key=_in_order)
            groups = (tuple(group) for _, group in groupby(concerned, key=_BY_NAME))
        if held:
            waiting = sorted(held - {each.name for each in concerned})
            decisions += [Decision(Outcome.HELD, name, reason="paused") for name in waiting]
        for group in groups:
            paused = self._holding.paused and self._holding.holds(group[0].name)
            decisions += [self._hold(stored, group[0].name)] if paused else self._for_workflow(stored, group)
        return decisions

    def _for_workflow(self, stored: StoredEvent, concerned: Sequence[Candidate]) -> list[Decision]:
        """Tell each trigger of a workflow of an event; where an earlier one took it, the later ones start nothing."""
        if len(concerned) == 1:
            return [self._consider(stored, concerned[0].workflow, concerned[0].trigger, known=concerned[0].known)]
        found: list[Decision] = []
        taken = False
        for each in concerned:
            decision = self._consider(stored, each.workflow, each.trigger, told_only=taken, known=each.known)
            taken |= takes(decision, each.trigger)
            if decision not in found:
                found.append(decision)
        if len(found) == 1:
            return found
        return [each for each in found if each.outcome is not Outcome.NOT_MATCHED] or found[:1]

    def _hold(self, stored: StoredEvent, workflow: str) -> Decision:
        self._holding.hold_event(workflow, stored.seq)
        return Decision(Outcome.HELD, workflow, reason="paused")

    def _concerned(self, stored: StoredEvent) -> Sequence[Candidate]:
        index, event = self._definitions.index, stored.event
        found = index.candidates(event.type, seen_by(event, index.skim(event.type)))
        if not self._holding.paused:
            return found
        # What is held is decided at the resume, perhaps by another version: today's index may not skip it.
        names = {each.name for each in found}
        return _asked(c for c in index.listening(event.type) if c[0].name in names or self._holding.holds(c[0].name))

    def _consider(
        self, stored: StoredEvent, workflow: Workflow, trigger: Trigger, *, fired: Fired | None = None, told_only: bool = False,
        known: bool = False,
    ) -> Decision:  # fmt: skip
        if told_only and trigger.watch is None:
            return Decision(Outcome.NOT_MATCHED, workflow.name, reason=TAKEN)
        try:
            if fired is None and trigger.watch is not None:
                return self._stages.heard(stored, workflow, trigger, told_only=told_only)
            return self._starts.consider(stored, workflow, trigger, None if fired is None else fired.adds, fired, known=known)
        except Exception as error:  # noqa: BLE001 conditions may call filters of plugins, which may raise anything
            return _failed(stored, workflow, error)

    def _go_on(self, workflow: Workflow, stage: Stage, firing: Firing) -> None:
        stored = self._events.get(firing.events[-1])
        try:
            decision = self._stages.go_on(stored, workflow, stage, firing)
        except Exception as error:  # noqa: BLE001 as when an event comes
            decision = _failed(stored, workflow, error)
        self._record(stored.seq, decision)

    # --- events that triggers made ---

    def _for_one(self, stored: StoredEvent, fired: Fired) -> Decision:
        if self._holding.paused and self._holding.holds(fired.workflow):
            return self._hold(stored, fired.workflow)
        workflow = self._definitions.current.get(fired.workflow)
        trigger = watching_trigger(workflow, fired.trigger)
        if workflow is None or trigger is None:
            decision = Decision(Outcome.NOT_MATCHED, fired.workflow, reason="the workflow has no such trigger any more")
        elif self._gives_way(stored, workflow, trigger):
            return Decision(Outcome.HELD, fired.workflow, reason="the run before has not ended")
        else:
            decision = self._consider(stored, workflow, trigger, fired=fired)
        if decision.run_id is None:
            self._firings.go_on(stored.seq)
        return decision

    def _gives_way(self, stored: StoredEvent, workflow: Workflow, trigger: Trigger) -> bool:
        # A moment that is caught up is not lost to the run before it, as one that comes in its time is (R:T1).
        if stored.arrived - to_micros(stored.event.time) <= MINUTE:
            return False
        before = self._starts.blocked_by(stored, workflow, trigger)
        return before is not None and self._firings.wait_for(stored.seq, before)

    def start_by_hand(
        self, name: str, data: dict[str, Any], *, id_: str, subject: str | None = None, force: bool = False,
        by: str = "",
    ) -> Receipt:  # fmt: skip
        """Start a workflow that has a trigger for it, without its conditions where that is forced (R:T9).

        Args:
            name: the workflow.
            data: of the event that the start is.
            id_: of that event; a second start of one id is a duplicate.
            subject: what it is about; the workflow by default.
            force: whether the conditions are not asked.
            by: who asks, for the audit.

        Raises:
            NotFoundError: there is no such workflow.
            RefusedError: it has no trigger for it, or is switched off.
        """
        workflow = self._definitions.current.get(name)
        if workflow is None:
            raise NotFoundError(f"there is no workflow {name}")
        trigger = next((each for each in workflow.triggers if each.watch is not None and each.watch.by_hand), None)
        if trigger is None or not workflow.enabled:
            raise RefusedError(f"{name} has no trigger `manual: true`" if workflow.enabled else f"{name} is switched off: `enabled: false`")
        made = self._watches.asked(workflow, trigger, data, id_, subject or name)
        if made is None:
            raise RefusedError(f"the trigger {trigger.name} of {name} wants no start")
        self._store.run("add_audit", self._store.shop, self._turn.now, by, "start", None, f"{name}, forced" if force else name)
        stored = self._firings.keep_decided(workflow, trigger, made, force=force)
        if stored is None:
            return self._duplicate(made.event, made.raw)
        return Receipt(id_, duplicate=False, decisions=self._decide(stored, self._firings.of(stored.seq)))

    # --- open runs ---

    def _wake(self, stored: StoredEvent, after: int, held: set[str]) -> list[Decision]:
        keys = self._events.keys(stored)
        found = self._subscribers(stored, keys, after, held) if keys else None
        if not found:
            return []
        portion = sorted(found)[:_PORTION]
        if len(found) > _PORTION:
            self._store.run("deliver_on", portion[-1], stored.seq)
            self._turn.emitted.append(stored.seq)
        return self._wake_these(stored, {n: found[n] for n in portion})

    def deliver_on(self, seq: int, mark: int) -> None:
        """Go on with an event that wakes more runs than one unit may."""
        stored = self._events.get(seq)
        self._store.run("decided", seq)
        for decision in self._wake(stored, mark, set()):
            self._record(seq, decision)

    def _subscribers(self, stored: StoredEvent, keys: Iterable[bytes], after: int, held: set[str]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for key in keys:
            for run, sub, workflow in self._store.rows("subscribers", self._store.shop, key, stored.seq, after):
                if self._holding.paused and self._holding.holds(workflow):
                    self._holding.hold_event(workflow, stored.seq)
                    held.add(workflow)
                else:
                    found.setdefault(run, []).append(sub)
        return found

    def _wake_these(self, stored: StoredEvent, found: dict[int, list[str]]) -> list[Decision]:
        runs = [(self._runs.readable(n), subs) for n, subs in found.items()]
        decisions, open_runs = [], []
        for run, subs in runs:
            if run is None:
                continue
            if self._runs.exits(run, stored, subs):
                decisions.append(Decision(Outcome.EXITED, run.workflow.name, run.id, f"exit_on: {stored.event.type}"))
            else:
                open_runs.append((run, subs))
        for run, subs in open_runs:
            if self._runs.delivers(run, stored, subs):
                decisions.append(Decision(Outcome.DELIVERED, run.workflow.name, run.id))
        return decisions

    # --- what was held ---

    def decide_for(self, seq: int, workflow: str) -> None:
        """Decide an event that was held for one workflow (R:V6)."""
        stored = self._events.get(seq)
        fired = self._firings.of(seq)
        if fired is not None:
            self._record(seq, self._for_one(stored, fired))
            return
        found: dict[int, list[str]] = {}
        for key in self._events.keys(stored):
            for run, sub, name in self._store.rows("subscribers", self._store.shop, key, stored.seq, 0):
                if name == workflow:
                    found.setdefault(run, []).append(sub)
        decisions = self._wake_these(stored, found)
        current = self._definitions.current.get(workflow)
        listening = [*self._definitions.index.listening(stored.event.type), *self._definitions.watching.listening(stored.event.type)]
        decisions += self._for_workflow(stored, sorted(_asked(each for each in listening if each[0] is current), key=_in_order))
        for decision in decisions:
            self._record(seq, decision)

    # --- decisions ---

    def _look_back(self, event: int, decision: Decision) -> None:
        # What a run that starts makes of earlier events stands after the decision that started it.
        if self._looked_back is None:
            self._record(event, decision)
        else:
            self._looked_back.append((event, decision))

    def _record_all(self, stored: StoredEvent, decisions: Iterable[Decision]) -> None:
        missing: dict[str, list[Decision]] = {}
        for decision in decisions:
            path = None
            if decision.outcome is Outcome.UNKNOWN and decision.workflow is not None:
                path = self._definitions.index.missing(decision.workflow, stored.event.data)
            if path is None:
                self._record(stored.seq, decision)
            else:
                missing.setdefault(path, []).append(decision)
        for path, those in missing.items():
            self._record(stored.seq, those[0] if len(those) == 1 else _of_all(those, f"{path} is missing"))

    def _record(self, event: int, decision: Decision) -> None:
        self._store.run(
            "add_decision", self._store.shop, event, self._numbers.next(), self._turn.now, decision.workflow, decision.outcome,
            number_of(decision.run_id) if decision.run_id else None, decision.reason,
        )  # fmt: skip


def _failed(stored: StoredEvent, workflow: Workflow, error: Exception) -> Decision:
    if isinstance(error, (StoreError, *FAULTS)):
        raise error
    # A fault of one workflow is its own: it has written nothing, for stages compute before they write.
    _log.exception("workflow %s: event %s could not be decided", workflow.name, stored.event.id)
    return Decision(Outcome.ERROR, workflow.name, reason=f"{type(error).__name__}: {error}")


def _in_order(each: Candidate) -> tuple[int, str, int]:
    """Return what sorts by priority, then name, then a trigger's place in the file: the first that fits the event counts."""
    return -each.workflow.priority, each.name, each.trigger.position


def _asked(listening: Iterable[Listener]) -> list[Candidate]:
    return [Candidate(0, workflow.name, workflow, trigger) for workflow, trigger in listening]


def _of_all(decisions: Iterable[Decision], reason: str) -> Decision:
    """Return one decision for workflows that are unknown for one reason; their names are lines (R:X6)."""
    return Decision(Outcome.UNKNOWN, "\n".join(str(decision.workflow) for decision in decisions), None, reason)
