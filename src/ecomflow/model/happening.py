"""What happens: events, runs, decisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A CloudEvent 1.0. ``time`` is when it happened, with a zone."""

    id: str
    type: str
    source: str
    time: datetime
    data: Mapping[str, Any]
    subject: str | None = None

    def seen(self, paths: frozenset[tuple[str, ...]] | None) -> Mapping[str, Any]:  # noqa: ARG002 for events that were read in part
        """Return the data, or of them no less than stands under some paths; None means all."""
        return self.data


class RunStatus(StrEnum):
    """The states of a run (R:V1)."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    ENDING = "ending"
    BLOCKED = "blocked"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in _ENDED


_ENDED = frozenset(
    {RunStatus.COMPLETED, RunStatus.STOPPED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SUPERSEDED}
)


class Outcome(StrEnum):
    """What became of an event for a workflow (R:V2)."""

    STARTED = "started"
    DELIVERED = "delivered"
    EXITED = "exited"
    QUEUED = "queued"
    HELD = "held"
    NOT_MATCHED = "not_matched"
    UNKNOWN = "unknown"
    DUPLICATE = "duplicate"
    STALE = "stale"
    DEDUPLICATED = "deduplicated"
    THROTTLED = "throttled"
    MERGED = "merged"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    OUTRANKED = "outranked"
    CAPPED = "capped"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of an event for a workflow; ``workflow`` is None for a duplicate."""

    outcome: Outcome
    workflow: str | None = None
    run_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that a run waits for: a timer, an event, a person, an action, a connection, a place among the calls, or another run that it has called."""

    kind: str
    path: str
    due: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One line of a run's story."""

    at: datetime
    path: str
    kind: str
    text: str
    data: Any = None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of one version of a workflow, as people see it."""

    id: str
    workflow: str
    version: str
    subject: str | None
    status: RunStatus
    started: datetime
    ended: datetime | None = None
    reason: str = ""
    error: Mapping[str, Any] | None = None
    output: Any = None
    event_id: str | None = None
    steps: tuple[StepRecord, ...] = ()
    waiting_for: tuple[Waiting, ...] = ()
    caller: str | None = None
    """The id of the run that called it, and ``calls`` the ids of those that it has called; these with its story alone."""
    calls: tuple[str, ...] = ()
