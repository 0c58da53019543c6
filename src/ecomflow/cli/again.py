"""What a retry may send again, said before it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.cli.chapters import chapters
from ecomflow.cli.places import Places, named
from ecomflow.model import ActionStep, Effect, RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ecomflow.model import Run, StepRecord, Workflow


def sent_again(run: Run, workflow: Workflow, step: str | None, definition: Callable[[str], Workflow] | None = None) -> Iterator[str]:
    """Return a line for each action that a retry may carry out a second time.

    Args:
        run: with its story.
        workflow: the version that it is on.
        step: where it begins again, by id or path; None for where it failed.
        definition: gives a version by its hash, for what was done on older ones.
    """
    places = Places(workflow)
    if step is None:
        yield from _in_doubt(run, places)
        return
    start = places.top_level(step)
    if start is None:
        return
    *older, (_, records) = chapters(run, workflow, definition)
    if older and start <= places.position(records[0].path):
        for before, done in older:
            for name in _effects(done, before, 0):
                yield f"was done on an older version, and may happen again: {name}"
    for name in _effects(records, places, start):
        yield f"happens again, under a new key: {name}"


def _effects(records: Iterable[StepRecord], places: Places, start: int) -> Iterator[str]:
    for path in dict.fromkeys(record.path for record in _done(records) if places.position(record.path) >= start):
        found = places.find(path)[0]
        if isinstance(found, ActionStep) and found.effect is not Effect.READS:
            yield named(found)


def _in_doubt(run: Run, places: Places) -> Iterator[str]:
    if run.status is RunStatus.BLOCKED:
        last = next((record for record in reversed(run.steps) if record.kind == "attempt"), None)
        if last is not None:
            yield f"happens again, under the same key: {places.name(last.path)}; nobody knows whether it took effect"


def _done(records: Iterable[StepRecord]) -> Iterator[StepRecord]:
    for record in records:
        if record.kind == "attempt" and isinstance(record.data, dict) and record.data.get("ok"):
            yield record
