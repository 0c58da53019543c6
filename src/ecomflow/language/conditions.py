"""Wherever a condition stands: an expression, a list of all, or all / any / not / some / every / none over others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecomflow import expressions
from ecomflow.expressions import all_of, any_of, compile_condition, not_
from ecomflow.expressions.conditions import Labelled
from ecomflow.language.draft import NO_CONDITION, as_text
from ecomflow.language.fitting import described, fits
from ecomflow.language.grammar import CONDITIONS
from ecomflow.language.hints import QUOTE
from ecomflow.language.scoping import check_new_name, item_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.expressions import Condition
    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node

_DEFAULT_ITEM: Final = "item"


def condition(draft: Draft, node: Node | None, names: Names) -> Condition | None:
    """Return the condition that a value is, or None where there is none.

    Args:
        draft: the workflow in the making.
        node: the value.
        names: the names in scope.
    """
    return None if node is None else _condition(draft, node, names, None)


def needed(draft: Draft, node: Node | None, names: Names) -> Condition:
    """Return the condition that a value is; where there is none, one that stands in for it."""
    return condition(draft, node, names) or NO_CONDITION


def _condition(draft: Draft, node: Node, names: Names, label: str | None) -> Condition:
    if isinstance(node.value, list):
        return all_of([_condition(draft, item, names, None) for item in node.items()])
    if isinstance(node.value, dict):
        return _mapping(draft, node, names)
    if not isinstance(node.value, (str, bool)):
        node.fault("EF110", f"expected a condition, got {described(node.value)}")
        return NO_CONDITION
    return draft.compiled(node, lambda: compile_condition(as_text(node.value), draft.env(names), label), NO_CONDITION)


def _mapping(draft: Draft, node: Node, names: Names) -> Condition:
    kind = next((key for key in CONDITIONS if key in node.value), None)
    if kind is None:
        _no_kind(node)
        return NO_CONDITION
    if not fits(node, CONDITIONS[kind], f"a condition of kind `{kind}`"):
        return NO_CONDITION
    inner = node.get(kind)
    assert inner is not None
    label = node.value.get("label")
    if kind == "if":
        return _condition(draft, inner, names, label)
    found = _COMBINED[kind](draft, node, inner, names)
    return Labelled(str(label), found) if label else found


def _no_kind(node: Node) -> None:
    keys = list(node.value)
    odd = next((key for key in keys if not key.isidentifier()), None)
    if odd is not None or not keys or list(node.value.values()) == [None]:
        node.fault("EF110", "expected a condition, and to YAML this is a mapping", f"a `: ` or a leading `?` makes one: {QUOTE}")
        return
    node.unknown(keys[0], CONDITIONS, "a condition")


def _all(draft: Draft, _: Node, inner: Node, names: Names) -> Condition:
    return all_of([_condition(draft, item, names, None) for item in inner.items()])


def _any(draft: Draft, _: Node, inner: Node, names: Names) -> Condition:
    return any_of([_condition(draft, item, names, None) for item in inner.items()])


def _not(draft: Draft, _: Node, inner: Node, names: Names) -> Condition:
    return not_(_condition(draft, inner, names, None))


def _over(build: Callable[..., Condition]) -> Callable[[Draft, Node, Node, Names], Condition]:
    def quantified(draft: Draft, node: Node, inner: Node, names: Names) -> Condition:
        name = node.value.get("as", _DEFAULT_ITEM)
        check_new_name(node.get("as") or node, name, names)
        items = draft.expression(inner, names)
        asked = needed(draft, node.get("if"), names.adding(**{name: item_shape(names, items)}))
        return build(items, name, asked)

    return quantified


_COMBINED: Final[dict[str, Callable[[Draft, Node, Node, Names], Condition]]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "some": _over(expressions.some),
    "every": _over(expressions.every),
    "none": _over(expressions.none),
}
