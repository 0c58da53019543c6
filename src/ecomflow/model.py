"""The records that all rooms share: definitions, events, runs, what is installed, what is wrong with a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime


class _Missing(Enum):
    """The type of MISSING."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing.MISSING
"""What a path to nothing gives, and a value that cannot be known (R:X2)."""

OMIT: Final = object()
"""What the name ``omit`` stands for: the parameter is left out."""


# --- time -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time: months and days are calendar steps in a zone, seconds are exact."""

    months: int = 0
    days: int = 0
    seconds: float = 0.0


# --- what the expression room makes, as the other rooms see it ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition that was asked, with what it saw.

    Attributes:
        source: the condition's text, or its label.
        outcome: true, false, or None for unknown.
        detail: the values seen, such as ``249.00 > 100``, or the missing path.
        hint: the smallest change that would turn it, or an empty text.
        asked: whether it was reached at all.
    """

    source: str
    outcome: bool | None
    detail: str = ""
    hint: str = ""
    asked: bool = True


class Expression(Protocol):
    """A compiled expression without braces."""

    @property
    def source(self) -> str: ...
    def value(self, scope: Mapping[str, Any]) -> Any:
        """Return the value, or MISSING."""


class Condition(Protocol):
    """A compiled condition: one expression, or all / any / not / some / every / none over others."""

    @property
    def source(self) -> str: ...
    def test(self, scope: Mapping[str, Any]) -> bool | None:
        """Return true, false, or None for unknown."""

    def explain(self, scope: Mapping[str, Any]) -> Sequence[Leaf]:
        """Return its leaves in order, each with what it saw."""

    def decisive(self, scope: Mapping[str, Any]) -> Leaf:
        """Return the first leaf that decided."""


class Template(Protocol):
    """A compiled value of ``with``, ``data``, ``set``, ``output``: any nesting of templates and constants."""

    def render(self, scope: Mapping[str, Any]) -> Any:
        """Return the value; raise ExpressionError where something is missing (R:X4)."""


class Due(Protocol):
    """When a wait ends."""

    @property
    def reasked(self) -> bool:
        """Whether a wake-up that is late asks again (``until_window``, R:W6)."""

    def at(self, scope: Mapping[str, Any]) -> datetime:
        """Return the moment, from ``scope['now']``; raise ExpressionError."""


# --- what is installed --------------------------------------------------------------------------------------------


class Effect(StrEnum):
    """What an action does to the world."""

    READS = "reads"
    WRITES = "writes"
    SENDS = "sends"
    CHARGES = "charges"


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when an action is tried again (R:P10). Delays and deadline in seconds."""

    attempts: int = 5
    delay: float = 10.0
    max_delay: float = 3600.0
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What the language must know of an action.

    Attributes:
        params: JSON Schema of ``with`` (an object schema).
        result: JSON Schema of the result, or an empty mapping for anything.
        connections: the connection plugins that can carry it out; empty where it needs none.
        timeout: seconds for one attempt.
        quick: a plain function that may be called on the engine's own loop.
    """

    name: str
    effect: Effect
    idempotent: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    connections: tuple[str, ...] = ()
    retry: Retry = Retry()
    timeout: float = 60.0
    quick: bool = False
    distribution: str = "ecomflow"


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event: a JSON Schema of its data, and the path that names its subject."""

    name: str
    schema: Mapping[str, Any]
    subject: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """A kind of connection: a JSON Schema of its settings without ``plugin``."""

    name: str
    settings: Mapping[str, Any]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that is installed, as the language sees it."""

    actions: Mapping[str, ActionSpec] = field(default_factory=dict)
    event_types: Mapping[str, EventType] = field(default_factory=dict)
    connections: Mapping[str, ConnectionSpec] = field(default_factory=dict)
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


# --- a definition ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node of a workflow. ``path`` is its static address, such as ``actions/2/then/0``."""

    path: str
    id: str | None = None
    name: str | None = None
    guard: Condition | None = None
    unknown_is_else: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A declared ``once`` or cap: at most ``limit`` in ``per`` (None: ever) for the key's value.

    ``kind`` is ``once``, ``throttle`` or ``cap``; ``name`` is the cap's name, else the workflow's (and step's) own.
    """

    kind: str
    name: str
    key: Expression
    limit: int = 1
    per: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStep(Step):
    action: str
    params: Template
    effect: Effect
    idempotent: bool
    connection: str | None = None
    retry: Retry = Retry()
    timeout: float = 60.0
    tokens: tuple[Token, ...] = ()
    on_error: str | tuple[Step, ...] = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitStep(Step):
    due: Due


@dataclass(frozen=True, slots=True)
class Pairing:
    """One pair of a ``match``: a field of the arriving event, and a value of this run."""

    field: str
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForStep(Step):
    """``match`` is None where it was left out: same subject (R:S2). ``lookback`` in seconds."""

    types: tuple[str, ...]
    match: tuple[Pairing, ...] | None
    where: Condition | None = None
    due: Due | None = None
    since_start: bool = True
    lookback: float = 900.0
    repeats: bool = False
    """Whether it stands in a loop, and so may be reached more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IfStep(Step):
    condition: Condition
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseStep(Step):
    branches: tuple[tuple[Condition, tuple[Step, ...]], ...]
    otherwise: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEachStep(Step):
    items: Expression
    name_of_item: str
    body: tuple[Step, ...]
    key: Expression | None = None
    max_parallel: int = 1
    go_on: bool = False
    """``on_error: continue``."""
    ids: tuple[str, ...] = ()
    """The ids of steps inside, which live in the item alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelStep(Step):
    branches: tuple[tuple[Step, ...], ...]
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatStep(Step):
    """Exactly one of ``times``, ``while_``, ``until`` is set."""

    body: tuple[Step, ...]
    times: Template | None = None
    while_: Condition | None = None
    until: Condition | None = None
    max: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueIfStep(Step):
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStep(Step):
    values: tuple[tuple[str, Template], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmitStep(Step):
    type: str
    data: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class AskApprovalStep(Step):
    title: Template
    details: Template | None
    to: tuple[str, ...]
    due: Due | None = None
    on_timeout: str | tuple[Step, ...] = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class TryStep(Step):
    body: tuple[Step, ...]
    catch: tuple[Step, ...] | None = None
    finally_: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopStep(Step):
    reason: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class FailStep(Step):
    reason: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStep(Step):
    workflow: str
    params: Template | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a workflow.

    Attributes:
        kind: ``event``, ``schedule`` …
        id: its own, or None; ``position`` counts from 0.
        types: event types and patterns (``order.*``); empty for kinds without events.
        settings: the kind's own keys, expressions compiled.
    """

    kind: str
    id: str | None
    position: int
    types: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExitOn:
    """An entry of ``exit_on``. ``lookback`` in seconds."""

    types: tuple[str, ...]
    match: tuple[Pairing, ...] | None
    where: Condition | None = None
    lookback: float = 900.0


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    key: Expression


class Mode(StrEnum):
    PARALLEL = "parallel"
    SINGLE = "single"
    RESTART = "restart"
    QUEUED = "queued"


@dataclass(frozen=True, slots=True)
class IndexKey:
    """A conjunct of the conditions that must hold: ``path`` equals one of ``values`` (R:X6)."""

    path: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One version of one definition, compiled.

    Attributes:
        version: hash of ``bundle`` (R:V4).
        bundle: everything needed to compile this version again, as JSON values.
        subject: the expressions of ``subject:``; empty where the event type decides; ``subject_kind`` is their text.
        waits: every ``wait_for`` with ``since: start``, in the order of the text.
        ids: the ids of steps outside loops over items.
        index: conjuncts of ``conditions`` for the matching index.
        constants: names of every run's scope that no event changes: ``inputs``, ``calendars``, ``people``.
    """

    name: str
    version: str
    bundle: Mapping[str, Any]
    description: str = ""
    enabled: bool = True
    timezone: str = "UTC"
    locale: str = "en"
    triggers: tuple[Trigger, ...] = ()
    vars: tuple[tuple[str, Expression], ...] = ()
    subject: tuple[Expression, ...] = ()
    subject_kind: str = ""
    mode: Mode = Mode.PARALLEL
    max_runs: int | None = None
    max_queued: int = 100
    own_events: bool = False
    group: Group | None = None
    priority: int = 0
    tokens: tuple[Token, ...] = ()
    """``once``, then ``throttle``, then caps: the order in which they are asked (R:E6)."""
    conditions: Condition | None = None
    fail_on_unknown: bool = False
    exit_on: tuple[ExitOn, ...] = ()
    actions: tuple[Step, ...] = ()
    output: Template | None = None
    waits: tuple[WaitForStep, ...] = ()
    ids: tuple[str, ...] = ()
    index: tuple[IndexKey, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)


# --- what happens -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """A CloudEvent 1.0. ``time`` is when it happened, with a zone."""

    id: str
    type: str
    source: str
    time: datetime
    data: Mapping[str, Any]
    subject: str | None = None


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


_ENDED = frozenset({RunStatus.COMPLETED, RunStatus.STOPPED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SUPERSEDED})


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
    """One thing that a run waits for: a timer, an event, a person or an action."""

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


# --- what is wrong with a file ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A fault of a file. Lines and columns count from 1; ``length`` is that of the faulty part.

    ``label`` stands beside the caret; ``excerpt`` is the whole line.
    """

    code: str
    message: str
    file: str
    line: int = 1
    column: int = 1
    length: int = 1
    severity: str = "error"
    help: str = ""
    excerpt: str = ""
    workflow: str | None = None
    label: str = ""
