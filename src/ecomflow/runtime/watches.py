"""What triggers remember and what they are told: deployments, events, moments, ends of runs, requests by hand.

A trigger computes, and only then is anything written, in the unit's transaction (R:E2). What one raises is an error of its
workflow alone.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.core.encoding import encode
from ecomflow.errors import LimitError, RefusedError
from ecomflow.model import Decision, Firing, Happening, Outcome, Reaction
from ecomflow.runtime.clock import to_micros, to_moment
from ecomflow.runtime.firings import Firings, make, source_of
from ecomflow.runtime.record import from_text, to_text
from ecomflow.runtime.stage import Stage, identity_of, own, stage_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from ecomflow.core.commands import Finish
    from ecomflow.model import Trigger, Workflow
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.firings import Made
    from ecomflow.runtime.holding import Holding
    from ecomflow.runtime.record import LiveRun, StoredEvent
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

    Row = tuple[str, str, str, int, int]

_log = logging.getLogger("ecomflow")
_MAX_STATE = 1024 * 1024
_MAX_OUTPUT = 128 * 1024
"""Bytes of a run's output that the event of its end carries."""

_SHORTEST = timedelta(seconds=1)
_OUTCOMES = {Outcome.NOT_MATCHED, Outcome.UNKNOWN, Outcome.STALE, Outcome.HELD, Outcome.MERGED}


Seen = tuple["Mapping[str, Any]", "str | None"]
"""What a trigger sees of an event: its scope, and kind and value of the subject as one text."""


class Heard(NamedTuple):
    """What a stage answers to an event: what fires; what became of the event where nothing does; whether nothing was new.

    ``over`` says that what fires is a burst that is held no more, and lost where nothing starts with it.
    """

    firing: Firing | None
    decision: Decision
    still: bool = False
    over: bool = False


class _Answer(NamedTuple):
    reaction: Reaction
    made: list[Made]
    held: tuple[int, ...] | None


class Watches:
    """The watching triggers of one shop.

    Args:
        store: what they remember.
        definitions: who watches.
        events: what started the run that ended.
        holding: who is paused.
        turn: the transaction being made.
    """

    def __init__(self, store: Store, definitions: Definitions, events: Events, holding: Holding, turn: Turn) -> None:
        self._store, self._definitions, self._events = store, definitions, events
        self._holding, self._turn = holding, turn
        self.firings = Firings(store, events, turn)
        """The events that they make."""
        self.decided: Callable[[int, Decision], None] = _unheard
        """Who keeps what became of what a trigger failed on."""
        self.goes_on: Callable[[Workflow, Stage, Firing], None] = _nobody
        """Who leads what was held on its way."""

    # --- deployments ---

    def deployed(self, names: Iterable[str]) -> None:
        """Tell the triggers of workflows whose version changed; forget what belongs to none of them any more (R:V5)."""
        changed = set(names)
        for name, trigger, identity in self._store.rows("watched", self._store.shop):
            workflow = self._definitions.current.get(name)
            found = stage_of(workflow, trigger)
            if name in changed and (workflow is None or found is None or identity_of(workflow, found) != identity):
                self._store.run("drop_watches", self._store.shop, name, trigger)
                self._store.run("let_events_go", self._store.shop, name, trigger)
        for workflow in (self._definitions.current[name] for name in sorted(changed & self._definitions.current.keys())):
            for trigger in workflow.triggers if workflow.enabled else ():
                if trigger.watch is not None and not trigger.watch.holds:
                    self._tell(workflow, own(trigger), self._happening(workflow, "deployed"))

    # --- moments ---

    def due(self, now: int, limit: int) -> list[Row]:
        """Return the rows of triggers that asked to be told by now."""
        return self._store.rows("due_watches", now, self._store.shop, limit)

    def wake(self, row: Row) -> None:
        """Tell a trigger that its moment has come."""
        name, trigger_name, key, due, _ = row
        workflow = self._definitions.current.get(name)
        stage = stage_of(workflow, trigger_name)
        self._turn.timers = True
        if self._store.row("watch_wakes", self._store.shop, name, trigger_name, key, self._turn.now) is None:
            return  # another of the same moment has ended or moved it
        # One whose kind is not installed for now, or fails, is told when the engine starts the next time.
        if workflow is None or stage is None or not self._tell(workflow, stage, self._happening(workflow, "due", due=to_moment(due)), key):
            self.park(row)

    def park(self, row: Row, error: BaseException | None = None) -> None:
        """Leave a trigger asleep until the engine starts again, or somebody resumes what was paused."""
        if error is not None:
            _log.error("workflow %s: trigger %s is not told any more: %s", row[0], row[1], error)
        self._turn.timers = True
        self._store.run("park_watch", self._store.shop, *row[:3])

    # --- ends of runs ---

    def ended(self, run: LiveRun, finish: Finish) -> None:
        """Tell those who wait for the end of another's run, and let the next of a line have its turn."""
        for workflow, trigger in self._definitions.watching.ends_of(run.workflow.name):
            happening = self._happening(workflow, "ended", data=_end_of(run, finish))
            self._tell(workflow, own(trigger), happening, id_=self._end_id(workflow, trigger, run), subject=run.subject, run=run)
        if run.event is not None and run.trigger["kind"] not in ("event", "call"):
            self.firings.go_on(run.event)

    def _end_id(self, workflow: Workflow, trigger: Trigger, run: LiveRun) -> str:
        # A run that failed and was retried ends again.
        id_, count = run.id, 1
        while self._events.knows(source_of(workflow.name), f"{workflow.name}/{trigger.name}/{id_}"):
            count += 1
            id_ = f"{run.id}/{count}"
        return id_

    # --- by hand ---

    def asked(self, workflow: Workflow, trigger: Trigger, data: dict[str, Any], id_: str, subject: str) -> Made | None:
        """Return the event of a start by hand; None where the trigger wants none.

        Raises:
            RefusedError: the trigger failed.
        """
        stage = own(trigger)
        answer = self._answer(workflow, stage, "", self._happening(workflow, "asked", data=data), lambda _: id_, subject)
        if isinstance(answer, Exception):
            raise RefusedError(self._failed(workflow, stage, answer).reason)
        reaction, made, before = answer
        self._keep(workflow, stage, "", reaction, before)
        return made[0] if made else None

    # --- events ---

    def heard(self, stored: StoredEvent, workflow: Workflow, stage: Stage, seen: Seen, kind: str = "event", **more: Any) -> Heard:
        """Tell a stage of an event; return what fires, or what became of the event instead.

        Args:
            stored: the event.
            workflow: whose stage it is.
            stage: the stage.
            seen: what a trigger sees of the event.
            kind: ``event`` or ``against``.
            more: what else a happening says.
        """
        scope, subject = seen
        happening = self._happening(
            workflow, kind, event=stored.event, scope=scope, subject=subject, number=stored.seq, arrived=to_moment(stored.arrived), **more
        )
        try:
            key = stage.watch.key(happening)
        except Exception as error:  # noqa: BLE001 a kind is foreign code
            return Heard(None, self._failed(workflow, stage, error))
        if key is None:
            needs = stage.watch.needs
            reason = f"{needs}: {stage.kind} needs it, and it is missing or no key" if needs else f"{stage.kind}: whose state this concerns is unknown"
            return Heard(None, Decision(Outcome.UNKNOWN, workflow.name, reason=reason))
        answer = self._answer(workflow, stage, key, happening, partial(_at, workflow, stage, key), workflow.name)
        if isinstance(answer, Exception):
            return Heard(None, self._failed(workflow, stage, answer))
        reaction, made, before = answer
        self._keep(workflow, stage, key, reaction, before)
        self.firings.keep(workflow, stage.trigger, made, stored)
        now = next((each for each in reaction.firings if each.at is None), None)
        reason = reaction.reason or f"{stage.kind}: nothing to fire"
        return Heard(now, Decision(Outcome(reaction.outcome), workflow.name, reason=reason), reaction.still, over=now is not None and len(now.events) > 1 and not reaction.holds)

    def remembered(self, workflow: Workflow, stage: Stage, key: str) -> Any:
        """Return the state of a stage for a key; None where it has none."""
        row = self._store.row("watch", self._store.shop, workflow.name, stage.name, key)
        return from_text(row[0]) if row else None

    # --- telling ---

    def _happening(self, workflow: Workflow, kind: Any, **more: Any) -> Happening:
        return Happening(kind=kind, now=self._turn.moment, workflow=workflow.name, timezone=workflow.timezone, **more)

    def _tell(
        self, workflow: Workflow, stage: Stage, happening: Happening, key: str = "", *, id_: str = "",
        subject: str | None = None, run: LiveRun | None = None,
    ) -> bool:  # fmt: skip
        """Tell a stage what is no event, and keep what it answers; return whether it did."""
        ids = partial(_at, workflow, stage, key, otherwise=id_ or _text(happening.due or happening.now))
        answer = self._answer(workflow, stage, key, happening, ids, workflow.name if run is None else subject)
        if isinstance(answer, Exception):
            self._note(workflow, stage, happening, f"{ids(Firing())}/error", self._failed(workflow, stage, answer))
            return False
        reaction, made, before = answer
        self._keep(workflow, stage, key, reaction, before)
        number = None if run is None else run.cause or run.event
        cause = self._events.find(number)
        self.firings.keep(workflow, stage.trigger, made, cause, None if run is None else run.n)
        for firing in reaction.firings:
            if firing.events:
                self.goes_on(workflow, stage, firing)
        return True

    def _answer(
        self, workflow: Workflow, stage: Stage, key: str, happening: Happening, ids: Callable[[Firing], str], subject: str | None
    ) -> _Answer | Exception:
        """Return what a stage answers, with the events that it makes and those it held; or what it raised."""
        place = (self._store.shop, workflow.name, stage.name, key)
        row = self._store.row("watch", *place)
        held = tuple(each[0] for each in self._store.rows("kept_events", *place)) if row else ()
        state = from_text(row[0]) if row else None
        try:
            reaction = _checked(stage.watch.react(state, _told(stage, happening, held)), happening)
            own = [each for each in reaction.firings if not each.events and (happening.event is None or each.at is not None)]
            made = [make(workflow, stage.trigger, each, ids(each), subject, self._turn.moment) for each in own]
            return _Answer(reaction, made, None if row is None else held)
        except (Exception, SystemExit) as error:  # noqa: BLE001 a kind is foreign code
            return error if isinstance(error, Exception) else RuntimeError("it tried to end the process")

    def _failed(self, workflow: Workflow, stage: Stage, error: Exception) -> Decision:
        reason = f"trigger {stage.trigger.name} ({stage.kind}): {type(error).__name__}: {error}"
        _log.error("workflow %s: %s", workflow.name, reason, exc_info=error)
        return Decision(Outcome.ERROR, workflow.name, reason=reason)

    def _note(self, workflow: Workflow, stage: Stage, happening: Happening, id_: str, decision: Decision) -> None:
        # A moment or an end that was lost to a fault can be found, as an event with its decision.
        if happening.kind != "deployed":
            made = make(workflow, stage.trigger, Firing(happening.due), id_, workflow.name, self._turn.moment)
            stored = self.firings.keep_decided(workflow, stage.trigger, made, force=False)
            if stored is not None:
                self.decided(stored.seq, decision)

    def _keep(self, workflow: Workflow, stage: Stage, key: str, reaction: Reaction, before: tuple[int, ...] | None) -> None:
        """Keep a state and the events that it holds; ``before`` are those that it held, None where there was no state."""
        place = (self._store.shop, workflow.name, stage.name, key)
        for number in set(before or ()) - set(reaction.holds):
            self._store.run("let_event_go", *place, number)
        for number in set(reaction.holds) - set(before or ()):
            self._store.run("keep_event", *place, number)
        if reaction.state is None and reaction.wake is None and not reaction.holds:
            if before is not None:
                self._store.run("drop_watch", *place)
            return
        due = None if reaction.wake is None else to_micros(reaction.wake)
        held = self._holding.paused and self._holding.holds(workflow.name)
        self._turn.timers |= due is not None
        self._store.run("keep_watch", *place, identity_of(workflow, stage), to_text(reaction.state), due, None if held else due)


def _told(stage: Stage, happening: Happening, held: tuple[int, ...]) -> Happening:
    debounce = stage.trigger.debounce
    if debounce is not None and not stage.part:
        return replace(happening, held=held, patience=debounce.longest)
    return replace(happening, held=held) if held else happening


def _checked(reaction: object, happening: Happening) -> Reaction:
    if not isinstance(reaction, Reaction):
        raise TypeError(f"it answered {reaction!r}, which is no Reaction")
    if reaction.outcome not in _OUTCOMES:
        raise ValueError(f"its outcome {reaction.outcome!r} is none of {', '.join(sorted(_OUTCOMES))}")
    if len(encode(reaction.state)) > _MAX_STATE:
        raise LimitError(f"its state has more than {_MAX_STATE} bytes")
    if happening.due is not None and reaction.wake is not None and reaction.wake - happening.due < _SHORTEST:
        raise ValueError(f"it asks to be woken at {reaction.wake.isoformat()}, less than a second after {happening.due.isoformat()}")
    return reaction


def _end_of(run: LiveRun, finish: Finish) -> dict[str, Any]:
    output = finish.output if len(encode(finish.output)) <= _MAX_OUTPUT else None
    return {
        "workflow": run.workflow.name, "status": str(finish.status), "error": finish.error, "output": output,
        "subject": run.subject, "run": run.id,
    }  # fmt: skip


def _at(workflow: Workflow, stage: Stage, key: str, firing: Firing, otherwise: str = "") -> str:
    """Return the id of the event of a firing: workflow, trigger, whose, and the planned moment (R:T1)."""
    when = otherwise if firing.at is None else _text(firing.at)
    return "/".join([workflow.name, stage.trigger.name, *([key.replace("\x1f", ":")] if key else []), when])


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _unheard(event: int, decision: Decision) -> None:
    """Stand in until somebody keeps decisions."""


def _nobody(workflow: Workflow, stage: Stage, firing: Firing) -> None:
    """Stand in until somebody leads on."""
