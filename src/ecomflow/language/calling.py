"""Calls between the workflows of a project, checked once all files are read: who is called, with what, and whether it ends."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ecomflow.language.nearest import nearest
from ecomflow.model import CallStep, ContinueIfStep, FailStep, ParallelStep, Step, StopStep, TryStep

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from ecomflow.language.node import Node
    from ecomflow.model import Workflow


@dataclass(frozen=True, slots=True)
class Callee:
    """What a call may know of a workflow: its inputs, where its file can be read, and those that are fixed before a run."""

    inputs: Collection[str] | None
    fixed: Collection[str] = ()


def check_call(node: Node, known: Mapping[str, Callee]) -> None:
    """Note where a step calls what is not there, or gives what is not asked for.

    Args:
        node: the step.
        known: the workflows of the project.
    """
    name = str(node.value["call"])
    called, given = known.get(name), node.get("with")
    if called is None:
        written = node.get("call") or node
        written.fault("EF127", f"there is no workflow `{name[:60]}`", nearest(name, known) or "a call names a workflow of this project")
        return
    for key in given.value if given is not None and called.inputs is not None and isinstance(given.value, dict) else ():
        assert given is not None
        assert called.inputs is not None
        if key not in called.inputs:
            offer = f"it has {', '.join(f'`{each}`' for each in called.inputs)}" if called.inputs else "it has none: declare it there under `inputs`"
            given.key_fault(key, "EF125", f"workflow `{name}` has no input `{key[:60]}`", nearest(key, called.inputs) or offer)
        elif key in called.fixed:
            given.key_fault(
                key, "EF125", f"input `{key}` of `{name}` cannot be given by a call: a setting is made of it that is fixed before any run",
                "such settings are `timeout`, `retry`, `per` and `lookback`",
            )  # fmt: skip


def endless(name: str, workflows: Mapping[str, Workflow]) -> list[str]:
    """Return the names by which a workflow calls itself whatever happens, itself first and last; empty where it does not.

    Args:
        name: the workflow.
        workflows: those without a fault.
    """
    ways, seen = [[name]], {name}
    while ways:
        way = ways.pop()
        for called in certain(workflows[way[-1]].actions) if way[-1] in workflows else ():
            if called == name:
                return [*way, name]
            if called not in seen:
                seen.add(called)
                ways.append([*way, called])
    return []


def certain(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the workflows that steps call under no condition."""
    for step in steps:
        if step.guard is None:
            if isinstance(step, CallStep):
                yield step.workflow
            elif isinstance(step, TryStep):
                yield from certain(step.body)
            elif isinstance(step, ParallelStep):
                for branch in step.branches:
                    yield from certain(branch)
        if any(isinstance(each, (ContinueIfStep, StopStep, FailStep)) for each in _every(step)):
            return


def _every(value: Any) -> Iterator[Step]:
    if isinstance(value, Step):
        yield value
        for each in fields(value):
            yield from _every(getattr(value, each.name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from _every(inner)
