"""What the interpreter asks for (commands, R:G1) and what it is told (entries, R:G2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecomflow.model import Duration, Effect, RunStatus


class Entry(NamedTuple):
    """One thing that enters a run. ``now`` is ``at`` while it is fed.

    Kinds and their data:

    - ``started``: ``{event, trigger, events?}`` with ``event`` an :class:`~ecomflow.model.Event`
    - ``attempt`` (path): ``{ok: true, result}``, with ``next`` where the result is a page, the mark of the one after it or None,
      ``{ok: true, skipped: once | capped | consent}`` or
      ``{ok: false, class: permanent | retryable | rate_limited | in_doubt, type, message, retry_after?}``
    - ``timer`` (path)
    - ``event``: ``{event, subs}`` with the ids of the subscriptions that it fits
    - ``decision`` (path): ``{approved, by, comment}``
    - ``child`` (path): ``{status, run, reason, output}``, the end of a run that a step has called; ``status`` is how it ended,
      or why it did not start (``refused``, ``capped`` …)
    - ``end``: ``{how: exit | superseded | cancelled, reason}``
    - ``settle`` (path): ``{how: retry | skip, result?}``, a person's word on a call in doubt
    - ``retry``: ``{from: step id or path, or None}``, a person's word on a failed run
    - ``migrated`` (path of the wait in the new version): ``{from, to, step, was, inputs, vars, first_vars, steps, effects,
      generation, came}``, all that the run brings along (see ``migrating``)
    """

    seq: int
    at: datetime
    kind: str
    path: str = ""
    data: Any = None


class Row(NamedTuple):
    """An entry as it was journalled, with its trail: what every expression gave that it caused to be asked (R:G3).

    ``trail`` is a list of ``[path, value]``; None for an entry that is fed for the first time.
    ``closed`` are the composite steps that ended with it: a list of ``[path, result, vars]`` (R:G4).
    """

    entry: Entry
    trail: list[list[Any]] | None = None
    closed: list[list[Any]] | None = None


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A ``once`` or cap token that a request takes: at most ``limit`` for ``key`` in ``per`` (None: ever)."""

    kind: str
    name: str
    key: str
    limit: int
    per: Duration | None


class RunAction(NamedTuple):
    """Call an action once. ``key`` is the idempotency key, ``timeout`` in seconds."""

    path: str
    key: str
    action: str
    params: Mapping[str, Any]
    connection: str | None
    attempt: int
    timeout: float
    effect: Effect
    tokens: tuple[TokenRequest, ...] = ()
    step: str = ""
    """The step's id, or an empty text."""
    page: str | None = None
    """The mark of the page that is asked for; None for the first one (R:P5)."""


@dataclass(frozen=True, slots=True)
class CancelAction:
    """Nobody waits for the call at ``path`` any more: one that has not been made yet is not to be, and is answered at once."""

    path: str


@dataclass(frozen=True, slots=True)
class StartTimer:
    path: str
    due: datetime


@dataclass(frozen=True, slots=True)
class CancelTimer:
    path: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Tell this run of events of these types. ``sub`` is ``exit/N``, ``wait/PATH`` (since the start) or a step's path.

    ``match`` pairs fields of the event with texts (R:X3); None means the run's own subject; an empty text list never
    occurs: where a value pairs with nothing, no command is given. ``lookback`` in seconds, 0 for none.
    """

    sub: str
    types: tuple[str, ...]
    match: tuple[tuple[str, str], ...] | None
    lookback: float = 0.0


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    sub: str


@dataclass(frozen=True, slots=True)
class AskApproval:
    path: str
    title: str
    details: Any
    to: tuple[str, ...]
    due: datetime | None


@dataclass(frozen=True, slots=True)
class WithdrawApproval:
    path: str


@dataclass(frozen=True, slots=True)
class Emit:
    path: str
    key: str
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StartChild:
    """Run another workflow (R:P6). Asked for again under the same ``key``, the run of it that failed goes on."""

    path: str
    key: str
    workflow: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CancelChild:
    """End the run that was called under ``key``; its end is told like any other."""

    path: str
    key: str


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Return the tokens that the step at ``path`` took: its action certainly failed (R:S6)."""

    path: str


@dataclass(frozen=True, slots=True)
class Block:
    """The run needs a person: ``reason`` is ``outcome_unknown``, ``replay`` or ``missing`` (R:V1)."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The run has ended. ``declined``: by ``continue_if``, before any effect (R:E7)."""

    status: RunStatus
    reason: str = ""
    error: Mapping[str, Any] | None = None
    output: Any = None
    declined: bool = False


Command = (
    RunAction | CancelAction | StartTimer | CancelTimer | Subscribe | Unsubscribe | AskApproval | WithdrawApproval | StartChild | CancelChild
    | Emit | GiveBack | Block | Finish
)
