"""What a retry may send again, said before it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.cli.places import Places, named
from ecomflow.model import ActionStep, Effect, RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.model import Run, StepRecord, Workflow


def sent_again(run: Run, workflow: Workflow, step: str | None) -> Iterator[str]:
    """Return a line for each action that a retry may carry out a second time.

    Args:
        run: with its story.
        workflow: the version that it is on.
        step: where it begins again, by id or path; None for where it failed.
    """
    places = Places(workflow)
    if step is None:
        yield from _in_doubt(run, places)
        return
    start = places.top_level(step)
    if start is None:
        return
    again = dict.fromkeys(record.path for record in _done(run) if places.position(record.path) >= start)
    for path in again:
        found = places.find(path)[0]
        if isinstance(found, ActionStep) and found.effect is not Effect.READS:
            yield f"happens again, under a new key: {named(found)}"


def _in_doubt(run: Run, places: Places) -> Iterator[str]:
    if run.status is RunStatus.BLOCKED:
        last = next((record for record in reversed(run.steps) if record.kind == "attempt"), None)
        if last is not None:
            yield f"happens again, under the same key: {places.name(last.path)}; nobody knows whether it took effect"


def _done(run: Run) -> Iterator[StepRecord]:
    for record in run.steps:
        if record.kind == "attempt" and isinstance(record.data, dict) and record.data.get("ok"):
            yield record
