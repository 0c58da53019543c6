"""Expressions in plain words: what a person says who reads a condition aloud.

Words are looked for by the kind of each part; what has none stands as it is written, in backticks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.durations import duration
from ecomflow.expressions.paths import path_of
from ecomflow.expressions.syntax import parse_expression, parse_template
from ecomflow.expressions.unparse import unparse
from ecomflow.model import Duration

_COMPARED: Final = {
    "eq": ("is", "is not"), "ne": ("is not", "is"), "gt": ("is more than", "is at most"), "gteq": ("is at least", "is less than"),
    "lt": ("is less than", "is at least"), "lteq": ("is at most", "is more than"),
}  # fmt: skip
_OF_MOMENTS: Final = {
    "gt": ("is after", "is not after"), "gteq": ("is not before", "is before"), "lt": ("is before", "is not before"), "lteq": ("is not after", "is after"),
}  # fmt: skip
_TESTED: Final = {
    "present": ("is there", "is missing"), "blank": ("is missing or empty", "is there"), "defined": ("is there", "is missing"),
    "none": ("is empty", "is not empty"), "odd": ("is odd", "is even"), "even": ("is even", "is odd"),
}  # fmt: skip
_SAID: Final = {"timed_out": ("timed out", "did not time out"), "approved": ("was approved", "was not approved"), "rejected": ("was rejected", "was not rejected")}
"""Fields that say yes or no of what they belong to."""
_CALCULATED: Final = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "//": "divided by", "%": "modulo", "**": "to the power of"}
_FILTERED: Final[Mapping[str, str]] = {
    "lower": "{} in small letters", "upper": "{} in capitals", "trim": "{}", "length": "the number of {}", "count": "the number of {}", "sum": "the sum of {}",
    "first": "the first of {}", "last": "the last of {}", "min": "the smallest of {}", "max": "the largest of {}", "unique": "{} without doubles",
    "round": "{}, rounded", "string": "{}", "int": "{}", "money": "{}", "abs": "{} without its sign", "e": "{}", "escape": "{}",
}  # fmt: skip
_VERBS: Final = {"is": "is not", "was": "was not", "has": "has no"} | {
    verb: f"does not {verb.removesuffix('s')}" for verb in ("accepts", "allows", "contains", "includes", "needs", "requires", "wants")
}
"""Words with which a field's name is a sentence of its own, and their opposites."""
_UNITS: Final = ((3600, "hour"), (60, "minute"), (1, "second"))


def clause(text: Any, known: Mapping[str, Any]) -> str:
    """Return a condition in words.

    Args:
        text: an expression, as it is written.
        known: the values of ``inputs``.
    """
    return _read(str(text), lambda: _Words(known).clause(parse_expression(str(text))))


def phrase(text: Any, known: Mapping[str, Any]) -> str:
    """Return a value in words.

    Args:
        text: an expression, as it is written.
        known: the values of ``inputs``.
    """
    return _read(str(text), lambda: _Words(known).phrase(parse_expression(str(text))))


def template(text: str, known: Mapping[str, Any]) -> str:
    """Return a text with what is filled in said in words, between angle quotes; a single value stands alone.

    Args:
        text: with ``{{ … }}``.
        known: the values of ``inputs``.
    """
    return _read(text, lambda: _Words(known).template(text))


def span(found: Duration) -> str:
    """Return a span of time in words: ``3 days``, ``1 hour and 30 minutes``."""
    parts = [_count(number, unit) for number, unit in ((found.months, "month"), (found.days, "day")) if number]
    left = found.seconds
    for size, unit in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(_count(int(number), unit))
    return joined(parts, "and") or "no time"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def joined(parts: Sequence[str], word: str) -> str:
    """Return a list as people say it: ``a``, ``a or b``, ``a, b or c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}" if parts else ""


def _read(text: str, say: Callable[[], str]) -> str:
    try:
        return say()
    except ExpressionError:
        return f"`{text}`"


class _Words:
    """Says the parts of one expression."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    # --- conditions

    def clause(self, node: Any, negated: bool = False) -> str:
        match node:
            case nodes.Not():
                return self.clause(node.node, not negated)
            case nodes.And():
                return self._both(node, "or" if negated else "and", negated)
            case nodes.Or():
                return self._both(node, "and" if negated else "or", negated)
            case nodes.Compare() if len(node.ops) == 1:
                return self._compare(node.expr, node.ops[0], negated)
            case nodes.Test():
                return self._test(node, negated)
        return self._yes_or_no(node, negated)

    def _both(self, node: Any, word: str, negated: bool) -> str:
        sides = [self.clause(each, negated) for each in (node.left, node.right)]
        return f"{'either ' if word == 'or' and ' or ' not in sides[0] else ''}{sides[0]} {word} {sides[1]}"

    def _yes_or_no(self, node: Any, negated: bool) -> str:
        path = path_of(node)
        if path and len(path) > 1 and path[-1] in _SAID:
            who = self._path(path[:-1]) if len(path) > 2 else f'"{path[0]}"'
            return f"{who} {_SAID[str(path[-1])][negated]}"
        if path and path[0] == "inputs" and len(path) == 2:
            return f"the setting {_spaced(str(path[1]))} is {'no' if negated else 'yes'}"
        verb, _, rest = str(path[-1]).partition("_") if path and len(path) > 1 else ("", "", "")
        if path and rest and verb in _VERBS:
            return f"{self._path(path[:-1])} {_VERBS[verb] if negated else verb} {_spaced(rest)}"
        if isinstance(node, nodes.Const) and isinstance(node.value, bool):
            return "never" if node.value is negated else "always"
        return f"{self.phrase(node)} is {'no' if negated else 'yes'}"

    def _compare(self, left: Any, operand: Any, negated: bool) -> str:
        if operand.op in ("in", "notin"):
            return self._among(left, operand.expr, negated=(operand.op == "notin") is not negated)
        moments = _is_moment(left) or _is_moment(operand.expr)
        words = ({**_COMPARED, **_OF_MOMENTS} if moments else _COMPARED)[operand.op][negated]
        if isinstance(operand.expr, nodes.Const) and operand.expr.value is None:
            return f"{self.phrase(left)} {words} empty"
        return f"{self._side(left, operand.expr)} {words} {self._side(operand.expr, left)}"

    def _side(self, node: Any, other: Any) -> str:
        """Return one side of a comparison; a text beside a time is a span."""
        found = _span_of(node)
        return span(found) if found and (isinstance(other, nodes.BinExpr) or str((path_of(other) or ("",))[-1]).endswith("_at")) else self.phrase(node)

    def _among(self, left: Any, right: Any, *, negated: bool) -> str:
        path = path_of(right)
        no = "not " if negated else ""
        if path and path[0] == "calendars":
            return f"{self.phrase(left)} is {no}within {_spaced(str(path[-1]))}"
        if isinstance(right, (nodes.List, nodes.Tuple)):
            items = [self.phrase(item) for item in right.items]
            return f"{self.phrase(left)} is {'neither ' + joined(items, 'nor') if negated and len(items) > 1 else no + joined(items, 'or')}"
        return f"{self.phrase(left)} is {no}among {self.phrase(right)}"

    def _test(self, node: Any, negated: bool) -> str:
        subject, name = self.phrase(node.node), node.name
        if name in _TESTED:
            return f"{subject} {_TESTED[name][negated]}"
        given = [self.phrase(each) for each in node.args or ()]
        if name == "mentions":
            return f"{subject} {'does not mention' if negated else 'mentions'} {joined(given, 'or')}"
        if name in ("search", "match"):
            return f"{subject} {'does not fit' if negated else 'fits'} the pattern {joined(given, 'or')}"
        return f"{subject} is {'not ' if negated else ''}{_spaced(name)}{' ' + joined(given, 'and') if given else ''}"

    # --- values

    def phrase(self, node: Any) -> str:
        path = path_of(node)
        if path is not None:
            return self._path(path)
        match node:
            case nodes.Const():
                return _constant(node.value)
            case nodes.Filter() if node.node is not None:
                return self._filter(node)
            case nodes.Sub() | nodes.Add() if path_of(node.left) == ("now",) and _span_of(node.right):
                return f"{span(_span_of(node.right) or Duration())} {'ago' if isinstance(node, nodes.Sub) else 'from now'}"
            case nodes.Sub() if path_of(node.left) == ("now",):
                return f"the time since {self.phrase(node.right).removeprefix('the moment when ')}"
            case nodes.BinExpr() if not isinstance(node, (nodes.And, nodes.Or)):
                return f"{self._inner(node.left)} {_CALCULATED.get(node.operator, node.operator)} {self._added(node.right)}"
            case nodes.List() | nodes.Tuple():
                return joined([self.phrase(item) for item in node.items], "and") or "nothing"
            case nodes.CondExpr():
                other = f", else {self.phrase(node.expr2)}" if node.expr2 is not None else ""
                return f"{self.phrase(node.expr1)} if {self.clause(node.test)}{other}"
            case nodes.Concat():
                return " and then ".join(map(self.phrase, node.nodes))
            case nodes.Compare() | nodes.Test() | nodes.And() | nodes.Or() | nodes.Not():
                return f"whether {self.clause(node)}"
        return f"`{unparse(node)}`"

    def _inner(self, node: Any) -> str:
        return f"({self.phrase(node)})" if isinstance(node, nodes.BinExpr) else self.phrase(node)

    def _added(self, node: Any) -> str:
        found = _span_of(node)
        return span(found) if found else self._inner(node)

    def _path(self, path: Sequence[Any]) -> str:
        if path[0] == "inputs" and len(path) == 2 and path[1] in self._known:
            return _constant(self._known[path[1]])
        if tuple(path) == ("loop", "index"):
            return "the number of the round"
        if path[0] == "now":
            return "now" if len(path) == 1 else f"the {_spaced(str(path[1]))} of now"
        if path[0] in ("vars", "steps", "data", "people") and len(path) > 1:
            path = path[1:]
        if path[0] == "arriving" and len(path) > 1:
            path = [f"arriving {path[1]}", *path[2:]]
        owner = self._owner(path[:-1])
        if len(path) > 1 and str(path[-1]).endswith("_at"):
            return f"the moment when {owner} was {_spaced(str(path[-1]).removesuffix('_at'))}"
        return f"{owner}'s {_spaced(str(path[-1]))}" if len(path) > 1 else f"the {_spaced(str(path[0]))}"

    @staticmethod
    def _owner(path: Sequence[Any]) -> str:
        return "the " + "'s ".join(_spaced(str(part)) for part in path)

    def _filter(self, node: Any) -> str:
        inner, given = self.phrase(node.node), [self.phrase(each) for each in node.args or ()]
        if node.name in ("default", "d"):
            return f"{inner}, or {given[0] if given else 'nothing'} where that is missing"
        if node.name == "bucket":
            return f"the sample number (below {joined(given, 'and')}) of {inner}"
        if node.name == "business_day":
            return f"the business day of the month on which {inner} lies{', counted from the last' if node.kwargs or len(given) > 1 else ''},"
        if node.name == "join":
            return f"{inner}, joined by {joined(given, 'and')}" if given else f"{inner}, joined"
        if node.name in _FILTERED:
            return _FILTERED[node.name].format(inner)
        return f"{inner} as `{unparse(node).rpartition(' | ')[2]}`"

    # --- texts

    def template(self, text: str) -> str:
        tree = parse_template(text)
        parts = [part for output in tree.body for part in (output.nodes if isinstance(output, nodes.Output) else [output])]
        if len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData) and isinstance(parts[0], nodes.Expr):
            return self.phrase(parts[0])
        return "".join(map(self._part, parts))

    def _part(self, part: Any) -> str:
        if isinstance(part, nodes.TemplateData):
            return str(part.data)
        return f"«{self.phrase(part)}»" if isinstance(part, nodes.Expr) else "«…»"


def _span_of(node: Any) -> Duration | None:
    return duration(node.value) if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


def _is_moment(node: Any) -> bool:
    if isinstance(node, (nodes.Add, nodes.Sub)):
        return _is_moment(node.left) and _span_of(node.right) is not None
    path = path_of(node)
    return path is not None and (path == ("now",) or str(path[-1]).endswith("_at"))


def _constant(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "yes", False: "no"}[value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):  # a table: what it has an answer for
        value = list(value)
    if isinstance(value, (list, tuple)):
        return joined([_constant(each) for each in value], "and") or "nothing"
    return str(value) if isinstance(value, int) else f'"{value}"'


def _spaced(name: str) -> str:
    return name.replace("_", " ")
