"""The ids of steps: found before the steps are built, because they are names from the beginning of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.language.names import APPROVAL, BOOL
from ecomflow.language.scoping import check_new_name
from ecomflow.language.shapes import ANY, Shape, closed, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node

_LISTS: Final = ("then", "else", "try", "catch", "finally", "on_error")


def with_local_ids(draft: Draft, body: Node | None, names: Names) -> tuple[Names, tuple[str, ...]]:
    """Return the names inside a list of steps, and the ids that it brings; ids in its loops over items stay in those.

    Args:
        draft: the workflow in the making.
        body: the list of steps.
        names: the names in scope around it.
    """
    found: dict[str, Shape] = {}
    for step in outer_steps(body):
        node = step.get("id")
        if node is None:
            continue
        if isinstance(node.value, str) and node.value in found:
            node.fault("EF119", f"two steps have the id `{node.value}`", "choose another")
        elif check_new_name(node, node.value, names):
            found[node.value] = result_shape(draft, step)
    steps = names.own.get("steps", ANY)
    known = closed("the steps", **{**(steps.fields or {}), **found})
    return names.adding(**found, steps=known), tuple(found)


def outer_steps(body: Node | None) -> Iterator[Node]:
    """Yield every step of a list and of the lists inside it, but not those of a ``for_each``."""
    if body is None or not isinstance(body.value, list):
        return
    for step in body.items():
        if isinstance(step.value, dict):
            yield step
            for inner in _inside(step):
                yield from outer_steps(inner)


def every_step(body: Node | None) -> Iterator[Node]:
    """Yield every step of a list and of all lists inside it."""
    for step in outer_steps(body):
        yield step
        if "for_each" in step.value:
            yield from every_step(step.get("do"))


def _inside(step: Node) -> Iterator[Node | None]:
    for key in _LISTS:
        yield step.get(key)
    if "for_each" not in step.value:
        yield step.get("do")
    for key, inner_key in (("parallel", None), ("choose", "then")):
        several = step.get(key)
        if several is not None and isinstance(several.value, list):
            for item in several.items():
                yield item if inner_key is None else item.get(inner_key)
    asked = step.get("ask_approval")
    yield asked.get("on_timeout") if asked is not None else None


def variables(body: Node | None) -> set[str]:
    """Return every name that a ``set`` step sets."""
    found: set[str] = set()
    for step in every_step(body):
        if isinstance(step.value.get("set"), dict):
            found.update(step.value["set"])
    return found


def result_shape(draft: Draft, step: Node) -> Shape:
    """Return what is known of a step's result."""
    value: dict[str, Any] = step.value
    if "action" in value:
        return _of_action(draft, value)
    if isinstance(value.get("wait_for"), dict):
        types = [each for each in _listed(value["wait_for"].get("event")) if isinstance(each, str)]
        return closed("the result of wait_for", timed_out=BOOL, data=draft.around.events.shape(types) if types else ANY)
    if "ask_approval" in value:
        return APPROVAL
    return ANY


def _of_action(draft: Draft, value: dict[str, Any]) -> Shape:
    name = value["action"]
    spec = draft.around.catalog.actions.get(name) if isinstance(name, str) else None
    if spec is None or not spec.result:
        return ANY
    shape = shape_of(spec.result, f"the result of `{name}`")
    if shape.fields is None or not ("once" in value or "caps" in value or spec.consent):
        return shape
    return Shape(shape.word, {**shape.fields, "skipped": Shape("text", {})}, shape.items, shape.origin)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
