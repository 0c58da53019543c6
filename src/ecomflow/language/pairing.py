"""Arriving events: which types, which pairs of values, and what must be known when (R:S2, R:W3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ecomflow.language.nearest import nearest
from ecomflow.model import Pairing

if TYPE_CHECKING:
    from ecomflow.expressions import Expression
    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node

_TYPE: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:\.\*)?")
_FIELD: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_AT_START: Final = frozenset({"event", "events", "trigger", "inputs", "calendars", "people", "run"})
_MAX_TYPE: Final = 200
_VERY_LIKE: Final = 0.85


def event_types(draft: Draft, node: Node | None) -> tuple[str, ...]:
    """Return the event types and patterns that a value names; those without a schema get a note.

    Args:
        draft: the workflow in the making.
        node: a type, or a list of them.
    """
    if node is None:
        return ()
    found = []
    for item in node.items():
        name = str(item.value)
        if not _TYPE.fullmatch(name) or len(name) > _MAX_TYPE:
            item.fault("EF110", f"`{name[:60]}` is no event type", "write `noun.past_verb`, such as `order.created`, or `order.*` for all of a noun")
            continue
        found.append(name)
        _note(draft, item, name)
    return tuple(dict.fromkeys(found))


def _note(draft: Draft, node: Node, name: str) -> None:
    events = draft.around.events
    draft.uses.types.update(each for each in events.matching([name]) if each in events.types)
    if events.unknown([name]):
        help = nearest(name, events.types, _VERY_LIKE) or "add one under `event_types` in the project file, and the fields are checked"
        node.fault("EF191", f"event `{name}` has no schema: its fields are not checked", help, severity="note")


def pairings(draft: Draft, node: Node, names: Names, types: tuple[str, ...], *, at_start: str) -> tuple[Pairing, ...] | None:
    """Return the pairs of ``match``; None where it is left out, which means the same subject.

    Args:
        draft: the workflow in the making.
        node: the mapping that may have ``match``.
        names: the names in scope.
        types: the arriving types.
        at_start: the advice where a value must be known at the start and is not; an empty text where it need not be.
    """
    match = node.get("match")
    if match is None:
        _check_kinds(draft, node, types)
        return None
    return tuple(_pair(draft, field, value, match, names, types, at_start) for field, value in match.entries())


def _check_kinds(draft: Draft, node: Node, types: tuple[str, ...]) -> None:
    arriving = draft.around.events.kinds(types)
    if not types or (len(arriving) == 1 and arriving == draft.kinds):
        return
    mine = " and ".join(f"`{kind}`" for kind in sorted(draft.kinds)) or "nothing"
    theirs = " and ".join(f"`{kind}`" for kind in sorted(arriving))
    place = node.get("event") or node
    place.fault("EF130", f"`match` is needed: the event is about {theirs}, the run about {mine}", "write which field pairs with which value: `match: {order.checkout_id: checkout.id}`")


def _pair(draft: Draft, field: str, value: Node, match: Node, names: Names, types: tuple[str, ...], at_start: str) -> Pairing:
    if not _FIELD.fullmatch(field):
        match.key_fault(field, "EF110", f"`{field[:60]}` is no field of an event", "left stands a field of the arriving event, such as `order.id`")
    else:
        _check_field(draft, field, match, types)
    expression = draft.expression(value, names)
    late = "" if not at_start else _late(draft, expression, names)
    if late:
        value.fault("EF131", f"`{late}` is not known when the run starts", at_start)
    return Pairing(field, expression)


def _check_field(draft: Draft, field: str, match: Node, types: tuple[str, ...]) -> None:
    shape, path = draft.around.events.shape(types), field.split(".")
    for number, part in enumerate(path):
        inner = shape.field(part)
        if inner is None:
            match.key_fault(field, "EF112", f"unknown field `{'.'.join(path[: number + 1])}` in {shape.origin or 'the event'}", nearest(part, shape.fields or ()))
            return
        shape = inner


def _late(draft: Draft, expression: Expression, names: Names) -> str:
    """Return the first name of an expression that the trigger event alone does not give, or an empty text."""
    for path in expression.paths:
        root = path[0]
        declared = root == "vars" and len(path) > 1 and path[1] in draft.start_vars
        if root not in _AT_START and not declared and root in names.own:
            return ".".join(path)
    return ""


