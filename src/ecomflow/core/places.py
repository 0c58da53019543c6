"""The places of steps that a run reaches at most once: at top level, and inside ``if`` and ``choose``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.model import ChooseStep, IfStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ecomflow.model import Step, Workflow


def part_names(path: str) -> list[str]:
    """Return the parts of such a place: numbers of steps, and between them names of branches."""
    return path.split("/")[1:]


def inside(step: Step, branch: str) -> Sequence[Step]:
    """Return the steps of a branch of ``if`` or ``choose``; none where it has none of that name."""
    if isinstance(step, IfStep):
        return {"then": step.then, "else": step.otherwise}.get(branch, ())
    if isinstance(step, ChooseStep):
        if branch == "else":
            return step.otherwise
        return step.branches[int(branch)][1] if branch.isdigit() and int(branch) < len(step.branches) else ()
    return ()


def _branches(step: Step) -> Iterator[tuple[str, Sequence[Step]]]:
    if isinstance(step, IfStep):
        names = ["then", "else"]
    elif isinstance(step, ChooseStep):
        names = [*map(str, range(len(step.branches))), "else"]
    else:
        names = []
    return ((name, inside(step, name)) for name in names)


def plain_places(steps: Sequence[Step], path: str = "actions") -> Iterator[tuple[str, Step]]:
    """Yield each step at such a place with its path, in the order of the text."""
    for number, step in enumerate(steps):
        here = f"{path}/{number}"
        yield here, step
        for name, inner in _branches(step):
            yield from plain_places(inner, f"{here}/{name}")


def _lists(workflow: Workflow, path: str) -> Iterator[tuple[Sequence[Step], int]]:
    """Yield the lists of steps that a place lies in, with its number in each, from the outermost on."""
    steps: Sequence[Step] = workflow.actions
    number, *inner = part_names(path)
    yield steps, int(number)
    while inner:
        branch, following, *inner = inner
        steps, number = inside(steps[int(number)], branch), following
        yield steps, int(number)


def steps_before(workflow: Workflow, path: str) -> Iterator[Step]:
    """Yield the steps that are over when a run is at a place."""
    for steps, number in _lists(workflow, path):
        yield from steps[:number]


def steps_after(workflow: Workflow, path: str) -> Iterator[Step]:
    """Yield the steps that a run may still reach from a place."""
    for steps, number in _lists(workflow, path):
        yield from steps[number + 1 :]
