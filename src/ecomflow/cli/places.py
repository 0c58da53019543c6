"""The steps of a workflow by the paths that a run's story has: with rounds and items in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ecomflow.model import ActionStep, CallStep, ForEachStep
from ecomflow.testing.steps import below, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecomflow.model import Step, Workflow

_PAGE: Final = re.compile(r"page/(\d+)")


class Places:
    """Finds steps.

    Args:
        workflow: the version that the run is on.
    """

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow

    def find(self, path: str) -> tuple[Step | None, str]:
        """Return the step of a path, and what of the path is left: what the value at that place was for."""
        found, left = self._down(path)
        return (found[-1] if found else None), left

    def in_item(self, path: str) -> bool:
        """Return whether a path is inside an item of a ``for_each``."""
        found, _ = self._down(path)
        return any(isinstance(step, ForEachStep) for step in found[:-1])

    def _down(self, path: str) -> tuple[list[Step], str]:
        steps: Sequence[Step] = self._workflow.actions
        parts: Sequence[str] = path.split("/")[1:]
        found: list[Step] = []
        while parts and parts[0].isdecimal() and int(parts[0]) < len(steps):
            found.append(steps[int(parts[0])])
            steps, parts = below(found[-1], parts[1:])
        return found, "/".join(parts)

    def name(self, path: str) -> str:
        """Return what people call the step of a path, or the page of a search that it asks for; the path itself where there is none."""
        step, _ = self.find(path)
        return self.page(path) or (path if step is None else named(step))

    def page(self, path: str) -> str:
        """Return what people call the request for a page at a path, or an empty text where it is for none."""
        step, left = self.find(path)
        page = _PAGE.fullmatch(left)
        if not page or not isinstance(step, ForEachStep) or step.search is None:
            return ""
        return f"{named(step.search)}, page {page[1]}"

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
