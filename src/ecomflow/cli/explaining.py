"""A decision in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.output import Ink
from ecomflow.cli.words import TRUTH
from ecomflow.model import Outcome, RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecomflow.model import Leaf, Run
    from ecomflow.runtime.base import Explanation

_SENTENCES: Final[Mapping[Outcome, str]] = {
    Outcome.STARTED: "{workflow} started for {event}: run {run}",
    Outcome.DELIVERED: "{workflow}: run {run} took {event}, for which it waited",
    Outcome.EXITED: "{workflow}: {event} ended run {run}",
    Outcome.QUEUED: "{workflow}: run {run} for {event} is queued until the one before it has ended",
    Outcome.HELD: "{workflow}: {event} was held",
    Outcome.DUPLICATE: "{event} was seen before and is dropped",
    Outcome.STALE: "{workflow} ignored {event}: a newer one had been applied",
    Outcome.MERGED: "{workflow}: {event} was merged into a burst",
    Outcome.SUPERSEDED: "{workflow} did not start for {event}, and the older run {run} was ended",
    Outcome.REFUSED: "{workflow} refused {event}",
    Outcome.CAPPED: "{workflow} did not start for {event}: capped",
    Outcome.THROTTLED: "{workflow} did not start for {event}: throttled",
    Outcome.DEDUPLICATED: "{workflow} did not start for {event}: it ran once for this key",
    Outcome.OUTRANKED: "{workflow} did not start for {event}: outranked in its group",
    Outcome.ERROR: "{workflow} could not decide {event}",
}


def decided_by(one: Explanation) -> Leaf | None:
    """Return the condition that kept the workflow from starting, or None where none did."""
    wanted = {Outcome.NOT_MATCHED: False, Outcome.UNKNOWN: None, Outcome.SUPERSEDED: False}
    if one.outcome not in wanted:
        return None
    return next((leaf for leaf in one.leaves if leaf.asked and leaf.outcome is wanted[one.outcome]), None)


def sentence(one: Explanation, run: Run | None) -> str:
    """Return what was decided and by what.

    Args:
        one: the decision.
        run: the run that it is about, where there is one.
    """
    if one.outcome in (Outcome.NOT_MATCHED, Outcome.UNKNOWN):
        return f"{one.workflow} did not start for {one.event_id}: {_because(one)}."
    text = _SENTENCES[one.outcome].format(workflow=one.workflow, event=one.event_id, run=one.run_id or "")
    return f"{text}{f': {one.reason}' if one.reason else ''}.{_later(run) if one.outcome is Outcome.STARTED else ''}"


def _because(one: Explanation) -> str:
    leaf = decided_by(one)
    if leaf is None:
        return one.reason or "its conditions do not hold"
    word = "false" if leaf.outcome is False else "unknown"
    return f"condition {list(one.leaves).index(leaf) + 1} of {len(one.leaves)} is {word}"


def _later(run: Run | None) -> str:
    if run is None:
        return ""
    ended = f" It has ended as {run.status}" if run.status.ended else f" It is {run.status}"
    failed = run.status is RunStatus.FAILED and run.error
    why = str(run.error["message"]) if failed and run.error else run.reason
    return f"{ended}{f': {why}' if why else ''}."


def leaf_row(number: int, leaf: Leaf, *, decisive: bool) -> list[str | Ink]:
    """Return a condition as a row of a table: its text, what it gave, the values that it saw.

    Args:
        number: from 1.
        leaf: the condition.
        decisive: whether it is the one that decided.
    """
    if not leaf.asked:
        return [str(number), leaf.source, "not asked"]
    word = TRUTH[leaf.outcome]
    mark = Ink(word.upper(), "red" if leaf.outcome is False else "yellow", bold=True) if decisive else Ink(word)
    return [str(number), leaf.source, mark, leaf.detail, *([f"would turn with: {leaf.hint}"] if leaf.hint else [])]


def leaf_records(leaves: Sequence[Leaf]) -> list[dict[str, Any]]:
    """Return conditions as JSON fields."""
    return [
        {"source": leaf.source, "outcome": leaf.outcome, "detail": leaf.detail, "hint": leaf.hint, "asked": leaf.asked}
        for leaf in leaves
    ]
