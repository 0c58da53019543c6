"""Comparisons to closures, the frequent ones short."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.parts import Parts, Test
from ecomflow.expressions.paths import Value, constant_of
from ecomflow.expressions.unparse import unparse
from ecomflow.expressions.values import compare, contains, equal, every
from ecomflow.model import MISSING

ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {"gt": operator.gt, "gteq": operator.ge, "lt": operator.lt, "lteq": operator.le}
_NEGATED: Final = {"ne": "eq", "notin": "in"}


def comparison(parts: Parts, node: nodes.Compare) -> Test:
    """Return the closure of a comparison; of several in a row all must hold."""
    tests, left = [], node.expr
    for operand in node.ops:
        _check(parts, left, operand)
        tests.append(_one(parts, operand.op, left, operand.expr))
        left = operand.expr
    return tests[0] if len(tests) == 1 else lambda scope: every(test(scope) for test in tests)


def _check(parts: Parts, left: nodes.Node, operand: nodes.Operand) -> None:
    """Raise ExpressionError for what can only be unknown, whatever the data."""
    kinds = parts.static(left), parts.static(operand.expr)
    written = f"`{unparse(left)}`", f"`{unparse(operand.expr)}`"
    if operand.op in ("in", "notin"):
        if kinds[1] == "text":
            raise ExpressionError("EF206", f"`in` asks for a member, and {written[1]} is a text", offset=operand.expr.lineno, length=len(written[1]) - 2, help=f"write `{unparse(operand.expr)} is mentions({unparse(left)})`")
    elif None not in kinds and kinds[0] != kinds[1]:
        raise ExpressionError("EF207", f"{written[0]} is a {kinds[0]}, {written[1]} is a {kinds[1]}: they never compare", offset=left.lineno, length=len(written[0]) - 2, help="a text is written in quotes, a number without")


def _one(parts: Parts, op: str, left: nodes.Node, right: nodes.Node) -> Test:
    constant, tz = constant_of(right), parts.tz
    a, b = parts.value(left), parts.value(right)
    if op in _NEGATED:
        return _unequal(_one(parts, _NEGATED[op], left, right))
    if op == "in":
        return _member(a, constant_of(left), right, b, tz)
    if op == "eq":
        return _equal_text(a, constant, tz) if type(constant) is str else lambda scope: equal(a(scope), b(scope), tz)
    accept = ORDER[op]
    if type(constant) in (int, Decimal):
        return _ordered_number(a, accept, constant, tz)
    return lambda scope: _ordered(a(scope), b(scope), accept, tz)


def _unequal(test: Test) -> Test:
    def unequal(scope: Mapping[str, Any]) -> bool | None:
        outcome = test(scope)
        return None if outcome is None else not outcome

    return unequal


def _equal_text(read: Value, constant: str, tz: ZoneInfo) -> Test:
    def test(scope: Mapping[str, Any]) -> bool | None:
        value = read(scope)
        return value == constant if type(value) is str else equal(value, constant, tz)

    return test


def _ordered_number(read: Value, accept: Callable[[Any, Any], bool], constant: Any, tz: ZoneInfo) -> Test:
    def test(scope: Mapping[str, Any]) -> bool | None:
        value = read(scope)
        kind = type(value)
        try:
            return accept(value, constant) if kind is int or kind is Decimal else _ordered(value, constant, accept, tz)
        except InvalidOperation:  # not a number
            return None

    return test


def _ordered(left: Any, right: Any, accept: Callable[[Any, Any], bool], tz: ZoneInfo) -> bool | None:
    order = compare(left, right, tz)
    return None if order is None else accept(order, 0)


def constants_of(node: nodes.Node) -> list[Any] | None:
    """Return the values of a list of constants, or None."""
    if not isinstance(node, (nodes.List, nodes.Tuple)):
        return None
    values = [constant_of(item) for item in node.items]
    return None if any(value is MISSING for value in values) else values


def _member(read: Value, constant: Any, right: nodes.Node, whole: Value, tz: ZoneInfo) -> Test:
    values = constants_of(right)
    if type(constant) is str and values is None:
        return _holds_text(constant, read, whole, tz)
    if not values or not all(type(value) is str for value in values):
        return lambda scope: contains(read(scope), whole(scope), tz)
    known = frozenset(values)

    def test(scope: Mapping[str, Any]) -> bool | None:
        value = read(scope)
        return value in known if type(value) is str else contains(value, values, tz)

    return test


def _holds_text(constant: str, read: Value, whole: Value, tz: ZoneInfo) -> Test:
    def test(scope: Mapping[str, Any]) -> bool | None:
        values = whole(scope)
        if type(values) is list and constant in values:
            return True
        return contains(read(scope), values, tz)

    return test
