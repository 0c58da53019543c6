"""What a kind of trigger is made of: what it is told, what it answers, and what fires."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ecomflow.model.happening import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What a trigger is told.

    Attributes:
        kind: ``deployed`` (the workflow's file was made current), ``event`` (one of its types arrived), ``against`` (one
            arrived that it waits for in vain), ``due`` (the moment
            came at which it asked to be woken), ``ended`` (a run of a workflow that it names has ended) or ``asked``
            (somebody starts the workflow by hand).
        now: the engine's time; a trigger has no other clock.
        workflow: the name of the workflow that the trigger stands in.
        timezone: the workflow's, or the project's.
        event: the event that arrived; its data and the workflow's constants are in ``scope``, for expressions.
        subject: kind and value of what a run that it starts would be about, as one text; None where there is none.
        due: the moment that was asked for, which ``now`` may be later than.
        data: of a run that ended ``workflow status error output subject``; what a person gave; of an event what an earlier
            stage adds to ``trigger``.
        number: how the engine numbers the event, for a watch that holds events.
        arrived: when the event came in; ``now`` may be later.
        held: the numbers of the events that this state holds, as the last reaction gave them.
        passed: whether the event passed the conditions; None where that is unknown. Only a watch that ``lapses`` is told of
            those that did not.
        fresh: whether the trigger's own filter took the event; where it found nothing new in it, nothing may begin with it.
    """

    kind: Literal["deployed", "event", "against", "due", "ended", "asked"]
    now: datetime
    workflow: str
    timezone: str
    event: Event | None = None
    scope: Mapping[str, Any] = field(default_factory=dict)
    subject: str | None = None
    due: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    arrived: datetime | None = None
    held: tuple[int, ...] = ()
    passed: bool | None = True
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Firing:
    """One start that a trigger asks for.

    Told of an event and without ``at``, it starts with that event; with ``events``, with the last of these; else it becomes an
    event of its own.

    Attributes:
        at: the planned moment, which is ``event.time``; now where it says none.
        data: of the event of its own.
        adds: names that ``trigger`` has in this run beside ``id`` and ``kind``.
        events: numbers of events that the watch has held, oldest first: what ``events`` is in the run.
    """

    at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    adds: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a trigger answers.

    Attributes:
        state: what it is given the next time; JSON values, None to forget.
        firings: starts, in order. Where there are several, each is considered when the run of the one before has ended.
        wake: when to be told ``due``; None for never. It replaces the moment asked for before.
        reason: why nothing fires, for ``why``.
        outcome: what became of an event that does not fire: ``not_matched``, ``unknown``, ``stale``, ``held`` or ``merged``.
        holds: numbers of events that are kept for this state, and given back with the next happening.
        still: the event has nothing new for this trigger: a clock of ``holds_for`` that runs goes on.
    """

    state: Any = None
    firings: tuple[Firing, ...] = ()
    wake: datetime | None = None
    reason: str = ""
    outcome: str = "not_matched"
    holds: tuple[int, ...] = ()
    still: bool = False


class Watch:
    """One trigger of one workflow, with its settings: a pure function from a state and a happening to a reaction.

    It keeps nothing itself: the engine keeps its state, in the transaction that made it. What it raises is an error of its
    workflow alone.

    Attributes:
        types: event types, or patterns such as ``order.*``, that it is told of.
        ends: names of workflows of whose runs' ends it is told.
        by_hand: whether people may start the workflow through it.
        identity: JSON values; where they differ after an edit, all its states are dropped. Its settings where it is None.
        holds: whether the conditions and ``once`` are asked before it: it is told of events that pass them, and may hold these.
        lapses: whether it is told of events that do not pass, too.
        against: event types that it is told of whatever the conditions say: what it waits for in vain.
        needs: what an event must have for ``key`` to be known, for people.
    """

    types: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    by_hand: bool = False
    identity: Any = None
    holds: bool = False
    lapses: bool = False
    against: tuple[str, ...] = ()
    needs: str = ""

    def key(self, happening: Happening) -> str | None:  # noqa: ARG002 by default there is one state
        """Return whose state an event concerns; None where that cannot be known. There is one state by default."""
        return ""

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Return the new state, what fires, and when to wake.

        Args:
            state: what was returned the last time for this key; None the first time.
            happening: what it is told.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerSpec:
    """What the language must know of a kind of trigger.

    Attributes:
        keys: a trigger that has one of these keys is of this kind.
        settings: JSON Schema of the whole trigger.
        make: gives the watch for settings; raises ValueError where they make no sense, ``key: why`` where one of them does not.
        event: the type of the events that it makes itself.
        data: JSON Schema of their data, or an empty mapping for anything.
        adds: names that its firings may add to ``trigger``.
        single: whether a start is refused while a run of its subject is open, where a workflow says no mode.
    """

    name: str
    keys: tuple[str, ...]
    settings: Mapping[str, Any]
    make: Callable[[Mapping[str, Any]], Watch]
    event: str
    data: Mapping[str, Any] = field(default_factory=dict)
    adds: tuple[str, ...] = ()
    single: bool = False
    description: str = ""
    distribution: str = "ecomflow"


def type_fits(pattern: str, type_: str) -> bool:
    """Return whether an event type is ``pattern`` or, for ``noun.*``, one of its verbs."""
    if pattern.endswith(".*"):
        return type_.startswith(pattern[:-1]) and len(type_) > len(pattern) - 1
    return pattern == type_
