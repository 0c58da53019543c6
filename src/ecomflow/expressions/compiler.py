"""Syntax tree to closures: what a part gives for a scope, and whether it holds, in three values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.calls import filter_call, test_call
from ecomflow.expressions.comparing import comparison
from ecomflow.expressions.durations import TIME_PARTS
from ecomflow.expressions.env import Env
from ecomflow.expressions.limits import limited
from ecomflow.expressions.operators import concat, operate
from ecomflow.expressions.parts import Test, refused
from ecomflow.expressions.paths import Value, constant_of, path_of, reader, step
from ecomflow.expressions.values import every, some
from ecomflow.model import MISSING, OMIT

_SCALARS: Final = frozenset({"number", "bool", "text", "list", "mapping"})


class Compiler:
    """Compiles the parts of one expression or template.

    Attributes:
        env: what it is compiled against.
        paths: every constant path that was read so far.
        local: names that the template itself sets, which no schema knows.
    """

    def __init__(self, env: Env, local: frozenset[str] = frozenset()) -> None:
        self.env, self.local, self.tz = env, local, env.tz
        self.paths: dict[tuple[str, ...], str | None] = {}

    # --- values

    def value(self, node: nodes.Node) -> Value:
        """Return the closure that gives a part's value, or MISSING."""
        if (path := path_of(node)) is not None:
            return self._path(node, path)
        for base, build in _VALUES.items():
            if isinstance(node, base):
                return build(self, node)
        if isinstance(node, (nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Test)):
            return _as_value(self.test(node))
        raise refused(node)

    def _path(self, node: nodes.Node, path: tuple[Any, ...]) -> Value:
        if path == ("omit",):
            return lambda _: OMIT
        self.type_of(node)
        return reader(path, self.tz)

    def type_of(self, node: nodes.Node) -> str | None:
        """Return the schema's word for a constant path, asking for each of its prefixes; None where nothing is known."""
        path = path_of(node)
        named = tuple(part for part in path or () if isinstance(part, str))
        if path is None or named[0] in self.local:
            return None
        if len(named) < len(path):
            self._note_prefix(node)
            return None
        if named not in self.paths:
            self.paths[named] = None
            self.paths[named] = self._ask(node, named)
        return self.paths[named]

    def _note_prefix(self, node: nodes.Node) -> None:
        """Ask for the part of a path before its first number; what is in a list has no path of its own."""
        while not all(isinstance(part, str) for part in path_of(node) or ()):
            node = node.node  # type: ignore[attr-defined] # a path with a number has a part
        self.type_of(node)

    def _ask(self, node: nodes.Node, path: tuple[str, ...]) -> str | None:
        if self.env.resolve is None:
            return None
        if len(path) > 1:
            before = self._known(node.node, path[:-1])  # type: ignore[attr-defined]
            if path[-1] in TIME_PARTS and before in (None, "text", "moment", "date"):
                return "number"
        offset = node.lineno + (1 if isinstance(node, (nodes.Getattr, nodes.Getitem)) else 0)
        return self.env.resolve(path, offset, len(path[-1]))

    def _known(self, node: nodes.Node, path: tuple[str, ...]) -> str | None:
        return self.paths[path] if path in self.paths else self._ask(node, path)

    def static(self, node: nodes.Node) -> str | None:
        """Return the kind that a part certainly has, if that is known: of constants and of paths with a schema."""
        constant = constant_of(node)
        if constant is not MISSING:
            return {str: "text", bool: "bool", type(None): None}.get(type(constant), "number")
        if isinstance(node, (nodes.List, nodes.Tuple)):
            return "list"
        word = self.type_of(node) if path_of(node) is not None else None
        return word if word in _SCALARS else None

    def _const(self, node: nodes.Const) -> Value:
        value = node.value
        return lambda _: value

    def _sequence(self, node: Any) -> Value:
        items = [self.value(item) for item in node.items]
        if all(constant_of(item) is not MISSING for item in node.items):
            return lambda scope: [item(scope) for item in items]
        return lambda scope: _whole([item(scope) for item in items])

    def _mapping(self, node: nodes.Dict) -> Value:
        if not all(_can_be_key(pair.key) for pair in node.items):
            raise ExpressionError("EF202", "the keys of a mapping are texts in quotes", offset=node.lineno)
        keys, values = [self.value(pair.key) for pair in node.items], [self.value(pair.value) for pair in node.items]

        def build(scope: Mapping[str, Any]) -> Any:
            named, found = [key(scope) for key in keys], _whole([value(scope) for value in values])
            whole = found is not MISSING and all(isinstance(name, str) for name in named)
            return dict(zip(named, found, strict=True)) if whole else MISSING

        return build

    def _binary(self, node: nodes.BinExpr) -> Value:
        left, right, operator, tz = self.value(node.left), self.value(node.right), node.operator, self.tz
        return lambda scope: operate(str(operator), left(scope), right(scope), tz)

    def _sign(self, node: nodes.UnaryExpr) -> Value:
        constant = constant_of(node)
        if constant is not MISSING:
            return lambda _: constant
        inner, operator, tz = self.value(node.node), "-" if isinstance(node, nodes.Neg) else "+", self.tz
        return lambda scope: operate(operator, 0, inner(scope), tz)

    def _concat(self, node: nodes.Concat) -> Value:
        parts = [self.value(part) for part in node.nodes]
        return lambda scope: concat([part(scope) for part in parts])

    def _choice(self, node: nodes.CondExpr) -> Value:
        test, then = self.test(node.test), self.value(node.expr1)
        other = self.value(node.expr2) if node.expr2 is not None else lambda _: None

        def choose(scope: Mapping[str, Any]) -> Any:
            outcome = test(scope)
            return MISSING if outcome is None else then(scope) if outcome else other(scope)

        return choose

    def _item(self, node: nodes.Getitem) -> Value:
        whole, tz = self.value(node.node), self.tz
        if isinstance(node.arg, nodes.Slice):
            ends = [self.value(end) if end is not None else lambda _: None for end in (node.arg.start, node.arg.stop, node.arg.step)]
            return lambda scope: _sliced(whole(scope), [end(scope) for end in ends])
        part = self.value(node.arg)
        return lambda scope: step(whole(scope), part(scope), tz)

    def _attribute(self, node: nodes.Getattr) -> Value:
        whole, part, tz = self.value(node.node), node.attr, self.tz
        return lambda scope: step(whole(scope), part, tz)

    def _filter(self, node: nodes.Filter) -> Value:
        if node.node is None:
            raise refused(node)
        return filter_call(self, node)

    # --- tests

    def test(self, node: nodes.Node) -> Test:
        """Return the closure that gives a part's outcome: true, false, or None for unknown."""
        if isinstance(node, nodes.Compare):
            return comparison(self, node)
        if isinstance(node, nodes.Test):
            return test_call(self, node)
        if isinstance(node, (nodes.And, nodes.Or)):
            return _both(self.test(node.left), self.test(node.right), every if isinstance(node, nodes.And) else some)
        if isinstance(node, nodes.Not):
            return negate(self.test(node.node))
        value = self.value(node)

        def test(scope: Mapping[str, Any]) -> bool | None:
            found = value(scope)
            return found if found is True or found is False else None

        return test


def negate(test: Test) -> Test:
    """Return the test that holds where the other does not."""

    def negated(scope: Mapping[str, Any]) -> bool | None:
        outcome = test(scope)
        return None if outcome is None else not outcome

    return negated


def guarded(test: Test) -> Test:
    """Return the test that is unknown where the other cannot be computed."""

    def guard(scope: Mapping[str, Any]) -> bool | None:
        try:
            return test(scope)
        except (ExpressionError, ArithmeticError, ValueError):  # beyond a limit, or beyond the calendar
            return None

    return guard


def _both(left: Test, right: Test, combine: Callable[[Any], bool | None]) -> Test:
    first, second = guarded(left), guarded(right)
    return lambda scope: combine(test(scope) for test in (first, second))


def _as_value(test: Test) -> Value:
    def value(scope: Mapping[str, Any]) -> Any:
        outcome = test(scope)
        return MISSING if outcome is None else outcome

    return value


def _whole(items: list[Any]) -> Any:
    return MISSING if any(item is MISSING for item in items) else limited(items)


def _can_be_key(node: nodes.Node) -> bool:
    """Return whether a part may give a key: a bare name is more often a quote forgotten than a name that is meant."""
    constant = constant_of(node)
    return isinstance(constant, str) or (constant is MISSING and not isinstance(node, nodes.Name))


def _sliced(whole: Any, ends: list[Any]) -> Any:
    fine = all(end is None or (type(end) is int and abs(end) < 2**31) for end in ends) and ends[2] != 0
    return whole[slice(*ends)] if fine and isinstance(whole, (list, tuple, str)) else MISSING


_VALUES: Final[dict[Any, Callable[[Compiler, Any], Value]]] = {
    nodes.Const: Compiler._const,  # noqa: SLF001 the class's own table
    nodes.List: Compiler._sequence,  # noqa: SLF001
    nodes.Tuple: Compiler._sequence,  # noqa: SLF001
    nodes.Dict: Compiler._mapping,  # noqa: SLF001
    (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow): Compiler._binary,  # noqa: SLF001
    (nodes.Neg, nodes.Pos): Compiler._sign,  # noqa: SLF001
    nodes.Concat: Compiler._concat,  # noqa: SLF001
    nodes.CondExpr: Compiler._choice,  # noqa: SLF001
    nodes.Getitem: Compiler._item,  # noqa: SLF001
    nodes.Getattr: Compiler._attribute,  # noqa: SLF001
    nodes.Filter: Compiler._filter,  # noqa: SLF001
}
