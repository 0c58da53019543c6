"""How a run goes on in a version that it did not begin on: at the wait that it brought along (R:V5).

The blocks around that wait are entered without asking their conditions; what stands before it is over. What the run knew is
kept whole by the entry ``migrated``, so that nothing before that entry is looked at in a replay but the events that came
early and may still be wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ecomflow.core.interpreter import block
from ecomflow.core.nesting import spanned
from ecomflow.core.places import inside, part_names, steps_before
from ecomflow.core.scope import names_at_start

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ecomflow.core.commands import Entry
    from ecomflow.core.scheduler import Steps
    from ecomflow.core.scope import Frame, RunInfo
    from ecomflow.core.walk import Walk
    from ecomflow.model import Event, Step, Workflow


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a run came to its version.

    Attributes:
        entry: the one of kind ``migrated``.
        came: events that came before, each with its number and the subscriptions of this version that it fits.
        start: the top-level step that a person's ``retry`` goes back to, at or before the wait; None without one.
    """

    entry: Entry
    came: Sequence[tuple[int, Event, Collection[str]]] = ()
    start: int | None = None


def names_on_arrival(workflow: Workflow, info: RunInfo, started: Entry, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names that a run brings along, as they were: what it has not reached of this version has no result."""
    names = names_at_start(workflow, info, started)
    results = kept["steps"]
    own = {name: value for name, value in results.items() if name in workflow.ids}
    names.update(own, inputs=kept["inputs"], vars=kept["vars"], steps={**names["steps"], **results})
    return names


def adopt(walk: Walk, arrival: Arrival) -> None:
    """Give a run that has not begun what it brings along."""
    kept, scope = arrival.entry.data, walk.frame.scope
    for name, value in kept["steps"].items():
        scope.weigh(name, value)
    for name, value in kept["vars"].items():
        scope.weigh(f"vars.{name}", value)
    walk.frame.searches.update(kept.get("searches", {}))
    scope.effects = kept["effects"]
    walk.generation = kept["generation"]
    walk.buffer.keep(arrival.came)


def entered(walk: Walk, arrival: Arrival) -> Steps:
    """Go on at the wait that was brought along, or where a person's ``retry`` goes back to."""
    actions, frame, parts = walk.workflow.actions, walk.frame, part_names(arrival.entry.path)
    if arrival.start is not None:
        for step in actions[: arrival.start]:
            walk.buffer.over(step)
        return (yield from block(walk, actions, frame, "actions", arrival.start))
    for step in steps_before(walk.workflow, arrival.entry.path):
        walk.buffer.over(step)
    return (yield from _into(parts, walk, actions, frame, "actions"))


def _into(parts: Sequence[str], walk: Walk, steps: Sequence[Step], frame: Frame, path: str) -> Steps:
    number, *inner = parts
    step, here = steps[int(number)], f"{path}/{number}"
    if not inner:
        walk.buffer.subscribed_itself(here)
        return (yield from block(walk, steps, frame, path, int(number), walk.ways[type(step)](walk, step, frame, here)))
    body = partial(_branch, inner)
    return (yield from block(walk, steps, frame, path, int(number), spanned(body, walk, step, frame, here)))


def _branch(parts: Sequence[str], walk: Walk, step: Any, frame: Frame, path: str) -> Steps:
    name, *inner = parts
    return (yield from _into(inner, walk, inside(step, name), frame, f"{path}/{name}"))
