"""What became of an event, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecomflow.cli.output import Ink
from ecomflow.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.cli.output import Out
    from ecomflow.model import Decision

WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.STARTED: "started",
    Outcome.DELIVERED: "went on",
    Outcome.EXITED: "was ended by it",
    Outcome.QUEUED: "is queued",
    Outcome.HELD: "was held",
    Outcome.NOT_MATCHED: "did not start",
    Outcome.UNKNOWN: "did not start",
    Outcome.DUPLICATE: "was seen before",
    Outcome.STALE: "ignored it",
    Outcome.DEDUPLICATED: "did not start",
    Outcome.THROTTLED: "did not start",
    Outcome.MERGED: "merged it into a burst",
    Outcome.SUPERSEDED: "was superseded",
    Outcome.REFUSED: "refused it",
    Outcome.OUTRANKED: "did not start",
    Outcome.CAPPED: "did not start",
    Outcome.ERROR: "could not decide",
}
_GOOD: Final = frozenset({Outcome.STARTED, Outcome.DELIVERED, Outcome.EXITED, Outcome.QUEUED})


def colour_of(outcome: Outcome) -> str:
    """Return the colour of an outcome."""
    if outcome in _GOOD:
        return "green"
    return "red" if outcome is Outcome.ERROR else "yellow"


def say_decision(out: Out, event_id: str, decision: Decision) -> None:
    """Print a decision: who, what became of it, which run, and the reason."""
    out.record(
        "decision", event=event_id, workflow=decision.workflow, outcome=decision.outcome, run=decision.run_id,
        reason=decision.reason,
    )  # fmt: skip
    run = f"  run {decision.run_id}" if decision.run_id else ""
    reason = f"  {decision.reason}" if decision.reason else ""
    out.say("  ", decision.workflow or "the event", "  ", Ink(str(decision.outcome), colour_of(decision.outcome)), run, reason)
