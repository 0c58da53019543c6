"""What was seen while a case was played, and how it is told when the case fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecomflow.testing.values import flow, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from ecomflow.model import Diagnostic, Run
    from ecomflow.testing.answers import FakedCall


@dataclass(frozen=True, slots=True)
class SeenDecision:
    """A decision, or what ``why`` answered (``asked``). ``event`` counts the events of the case."""

    at: datetime
    event: int
    event_type: str
    workflow: str | None
    outcome: str
    reason: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """All that a case can be asked about.

    Attributes:
        start: when the case began; times are told from there.
        faults: what was wrong with the files, over all that were loaded.
        notes: what else happened, such as a request that was refused.
    """

    start: datetime
    calls: Sequence[FakedCall] = ()
    decisions: Sequence[SeenDecision] = ()
    runs: Sequence[Run] = ()
    faults: Sequence[Diagnostic] = ()
    notes: Sequence[str] = ()

    def since(self, moment: datetime) -> float:
        """Return seconds from the start of the case."""
        return (moment - self.start).total_seconds()


def tell(observed: Observed) -> str:
    """Return the case's calls, decisions and runs as lines for people.

    Args:
        observed: what was seen.
    """
    parts = (
        ("calls", _calls(observed)),
        ("decisions", _decisions(observed)),
        ("runs", _runs(observed)),
        ("faults", (f"{fault.code} {fault.file}:{fault.line} {fault.message}" for fault in observed.faults)),
        ("notes", iter(observed.notes)),
    )
    return "\n".join(line for title, lines in parts for line in _part(title, list(lines)))


def _part(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"{title}:"
    elif title in {"calls", "decisions", "runs"}:
        yield f"{title}: none"
    yield from (f"  {line}" for line in lines)


def _calls(observed: Observed) -> Iterator[str]:
    for call in observed.calls:
        attempt = "" if call.attempt == 1 else f" attempt {call.attempt}"
        yield f"{span(observed.since(call.at)):>7}  {call.workflow}  {call.action}{attempt}  {flow(dict(call.params))}  {call.key}"


def _decisions(observed: Observed) -> Iterator[str]:
    for seen in observed.decisions:
        reason = f"  {seen.reason}" if seen.reason else ""
        yield f"{span(observed.since(seen.at)):>7}  {seen.event_type}  {seen.workflow or '-'}  {seen.outcome}{reason}"


def _runs(observed: Observed) -> Iterator[str]:
    for run in observed.runs:
        why = flow(dict(run.error)) if run.error else run.reason
        subject = f"  {run.subject}" if run.subject else ""
        yield f"{span(observed.since(run.started)):>7}  {run.workflow}{subject}  {run.status.value}" + (f"  {why}" if why else "")
