"""The way of an event through the stages of a trigger that keeps a state (R:E6).

The trigger's own filter, debounce, conditions and ``once``, what holds events, and then all that limits starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.matching import type_fits, watch_of
from ecomflow.model import Decision, Firing, Outcome
from ecomflow.runtime.record import subject_key
from ecomflow.runtime.stage import DEBOUNCE, holding, own, quiet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.model import Trigger, Workflow
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.record import StoredEvent
    from ecomflow.runtime.stage import Stage
    from ecomflow.runtime.starting import Starts
    from ecomflow.runtime.watches import Seen, Watches

_PASSED = {Outcome.NOT_MATCHED: False, Outcome.SUPERSEDED: False, Outcome.UNKNOWN: None}
"""What conditions that an event does not pass are, by the outcome."""

_HOLDS = {Outcome.HELD, Outcome.MERGED}
_LEAVES = {Outcome.NOT_MATCHED, Outcome.UNKNOWN, Outcome.STALE, Outcome.ERROR}
"""What leaves an event to the other triggers of its workflow."""


TAKEN = "another trigger of the workflow took the event"


class Stages:
    """Leads events through the stages.

    Args:
        starts: who asks conditions, and starts.
        watches: who keeps what stages remember.
        events: where held events are.
    """

    def __init__(self, starts: Starts, watches: Watches, events: Events) -> None:
        self._starts, self._watches, self._events = starts, watches, events

    def heard(self, stored: StoredEvent, workflow: Workflow, trigger: Trigger, *, told_only: bool) -> Decision:
        """Lead an event that has come.

        Args:
            stored: the event.
            workflow: who listens.
            trigger: by which of its triggers.
            told_only: whether another trigger of the workflow took the event, so that it may start nothing here.
        """
        watch = watch_of(trigger)
        seen = self._seen(stored, workflow, trigger)
        if any(type_fits(each, stored.event.type) for each in watch.against):
            found = self._watches.heard(stored, workflow, own(trigger), seen, "against")
            if not any(type_fits(each, stored.event.type) for each in watch.types):
                return _ended(found.decision)
        if watch.holds:
            return self._quieted(_Way(stored, workflow, trigger, told_only), {})
        return self._filtered(_Way(stored, workflow, trigger, told_only), seen)

    def go_on(self, stored: StoredEvent, workflow: Workflow, stage: Stage, firing: Firing) -> Decision:
        """Lead what a stage has held on its way; the run's event is the last of it."""
        way = _Way(stored, workflow, stage.trigger, told_only=False)
        if stage.part == DEBOUNCE:
            return self._asked(way, firing)
        return self._starts.start_held(stored, workflow, stage.trigger, firing.adds, self._handed(firing))

    # --- the stages, in their order ---

    def _filtered(self, way: _Way, seen: Seen) -> Decision:
        found = self._watches.heard(way.stored, way.workflow, own(way.trigger), seen)
        if found.firing is not None:
            return self._quieted(way, found.firing.adds)
        if way.trigger.holds_for is not None and found.decision.outcome is Outcome.NOT_MATCHED:
            self._lapse(way, still=found.still)
        return found.decision

    def _lapse(self, way: _Way, *, still: bool) -> None:
        """Let a clock run on where nothing is new and the conditions still hold of what began it; else it stops."""
        stage = holding(way.trigger)
        assert stage is not None
        _, subject = self._seen(*way.place)
        state = None if subject is None else self._watches.remembered(way.workflow, stage, subject)
        if state is not None:
            holds = still and self._starts.conditions_hold(*way.place, state["adds"])
            self._hold(way, Firing(), passed=holds, fresh=False)

    def _quieted(self, way: _Way, adds: Mapping[str, Any]) -> Decision:
        stage = quiet(way.trigger)
        if stage is not None and way.told_only:
            return _told_only(way.workflow)  # the burst that has it starts with it
        if stage is None:
            return self._asked(way, Firing(adds=adds))
        found = self._watches.heard(way.stored, way.workflow, stage, self._seen(*way.place), data=adds)
        return found.decision if found.firing is None else self._asked(way, found.firing)

    def _asked(self, way: _Way, firing: Firing) -> Decision:
        if holding(way.trigger) is None:
            return self._started(way, firing)
        ruled = self._starts.passes(way.stored, way.workflow, way.trigger, firing.adds, self._handed(firing), told_only=way.told_only)
        if ruled is None:
            return self._hold(way, firing)
        if ruled.outcome in _PASSED:
            self._hold(way, firing, passed=_PASSED[ruled.outcome])
        return ruled

    def _hold(self, way: _Way, firing: Firing, *, passed: bool | None = True, fresh: bool = True) -> Decision:
        stage = holding(way.trigger)
        assert stage is not None
        nothing = Decision(Outcome.NOT_MATCHED, way.workflow.name)
        if passed is not True and not stage.watch.lapses:
            return nothing
        seen = self._seen(*way.place)
        found = self._watches.heard(way.stored, way.workflow, stage, seen, data=firing.adds, passed=passed, fresh=fresh)
        if found.firing is None:
            return found.decision
        if way.told_only and not found.over:
            return _told_only(way.workflow)
        adds = {**firing.adds, **found.firing.adds}
        return self._starts.start_held(*way.place, adds, self._handed(found.firing))

    def _started(self, way: _Way, firing: Firing) -> Decision:
        if way.told_only:
            return _told_only(way.workflow)
        return self._starts.consider(*way.place, firing.adds, handed=self._handed(firing))

    # --- what stages are told ---

    def _seen(self, stored: StoredEvent, workflow: Workflow, trigger: Trigger) -> Seen:
        scope, kind, subject = self._starts.seen(stored, workflow, trigger)
        return scope, subject_key(kind, subject)

    def _handed(self, firing: Firing) -> tuple[StoredEvent, ...]:
        return tuple(self._events.get(number) for number in firing.events)


class _Way:
    """One event on its way: the event, who listens, and whether it may start something."""

    def __init__(self, stored: StoredEvent, workflow: Workflow, trigger: Trigger, told_only: bool) -> None:
        self.stored, self.workflow, self.trigger, self.told_only = stored, workflow, trigger, told_only
        self.place = (stored, workflow, trigger)


def takes(decision: Decision, trigger: Trigger) -> bool:
    """Return whether a trigger took an event, so that no other of its workflow starts with it.

    Args:
        decision: what became of the event.
        trigger: of which trigger; what its own kind holds may be what another one fires on.
    """
    if decision.outcome in _HOLDS:
        return trigger.debounce is not None
    return decision.outcome not in _LEAVES or decision.run_id is not None  # a run that failed was its run


def _told_only(workflow: Workflow) -> Decision:
    return Decision(Outcome.NOT_MATCHED, workflow.name, reason=TAKEN)


def _ended(decision: Decision) -> Decision:
    # An event that only ends a wait is none of those that start; where its key is unknown it pairs with nothing.
    if decision.outcome is Outcome.UNKNOWN:
        return Decision(Outcome.NOT_MATCHED, decision.workflow, reason=decision.reason)
    return decision
