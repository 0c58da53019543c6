"""A workflow: one version of one definition, compiled."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.model.steps import tokens_in
from ecomflow.model.values import Duration

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from ecomflow.model.steps import Pairing, Step, Token, WaitForStep
    from ecomflow.model.triggering import Watch
    from ecomflow.model.values import Condition, Expression, Template


LONGEST = 12
"""Quiet times that a burst lasts at most, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Debounce:
    """How long a subject must be quiet, and how long a burst may last; ``LONGEST`` times as long where ``most`` is None."""

    quiet: Duration
    most: Duration | None = None

    @property
    def longest(self) -> Duration:
        """How long a burst lasts at most (R:T8)."""
        quiet = self.quiet
        return self.most or Duration(quiet.months * LONGEST, quiet.days * LONGEST, quiet.seconds * LONGEST)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a workflow.

    Attributes:
        kind: ``event``, ``schedule`` …
        id: its own, or None; ``position`` counts from 0.
        types: event types and patterns (``order.*``); empty for kinds without events.
        settings: the kind's own keys, expressions compiled.
        watch: what a kind that is a plugin made of them; None for ``event``.
        identity: what its state belongs to beside the workflow and its name (R:V5).
        single: whether a start is refused while a run of its subject is open, though the workflow's file says no mode.
        makes: the type of the events that it makes itself.
        holds_for: how long the conditions must have been true, or None.
        debounce: how long its subject must have been quiet, or None.
    """

    kind: str
    id: str | None
    position: int
    types: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    watch: Watch | None = None
    identity: str = ""
    single: bool = False
    makes: str = ""
    holds_for: Duration | None = None
    debounce: Debounce | None = None

    @property
    def name(self) -> str:
        """Its id, else its position, as text."""
        return self.id or str(self.position)


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
    """A conjunct of the form: ``path`` equals one of ``values``, which are of one kind (R:X6)."""

    path: tuple[str, ...]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class IndexRange:
    """A conjunct of the form: ``path`` is ``gt``, ``gteq``, ``lt`` or ``lteq`` a number (R:X6)."""

    path: tuple[str, ...]
    op: str
    bound: Any


@dataclass(frozen=True, slots=True)
class Conjunct:
    """One of the conditions that must all hold, as the matching index sees it (R:X6).

    Attributes:
        key: what it asks; two with the same key have the same outcome.
        test: asks an event's data; None where the condition reads more than those.
        form: what an index can make of it, or None where it can only be asked.
        paths: of names, under which all stands in the data that ``test`` reads.
    """

    key: Hashable
    test: Callable[[Mapping[str, Any]], bool | None] | None
    form: IndexKey | IndexRange | None = None
    paths: tuple[tuple[str, ...], ...] = ()


class Awaited(NamedTuple):
    """What runs wait for since their start: event types, fields by which they match (None: the subject), seconds of look-back."""

    types: tuple[str, ...]
    fields: tuple[str, ...] | None
    lookback: float


class Limit(NamedTuple):
    """For how long tokens of a kind and name count; None for ever."""

    kind: str
    name: str
    per: Duration | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One version of one definition, compiled.

    Attributes:
        version: hash of ``bundle`` (R:V4).
        bundle: everything needed to compile this version again, as JSON values.
        subject: the expressions of ``subject:``; empty where the event type decides; ``subject_kind`` is their text.
        waits: every ``wait_for`` with ``since: start``, in the order of the text.
        ids: the ids of steps outside loops over items.
        index: the conjuncts of ``conditions``, for the matching index.
        constants: names of every run's scope that no event changes: ``inputs``, ``calendars``, ``people``.
        reads: paths under which all stands in an event's data that its texts read, and the subject; None where that may be anything.
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
    index: tuple[Conjunct, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    reads: frozenset[tuple[str, ...]] | None = None
    fixed_inputs: tuple[str, ...] = ()
    """Inputs that stand in settings which are fixed before any run; a call cannot give them."""

    @property
    def awaited(self) -> tuple[Awaited, ...]:
        """What its runs wait for since their start."""
        entries: tuple[ExitOn | WaitForStep, ...] = (*self.exit_on, *self.waits)
        fields = [None if each.match is None else tuple(pairing.field for pairing in each.match) for each in entries]
        return tuple(Awaited(each.types, names, float(each.lookback)) for each, names in zip(entries, fields, strict=True))

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What limits its starts and its steps, wherever they stand."""
        return tuple(dict.fromkeys(Limit(token.kind, token.name, token.per) for token in tokens_in((self.tokens, self.actions))))
