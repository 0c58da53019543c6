"""What a leaf saw, and the smallest change that would turn it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any, Final

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.parts import Parts
from ecomflow.expressions.paths import constant_of
from ecomflow.expressions.unparse import unparse
from ecomflow.expressions.values import kind, show
from ecomflow.model import MISSING

_SIGNS: Final = {"gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "eq": "==", "ne": "!=", "in": "in", "notin": "not in"}
_OPPOSITE: Final = {"gt": "lteq", "gteq": "lt", "lt": "gteq", "lteq": "gt", "eq": "ne", "ne": "eq", "in": "notin", "notin": "in"}
_ORDERS: Final = {"gt": "more than {}", "gteq": "{} or more", "lt": "less than {}", "lteq": "{} or less"}
TURNED: Final = {"gt": "lt", "gteq": "lteq", "lt": "gt", "lteq": "gteq"}
_SCALARS: Final = frozenset({"number", "moment", "date", "duration"})
_CLOSE: Final = 0.75


class Seen:
    """Reads the parts of a leaf once more, for people."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self.env = parts, parts.env

    def value(self, node: nodes.Node, scope: Mapping[str, Any]) -> Any:
        """Return a part's value, MISSING where it cannot be computed."""
        try:
            return self._parts.value(node)(scope)
        except (ExpressionError, ArithmeticError, ValueError):
            return MISSING


def describe(node: nodes.Expr, seen: Seen, scope: Mapping[str, Any], outcome: bool | None, *, positive: bool) -> tuple[str, str]:
    """Return what a leaf saw and what would turn it.

    Args:
        node: the leaf, without a ``not`` around it.
        seen: reads its parts.
        scope: what it was asked of.
        outcome: what it gave, ``not`` included.
        positive: whether there is no ``not`` around it.

    Returns:
        The detail, and the hint: empty for a leaf that holds.
    """
    if isinstance(node, nodes.Compare) and len(node.ops) == 1:
        return _comparison(node, seen, scope, outcome, positive=positive)
    if isinstance(node, nodes.Test):
        return _named(node, seen, scope, outcome, positive=positive)
    parts: list[nodes.Node] = [node.expr, *(operand.expr for operand in node.ops)] if isinstance(node, nodes.Compare) else [node]
    known = [(part, seen.value(part, scope)) for part in parts]
    if outcome is None and len(parts) == 1 and known[0][1] is not MISSING:
        return f"{unparse(node)} = {show(known[0][1])} is no yes or no", "true or false"
    hint = "" if outcome is True or len(parts) > 1 else ("true" if positive else "false")
    return _facts(known), _missing_hint(known) if outcome is None else hint


def _facts(known: list[tuple[nodes.Node, Any]]) -> str:
    return ", ".join(_fact(node, value) for node, value in known if constant_of(node) is MISSING and not _literal(node))


def _literal(node: nodes.Node) -> bool:
    return isinstance(node, (nodes.List, nodes.Tuple)) and all(constant_of(item) is not MISSING for item in node.items)


def _fact(node: nodes.Node, value: Any) -> str:
    path = unparse(node)
    return f"{path} is missing" if value is MISSING else f"{path} = {show(value)}"


def _missing_hint(known: list[tuple[nodes.Node, Any]]) -> str:
    missing = [unparse(node) for node, value in known if value is MISSING]
    return f"a value for {missing[0]}" if missing else ""


def _comparison(node: nodes.Compare, seen: Seen, scope: Mapping[str, Any], outcome: bool | None, *, positive: bool) -> tuple[str, str]:
    operand = node.ops[0]
    op = operand.op if positive else _OPPOSITE[operand.op]
    left, right = seen.value(node.expr, scope), seen.value(operand.expr, scope)
    known: list[tuple[nodes.Node, Any]] = [(node.expr, left), (operand.expr, right)]
    if outcome is None:
        return _unknown(known)
    if op in _ORDERS:
        return f"{show(left)} {_SIGNS[op]} {show(right)}", "" if outcome else _order_hint(node, op, left, right)
    detail = _facts(known) or f"{show(left)} {_SIGNS[op]} {show(right)}"
    if outcome:
        return detail, ""
    return detail, _equality_hint(node, op, left, right)


def _unknown(known: list[tuple[nodes.Node, Any]]) -> tuple[str, str]:
    hint = _missing_hint(known)
    (_, left), (_, right) = known
    if hint or any(isinstance(value, (list, tuple)) for value in (left, right)):
        return _facts(known), hint or "values of one kind"
    shown = ", ".join(f"{_subject(node, value)} is {_article(kind(value))}" for node, value in known)
    wanted = next((kind(value) for node, value in known if constant_of(node) is not MISSING), kind(right))
    return shown, f"{_article(wanted)} instead of {_article(kind(left) if wanted != kind(left) else kind(right))}"


def _subject(node: nodes.Node, value: Any) -> str:
    return show(value) if constant_of(node) is not MISSING else f"{unparse(node)} = {show(value)}"


def _article(word: str) -> str:
    return word if word in ("text", "null") else f"a {word}"


def _order_hint(node: nodes.Compare, op: str, left: Any, right: Any) -> str:
    if constant_of(node.expr) is not MISSING:
        return _ORDERS[TURNED[op]].format(show(left))
    return _ORDERS[op].format(show(right))


def _equality_hint(node: nodes.Compare, op: str, left: Any, right: Any) -> str:
    if op in ("ne", "notin"):
        return "another value" if op == "ne" else f"without {show(left)}"
    if op == "eq":
        wanted, actual = (left, right) if constant_of(node.expr) is not MISSING else (right, left)
        return f"{show(wanted)}{difference(wanted, actual)}"
    if not isinstance(right, (list, tuple)):
        return ""
    near = [item for item in right if difference(left, item)]
    if _literal(node.ops[0].expr):
        return f"{show(near[0])}{difference(left, near[0])}" if near else "one of " + show(list(right))[1:-1]
    return f"{show(left)}{difference(left, near[0])}" if near else show(left)


def difference(wanted: Any, actual: Any) -> str:
    """Return in words how two texts differ by little, in brackets, or an empty text."""
    if not isinstance(wanted, str) or not isinstance(actual, str) or wanted == actual:
        return ""
    if wanted.strip() == actual.strip():
        return " (differs by space)"
    if wanted.casefold() == actual.casefold():
        return " (differs by case)"
    if wanted.strip().casefold() == actual.strip().casefold():
        return " (differs by case and space)"
    if max(len(wanted), len(actual)) <= 100 and SequenceMatcher(None, wanted, actual).ratio() >= _CLOSE:
        return f" (close to {show(actual)})"
    return ""


def _named(node: nodes.Test, seen: Seen, scope: Mapping[str, Any], outcome: bool | None, *, positive: bool) -> tuple[str, str]:
    value = seen.value(node.node, scope)
    known: list[tuple[nodes.Node, Any]] = [(node.node, value)]
    detail = _facts(known) or show(value)
    if outcome is True:
        return detail, ""
    if outcome is None:
        return detail, _missing_hint(known) or "text" if node.name in ("mentions", "search", "match") else _missing_hint(known)
    wish = _WISHES.get((node.name, positive))
    asked = ", ".join(unparse(argument) for argument in node.args or ())
    return detail, wish or f"{'' if positive else 'not '}{node.name.replace('_', ' ')} {asked}".strip()


_WISHES: Final = {
    ("present", True): "a value",
    ("present", False): "no value",
    ("blank", True): "no value",
    ("blank", False): "a value",
    ("defined", True): "a value",
    ("none", True): "null",
    ("none", False): "a value",
}
