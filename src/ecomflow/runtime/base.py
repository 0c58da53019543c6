"""The contract of runtimes: what is called, what is answered, what an emitter is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ecomflow.model import Decision, Effect, Leaf, Outcome, Run


class Call(NamedTuple):
    """One attempt of one action, to be carried out now that its request is durable.

    Attributes:
        at: when it was asked for.
        run_id: the public id; ``run`` is the store's number.
        step: the step's id, else its path.
        timeout: seconds.
        page: the mark of the page that is asked for, or None.
        asks: calls that are made before it, and whose answers say whether it may be made (R:P12).
    """

    at: datetime
    workflow: str
    run_id: str
    run: int
    step: str
    path: str
    action: str
    params: Mapping[str, Any]
    connection: str | None
    key: str
    attempt: int
    effect: Effect
    timeout: float
    subject: str | None = None
    locale: str = "en"
    page: str | None = None
    asks: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended: the data of an ``attempt`` entry, known ``takes`` seconds after the call."""

    data: Mapping[str, Any]
    takes: float = 0.0


class Performer(Protocol):
    """Who carries out actions for the simulated runtime."""

    def perform(self, call: Call) -> Answer:
        """Carry out one attempt; never raise."""


@dataclass(slots=True)
class Receipt:
    """What became of an emitted event.

    Attributes:
        event_id: the event's id.
        duplicate: whether its source and id were seen before; None while that is not known.
        decisions: one for each workflow whose state it changed, and the unknown ones.
    """

    event_id: str
    duplicate: bool | None = None
    decisions: Sequence[Decision] = field(default_factory=list)

    async def decided(self, timeout: float = 5.0) -> Receipt:  # noqa: ARG002 a client's receipt waits
        """Return this receipt once its decisions are known; of an engine they are known at once."""
        return self


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A stored decision with its event."""

    at: datetime
    event_id: str
    event_type: str
    workflow: str | None
    outcome: Outcome
    reason: str = ""
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What a person asked for: ``what`` is the request's name, with `` refused`` behind it where it was a decision that was none."""

    at: datetime
    who: str
    what: str
    run_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OlderRun:
    """An open run of a version that is no longer current.

    Attributes:
        stays: why it cannot go on in the current one; an empty text where it can.
    """

    run: Run
    stays: str = ""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Where an erasure stands, and what it has done.

    Attributes:
        number: of the request; None of what would be found.
        state: ``done``, ``found`` of what would be found, else what is being done: ``events``, ``runs``, ``end``, ``rows``,
            ``empty runs``, ``empty events``, ``outside``, ``files``.
        counts: how much was found, by what it is: ``event``, ``run``, ``run ended`` and more.
        waits_for: ids and states of open runs that have not ended yet.
        still: where texts of theirs stand that no erasure takes, with how often.
        outside: for each connection how many records it erased, or why none.
        runs: id, workflow and state of each run that would be emptied.
        events: id and type of each event that would be.
    """

    number: int | None
    state: str
    counts: Mapping[str, int] = field(default_factory=dict)
    waits_for: tuple[tuple[str, str], ...] = ()
    still: Mapping[str, int] = field(default_factory=dict)
    outside: Mapping[str, Any] = field(default_factory=dict)
    runs: tuple[tuple[str, str, str], ...] = ()
    events: tuple[tuple[str, str], ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.state == "done"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an event did what it did for a workflow: the stored decision, and the conditions asked again.

    Attributes:
        disagrees: what asking again gives, where that differs from what was stored (R:V3).
    """

    event_id: str
    workflow: str | None
    outcome: Outcome
    reason: str = ""
    run_id: str | None = None
    leaves: Sequence[Leaf] = ()
    disagrees: str = ""
