"""What a case expects, read from ``expect``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ecomflow.errors import CaseError
from ecomflow.testing.values import flow, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """One call requested. ``at`` in seconds from the start; None wherever nothing is said."""

    action: str
    at: float | None = None
    params: Mapping[str, Any] | None = None
    workflow: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedDecision:
    outcome: str
    workflow: str | None = None
    reason_contains: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedRun:
    workflow: str | None = None
    subject: Any = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectedRuns:
    count: int


@dataclass(frozen=True, slots=True)
class ExpectedAttempts:
    """How many attempts of an action there were; ``same_key``: whether all under one key, or all under different ones."""

    action: str
    count: int
    same_key: bool | None = None


@dataclass(frozen=True, slots=True)
class ExpectedFault:
    workflow: str
    contains: str


@dataclass(frozen=True, slots=True)
class Never:
    """Something that is nowhere in the case."""

    what: ExpectedCall | ExpectedDecision | ExpectedRun


@dataclass(frozen=True, slots=True)
class Only:
    """No other actions than the expected ones."""


Expectation = ExpectedCall | ExpectedDecision | ExpectedRun | ExpectedRuns | ExpectedAttempts | ExpectedFault | Never | Only


def parse_expectations(entries: Any) -> tuple[Expectation, ...]:
    """Return what a case expects.

    Args:
        entries: the list under ``expect``.

    Raises:
        CaseError: an entry is not written as expectations are.
    """
    if not isinstance(entries, list):
        raise CaseError("`expect` is a list")
    parsed = tuple(parse_expectation(entry) for entry in entries)
    if any(isinstance(entry, Only) for entry in parsed[1:]):
        raise CaseError("`only: true` stands first in `expect`")
    return parsed


def parse_expectation(entry: Any) -> Expectation:
    """Return one entry of ``expect``.

    Args:
        entry: the mapping as it was written.

    Raises:
        CaseError: it is not written as expectations are.
    """
    if not isinstance(entry, dict):
        raise CaseError(f"an entry of `expect` is a mapping, not {flow(entry)}")
    if "action" in entry:
        return _call(entry)
    if len(entry) == 1:
        key, value = next(iter(entry.items()))
        if key in _PARSERS:
            return _PARSERS[key](value)
    raise CaseError(f"{flow(entry)} is no expectation: write one of action, {', '.join(_PARSERS)}")


def _call(entry: Mapping[str, Any]) -> ExpectedCall:
    fields = _fields(entry, "action", "at", "with", "workflow")
    at = seconds(fields["at"]) if "at" in fields else None
    return ExpectedCall(fields["action"], at, fields.get("with"), fields.get("workflow"))


def _fields(value: Any, *known: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CaseError(f"{flow(value)} is no mapping of {', '.join(known)}")
    unknown = [key for key in value if key not in known]
    if unknown:
        raise CaseError(f"unknown key `{unknown[0]}` in {flow(value)}: known are {', '.join(known)}")
    return value


def _need(value: Mapping[str, Any], *keys: str) -> None:
    for key in keys:
        if key not in value:
            raise CaseError(f"`{key}` is missing in {flow(value)}")


def _decision(value: Any) -> ExpectedDecision:
    fields = _fields(value, "workflow", "outcome", "reason_contains")
    _need(fields, "outcome")
    return ExpectedDecision(fields["outcome"], fields.get("workflow"), fields.get("reason_contains", ""))


def _run(value: Any) -> ExpectedRun:
    fields = _fields(value, "workflow", "subject", "status")
    return ExpectedRun(fields.get("workflow"), fields.get("subject"), fields.get("status"))


def _runs(value: Any) -> ExpectedRuns:
    if not isinstance(value, int) or isinstance(value, bool):
        raise CaseError("`runs` is a whole number")
    return ExpectedRuns(value)


def _attempts(value: Any) -> ExpectedAttempts:
    fields = _fields(value, "action", "count", "same_key")
    _need(fields, "action", "count")
    return ExpectedAttempts(fields["action"], fields["count"], fields.get("same_key"))


def _fault(value: Any) -> ExpectedFault:
    fields = _fields(value, "workflow", "contains")
    _need(fields, "workflow")
    return ExpectedFault(fields["workflow"], str(fields.get("contains", "")))


def _never(value: Any) -> Never:
    what = parse_expectation(value)
    if not isinstance(what, (ExpectedCall, ExpectedDecision, ExpectedRun)):
        raise CaseError("`not` takes an action, a decision or a run")
    return Never(what)


def _only(value: Any) -> Only:
    if value is not True:
        raise CaseError("write `only: true`")
    return Only()


_PARSERS: Mapping[str, Callable[[Any], Expectation]] = {
    "not": _never,
    "decision": _decision,
    "run": _run,
    "runs": _runs,
    "attempts": _attempts,
    "load_error": _fault,
    "only": _only,
}


_E = TypeVar("_E", bound="Expectation")


def of_kind(expectations: Sequence[Expectation], kind: type[_E]) -> list[_E]:
    """Return the expectations of one kind, in order.

    Args:
        expectations: all of a case.
        kind: the class wanted.
    """
    return [entry for entry in expectations if isinstance(entry, kind)]
