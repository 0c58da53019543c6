"""The tests that ``x is …`` knows, in three values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ecomflow.expressions import patterns
from ecomflow.expressions.env import Env
from ecomflow.expressions.numbers import calculate, is_number
from ecomflow.expressions.values import blank, compare, contains, equal, kind
from ecomflow.model import MISSING

NamedTest = Callable[..., bool | None]


def _ordered(accept: Callable[[int], bool]) -> NamedTest:
    def test(env: Env, value: Any, other: Any) -> bool | None:
        order = compare(value, other, env.tz)
        return None if order is None else accept(order)

    return test


def _is_kind(*words: str) -> NamedTest:
    def test(env: Env, value: Any) -> bool | None:  # noqa: ARG001 one shape for all tests
        return None if value is MISSING else kind(value) in words

    return test


def _text_test(ask: Callable[..., bool]) -> NamedTest:
    def test(env: Env, value: Any, pattern: Any, ignorecase: Any = False) -> bool | None:  # noqa: ARG001
        return ask(value, pattern, bool(ignorecase)) if isinstance(value, str) and isinstance(pattern, str) else None

    return test


def _mentions(env: Env, value: Any, phrase: Any, *phrases: Any) -> bool | None:  # noqa: ARG001
    flat = [text for item in (phrase, *phrases) for text in (item if isinstance(item, list) else [item])]
    known = isinstance(value, str) and all(isinstance(text, str) for text in flat)
    return patterns.mentions(value, tuple(flat)) if known else None


def _divides(env: Env, value: Any, by: Any) -> bool | None:  # noqa: ARG001
    rest = calculate("%", value, by) if is_number(value) and is_number(by) else MISSING
    return None if rest is MISSING else bool(rest == 0)


def _remainder(wanted: int) -> NamedTest:
    return lambda env, value: value % 2 == wanted if type(value) is int else None  # noqa: ARG005


def _negated(outcome: bool | None) -> bool | None:
    return None if outcome is None else not outcome


def _cased(change: Callable[[str], str]) -> NamedTest:
    return lambda env, value: value == change(value) if isinstance(value, str) else None  # noqa: ARG005


def _is_literally(wanted: bool | None) -> NamedTest:
    return lambda env, value: None if value is MISSING else value is wanted  # noqa: ARG005


_EQ: Final[NamedTest] = lambda env, value, other: equal(value, other, env.tz)  # noqa: E731
_NE: Final[NamedTest] = lambda env, value, other: _negated(equal(value, other, env.tz))  # noqa: E731
_GT, _GE = _ordered(lambda order: order > 0), _ordered(lambda order: order >= 0)
_LT, _LE = _ordered(lambda order: order < 0), _ordered(lambda order: order <= 0)

TESTS: Final[dict[str, NamedTest]] = {
    "present": lambda env, value: not blank(value),  # noqa: ARG005
    "blank": lambda env, value: blank(value),  # noqa: ARG005
    "defined": lambda env, value: value is not MISSING,  # noqa: ARG005
    "undefined": lambda env, value: value is MISSING,  # noqa: ARG005
    "mentions": _mentions,
    "search": _text_test(patterns.search),
    "match": _text_test(patterns.match),
    "in": lambda env, value, whole: contains(value, whole, env.tz),
    "contains": lambda env, value, item: contains(item, value, env.tz),
    "eq": _EQ, "equalto": _EQ, "==": _EQ, "ne": _NE, "!=": _NE,
    "gt": _GT, "greaterthan": _GT, ">": _GT, "ge": _GE, ">=": _GE,
    "lt": _LT, "lessthan": _LT, "<": _LT, "le": _LE, "<=": _LE,
    "none": _is_literally(None), "null": _is_literally(None), "true": _is_literally(True), "false": _is_literally(False),
    "number": _is_kind("number"), "string": _is_kind("text"), "text": _is_kind("text"), "boolean": _is_kind("bool"),
    "mapping": _is_kind("mapping"), "sequence": _is_kind("list"), "iterable": _is_kind("list"), "list": _is_kind("list"),
    "moment": _is_kind("moment"), "date": _is_kind("date"),
    "odd": _remainder(1), "even": _remainder(0), "divisibleby": _divides,
    "lower": _cased(str.lower), "upper": _cased(str.upper),
}  # fmt: skip

