"""A run's story by the versions that it was on: an address means in each what it means there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ecomflow.cli.places import Places
from ecomflow.errors import EcomflowError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.model import Run, StepRecord, Workflow


def chapters(
    run: Run, workflow: Workflow, definition: Callable[[str], Workflow] | None
) -> list[tuple[Places, list[StepRecord]]]:
    """Return the lines of a run's story, those of each version with its steps, oldest first.

    Args:
        run: with its story.
        workflow: the version that it is on.
        definition: gives a version by its hash; the steps of one that cannot be read have no names.
    """
    found: list[tuple[Places, list[StepRecord]]] = []
    records: list[StepRecord] = []
    for record in run.steps:
        if record.kind == "migrated":
            found.append((Places(_version(record.data["from"], workflow, definition)), records))
            records = []
        records.append(record)
    return [*found, (Places(workflow), records)]


def _version(version: str, workflow: Workflow, definition: Callable[[str], Workflow] | None) -> Workflow:
    try:
        if definition is not None:
            return definition(version)
    except EcomflowError:
        pass
    return replace(workflow, actions=())  # its steps are told by their addresses
