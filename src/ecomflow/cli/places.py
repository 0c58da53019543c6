"""The steps of a workflow by the paths that a run's story has: with rounds and items in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.model import ActionStep, CallStep
from ecomflow.testing.steps import below, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecomflow.model import Step, Workflow


class Places:
    """Finds steps.

    Args:
        workflow: the version that the run is on.
    """

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow

    def find(self, path: str) -> tuple[Step | None, str]:
        """Return the step of a path, and what of the path is left: what the value at that place was for."""
        steps: Sequence[Step] = self._workflow.actions
        parts: Sequence[str] = path.split("/")[1:]
        step = None
        while parts and parts[0].isdecimal() and int(parts[0]) < len(steps):
            step = steps[int(parts[0])]
            steps, parts = below(step, parts[1:])
        return step, "/".join(parts)

    def name(self, path: str) -> str:
        """Return what people call the step of a path; the path itself where there is none."""
        step, _ = self.find(path)
        return path if step is None else named(step)

    def next_name(self, path: str) -> str:
        """Return what people call the top-level step after the one that a path is in, or an empty text."""
        number = self.position(path) + 1
        actions = self._workflow.actions
        return named(actions[number]) if 0 < number < len(actions) else ""

    def position(self, path: str) -> int:
        """Return which top-level step a path is in, from 0; -1 where it is in none."""
        parts = path.split("/")
        return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else -1

    def top_level(self, step: str) -> int | None:
        """Return the position of a top-level step by its id or path, or None."""
        for number, found in enumerate(self._workflow.actions):
            if step in (found.id, found.path):
                return number
        return None


def named(step: Step) -> str:
    """Return what people call a step; of an action also what it does, of a call also what it calls."""
    name = name_of(step)
    if isinstance(step, CallStep):
        return f"{step.workflow} ({name})" if step.name or step.id else f"call {step.workflow}"
    return f"{step.action} ({name})" if isinstance(step, ActionStep) and name != step.action else name
