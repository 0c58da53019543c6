"""Where a run stands and what comes next, in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ecomflow.cli.words import distance, span, when
from ecomflow.model import RunStatus
from ecomflow.runtime.heldcalls import PAUSED
from ecomflow.testing.steps import name_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from ecomflow.cli.places import Places
    from ecomflow.model import Run, Waiting


def standing(run: Run, zone: tzinfo, places: Places | None = None, now: datetime | None = None) -> str:
    """Return the sentence.

    Args:
        run: with what it waits for.
        zone: the shop's.
        places: the steps of its workflow, for their names.
        now: the moment of asking; the machine's time by default.
    """
    who = f"{run.workflow} {run.id}"
    if run.status.ended:
        return f"{who} {_ended(run, zone, places)}."
    if run.status is RunStatus.BLOCKED:
        return (
            f"{who} is blocked and needs a person: `ecomflow retry {run.id}` repeats the call in doubt, "
            f"`ecomflow skip {run.id} --result JSON` settles it, `ecomflow cancel {run.id}` ends the run."
        )
    parts = [_waits(waiting, zone, places, now or datetime.now(UTC), run.id) for waiting in _worth_telling(run)]
    return f"{who} is {run.status}{': ' if parts else ''}{'; '.join(parts)}."


def _worth_telling(run: Run) -> list[Waiting]:
    """Return what it waits for; what `exit_on` listens to says nothing about what comes next."""
    return [waiting for waiting in run.waiting_for if not waiting.path.startswith("exit/")][:3]


def _ended(run: Run, zone: tzinfo, places: Places | None) -> str:
    at = f" at {when(run.ended, zone)}, after {span((run.ended - run.started).total_seconds())}" if run.ended else ""
    if run.status is RunStatus.FAILED and run.error:
        step = f" in {_place(str(run.error['step']), places)}" if run.error.get("step") else ""
        # The type stands first: `retry --error TYPE` finds runs by it.
        return f"failed{step}{at}: {': '.join(filter(None, (run.error.get('type'), run.error.get('message'))))}"
    word = {RunStatus.COMPLETED: "is completed", RunStatus.STOPPED: "was stopped", RunStatus.CANCELLED: "was cancelled"}
    return f"{word.get(run.status, f'is {run.status}')}{at}{f': {run.reason}' if run.reason else ''}"


def _place(step: str, places: Places | None) -> str:
    found = places.find(step)[0] if places else None
    return step if found is None else f"{name_of(found)} (line {found.line})"


def _waits(waiting: Waiting, zone: tzinfo, places: Places | None, now: datetime, run_id: str) -> str:
    due = f"until {when(waiting.due, zone)} ({distance(waiting.due, now)})" if waiting.due else ""
    if waiting.kind == "person":
        return f"for a decision, {_joined(waiting.text, due)}; `ecomflow approve {run_id} --by NAME` or `reject` gives it"
    if waiting.kind == "action":
        return f"{waiting.text} is being carried out"
    if waiting.kind == "connection":
        following = f"next try at {when(waiting.due, zone)} ({distance(waiting.due, now)})" if waiting.due else ""
        name, _, why = waiting.text.partition(", ")
        if why == PAUSED:
            return f"for connection {waiting.text}; `ecomflow resume --connection {name}` lets it go on"
        return f"for connection {_joined(waiting.text, following)}"
    if waiting.kind == "run":
        return f"for the end of {waiting.text}"
    if waiting.kind == "retry":
        return f"{waiting.text} {due}"
    awaited = f"for {waiting.text}" if waiting.kind in ("event", "place") else ""
    following = places.next_name(waiting.path) if places and waiting.kind != "place" else ""
    return _joined(awaited, due, f"then {following}" if following else "")


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))
