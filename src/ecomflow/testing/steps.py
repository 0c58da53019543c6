"""The steps of a workflow as a tree, and which of them runs have reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecomflow.model import (
    ActionStep,
    AskApprovalStep,
    ChooseStep,
    ForEachStep,
    IfStep,
    ParallelStep,
    RepeatStep,
    RunStatus,
    TryStep,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ecomflow.model import Run, Step, Workflow

_ANY = "*"
"""The branch of a loop: whatever the item or round."""


_OF_ITEM = 2
"""Parts of a path that stand before the key of an item that was found."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """A step, or a whole branch, that no case has reached."""

    workflow: str
    path: str
    line: int
    text: str


def branches(step: Step) -> Mapping[str, Sequence[Step]]:
    """Return the branches of a step by the part of the path that names them.

    Args:
        step: any step; a plain one has none.
    """
    match step:
        case IfStep():
            found: Mapping[str, Sequence[Step]] = {"then": step.then, "else": step.otherwise}
        case ChooseStep():
            found = {str(number): steps for number, (_, steps) in enumerate(step.branches)} | {"else": step.otherwise}
        case ParallelStep():
            found = {str(number): steps for number, steps in enumerate(step.branches)}
        case ForEachStep() | RepeatStep():
            found = {_ANY: step.body}
        case TryStep():
            found = {"try": step.body, "catch": step.catch or (), "finally": step.finally_}
        case ActionStep():
            found = {"on_error": () if isinstance(step.on_error, str) else step.on_error}
        case AskApprovalStep():
            found = {"on_timeout": () if isinstance(step.on_timeout, str) else step.on_timeout}
        case _:
            found = {}
    return {name: steps for name, steps in found.items() if steps}


def below(step: Step, parts: Sequence[str]) -> tuple[Sequence[Step], Sequence[str]]:
    """Return the steps that a path leads to inside a step, and what of the path is left there; none where it leads to none.

    Args:
        step: any step.
        parts: of the path, those behind the step's own.
    """
    inner = branches(step)
    if isinstance(step, ForEachStep) and step.search is not None:  # page/NUMBER/KEY
        return (inner.get(_ANY, ()), parts[3:]) if len(parts) > _OF_ITEM else ((), parts)
    found = (inner.get(parts[0]) or inner.get(_ANY, ())) if parts else ()
    return (found, parts[1:]) if found else ((), parts)


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """Return steps with all that stand inside them, in the order of the text.

    Args:
        steps: a sequence of a workflow.
    """
    for step in steps:
        yield step
        for inner in branches(step).values():
            yield from every_step(inner)


class Reached:
    """What runs of one workflow have reached.

    Args:
        workflow: in the version that the runs have.
    """

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._seen: set[str] = set()

    def add(self, run: Run) -> None:
        """Count what a run has reached: the steps of its story, and those that stand before one of them.

        Args:
            run: with its story.
        """
        for path in {record.path for record in run.steps}:
            self._mark(self._workflow.actions, path.split("/")[1:])
        if run.status is RunStatus.COMPLETED:
            self._mark_until(self._workflow.actions, len(self._workflow.actions) - 1)

    def _mark(self, steps: Sequence[Step], path: Sequence[str]) -> None:
        if not path or not path[0].isdecimal() or int(path[0]) >= len(steps):
            return
        number = int(path[0])
        self._mark_until(steps, number)
        self._mark(*below(steps[number], path[1:]))

    def _mark_until(self, steps: Sequence[Step], number: int) -> None:
        self._seen.update(step.path for step in steps[: number + 1])

    def missing(self) -> list[Unreached]:
        """Return what was not reached; a branch with nothing reached is one entry."""
        return list(self._missing(self._workflow.actions))

    def _missing(self, steps: Sequence[Step]) -> Iterator[Unreached]:
        for step in steps:
            if step.path not in self._seen:
                yield self._entry(step, step.path, name_of(step))
                continue
            for branch, inner in branches(step).items():
                if inner[0].path in self._seen:
                    yield from self._missing(inner)
                else:
                    label = "do" if branch == _ANY else branch
                    yield self._entry(inner[0], f"{step.path}/{label}", f"`{label}` of {name_of(step)}")

    def _entry(self, step: Step, path: str, text: str) -> Unreached:
        return Unreached(self._workflow.name, path, step.line, text)


def name_of(step: Step) -> str:
    """Return what people call a step: its name, id, action or kind.

    Args:
        step: any step.
    """
    if step.name or step.id:
        return str(step.name or step.id)
    if isinstance(step, ActionStep):
        return step.action
    kind = type(step).__name__.removesuffix("Step")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind).lstrip("_")
