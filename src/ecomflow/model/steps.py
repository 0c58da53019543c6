"""The steps of a workflow, one record a kind."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

from ecomflow.model.installed import Retry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.model.installed import Effect
    from ecomflow.model.values import Condition, Due, Duration, Expression, Template


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
    retry: Retry = field(default_factory=Retry)
    timeout: float = 60.0
    tokens: tuple[Token, ...] = ()
    sure: bool = False
    """Whether its parameters are known to come back from the store as they are."""
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
    search: ActionStep | None = None
    """The step whose pages are walked, where ``items`` is its result and no more."""


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


APPROVAL_EVENTS: Final = ("approval.requested", "approval.reminded")
"""The types of the events by which people are told of a question: at once, and with each reminder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskApprovalStep(Step):
    title: Template
    details: Template | None
    to: tuple[str, ...]
    due: Due | None = None
    remind: Due | None = None
    """When people are reminded, as of now."""
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


def tokens_in(value: object) -> Iterator[Token]:
    """Yield the tokens of steps, wherever they stand inside others."""
    if isinstance(value, Token):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from tokens_in(each)
    elif isinstance(value, Step):
        for part in fields(value):
            yield from tokens_in(getattr(value, part.name))
