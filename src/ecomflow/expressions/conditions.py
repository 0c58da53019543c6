"""Conditions: leaves under all and any, asked in three values and explained leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Protocol

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.compiler import Compiler, guarded, negate
from ecomflow.expressions.env import Env
from ecomflow.expressions.explaining import Seen, describe
from ecomflow.expressions.parts import Test
from ecomflow.expressions.remembering import remembered
from ecomflow.expressions.syntax import parse_expression
from ecomflow.expressions.unparse import unparse
from ecomflow.model import Leaf

Paths = tuple[tuple[str, ...], ...]


class Condition(Protocol):
    """What every condition of this room is; see :class:`ecomflow.model.Condition`."""

    @property
    def source(self) -> str:
        """Its text, or its label."""

    @property
    def paths(self) -> Paths:
        """Every constant path that it reads."""

    @property
    def test(self) -> Test:
        """Return true, false, or None for unknown; never raises."""

    def explain(self, scope: Mapping[str, Any]) -> Sequence[Leaf]:
        """Return its leaves in order, each with what it saw; those after the deciding one are not asked."""

    def decisive(self, scope: Mapping[str, Any]) -> Leaf:
        """Return the first leaf that decided."""

    def silent(self) -> Sequence[Leaf]:
        """Return its leaves as not asked."""

    def negated(self) -> Condition:
        """Return the condition that holds where this one does not."""


@dataclass(frozen=True, slots=True)
class Single:
    """One leaf: a comparison, a test, a yes or no.

    Attributes:
        node: its syntax tree; ``positive`` is false under ``not``.
        seen: how its values are read again for people.
    """

    source: str
    paths: Paths
    test: Test
    node: nodes.Expr
    seen: Seen
    positive: bool = True

    def explain(self, scope: Mapping[str, Any]) -> Sequence[Leaf]:
        """Return this leaf with what it saw."""
        return (self.decisive(scope),)

    def decisive(self, scope: Mapping[str, Any]) -> Leaf:
        """Return this leaf with what it saw."""
        outcome = self.test(scope)
        detail, hint = describe(self.node, self.seen, scope, outcome, positive=self.positive)
        return Leaf(self.source, outcome, detail, hint)

    def silent(self) -> Sequence[Leaf]:
        """Return this leaf as not asked."""
        return (Leaf(self.source, None, asked=False),)

    def negated(self) -> Condition:
        """Return this leaf turned around."""
        source = self.source.removeprefix("not ") if not self.positive else f"not {_bracketed(self.node, self.source)}"
        return replace(self, source=source, test=negate(self.test), positive=not self.positive)


def _bracketed(node: nodes.Expr, text: str) -> str:
    return f"({text})" if isinstance(node, (nodes.Compare, nodes.Test, nodes.CondExpr)) else text


@dataclass(frozen=True, slots=True)
class Several:
    """All of its parts, or any of them."""

    parts: tuple[Condition, ...]
    every: bool
    test: Test

    @property
    def source(self) -> str:
        """The texts of its parts."""
        return (" and " if self.every else " or ").join(f"({part.source})" if isinstance(part, Several) else part.source for part in self.parts)

    @property
    def paths(self) -> Paths:
        """Every constant path that its parts read."""
        return tuple(dict.fromkeys(path for part in self.parts for path in part.paths))

    def explain(self, scope: Mapping[str, Any]) -> Sequence[Leaf]:
        """Return the leaves of all parts; those after the deciding part are not asked."""
        leaves: list[Leaf] = []
        decided = False
        for part in self.parts:
            leaves.extend(part.silent() if decided else part.explain(scope))
            decided = decided or part.test(scope) is (not self.every)
        return leaves

    def decisive(self, scope: Mapping[str, Any]) -> Leaf:
        """Return the first leaf that decided."""
        if not self.parts:
            return Leaf("no condition", self.every)
        outcome = self.test(scope)
        return next(part for part in self.parts if part.test(scope) is outcome).decisive(scope)

    def silent(self) -> Sequence[Leaf]:
        """Return the leaves of all parts as not asked."""
        return [leaf for part in self.parts for leaf in part.silent()]

    def negated(self) -> Condition:
        """Return the condition that holds where this one does not: any for all, each part turned around."""
        return _several([part.negated() for part in self.parts], every=not self.every)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A condition with a name of its own: one leaf to people."""

    source: str
    inner: Condition

    @property
    def test(self) -> Test:
        """Return what the condition itself gives."""
        return self.inner.test

    @property
    def paths(self) -> Paths:
        """Every constant path that it reads."""
        return self.inner.paths

    def explain(self, scope: Mapping[str, Any]) -> Sequence[Leaf]:
        """Return one leaf under its label."""
        return (self.decisive(scope),)

    def decisive(self, scope: Mapping[str, Any]) -> Leaf:
        """Return one leaf under its label, with what the deciding leaf inside saw."""
        leaf = self.inner.decisive(scope)
        detail = leaf.detail if isinstance(self.inner, Single) else f"{leaf.source}: {leaf.detail}"
        return replace(leaf, source=self.source, detail=detail)

    def silent(self) -> Sequence[Leaf]:
        """Return the leaf as not asked."""
        return (Leaf(self.source, None, asked=False),)

    def negated(self) -> Condition:
        """Return the condition that holds where this one does not, under ``not`` and the label."""
        return Labelled(f"not {self.source}", self.inner.negated())


@remembered
def compile_condition(text: str, env: Env, label: str | None = None) -> Condition:
    """Compile a condition of one expression; ``and``, ``or`` and ``not`` inside become leaves of their own.

    Args:
        text: the expression.
        env: what it is compiled against.
        label: the name under which people see it.

    Raises:
        ExpressionError: it is none, or names what does not exist.
    """
    compiler = Compiler(env)
    condition = _of_node(compiler, parse_expression(text), text.strip())
    return condition if label is None else Labelled(label, condition)


def _of_node(compiler: Compiler, node: nodes.Expr, source: str | None = None) -> Condition:
    if isinstance(node, (nodes.And, nodes.Or)):
        parts = [_of_node(compiler, part) for part in _flat(node, type(node))]
        return _several(parts, every=isinstance(node, nodes.And))
    if isinstance(node, nodes.Not):
        return _of_node(compiler, node.node).negated()
    own = Compiler(compiler.env)
    test = own.test(node)
    return Single(source or unparse(node), tuple(own.paths), test if _cannot_fail(node) else guarded(test), node, Seen(own))


def _flat(node: nodes.Expr, kind: type[nodes.BinExpr]) -> list[nodes.Expr]:
    return [*_flat(node.left, kind), *_flat(node.right, kind)] if isinstance(node, kind) else [node]


def _cannot_fail(node: nodes.Expr) -> bool:
    """Return whether asking can never raise: paths and constants compared, nothing computed."""
    simple = (nodes.Getattr, nodes.Name, nodes.Const)
    return isinstance(node, simple) or (isinstance(node, nodes.Compare) and all(isinstance(part, (*simple, nodes.Operand)) for part in node.find_all(nodes.Node)) and all(op.op not in ("in", "notin") for op in node.ops))


def _several(parts: Iterable[Condition], *, every: bool) -> Condition:
    found = tuple(parts)
    if len(found) == 1:
        return found[0]
    inner = tuple(part for item in found for part in (item.parts if isinstance(item, Several) and item.every is every and item.parts else (item,)))
    return Several(inner, every, _combined([part.test for part in inner], every=every))


def _combined(tests: list[Test], *, every: bool) -> Test:
    """Return Kleene's and, or or, of tests."""
    neutral, decides = (True, False) if every else (False, True)
    if not tests:
        return lambda _: neutral

    def two(first: Test, second: Test) -> Test:
        def test(scope: Mapping[str, Any]) -> bool | None:
            left = first(scope)
            if left is decides:
                return decides
            right = second(scope)
            return right if left is neutral or right is decides else None

        return test

    def many(scope: Mapping[str, Any]) -> bool | None:
        result: bool | None = neutral
        for test in tests:
            outcome = test(scope)
            if outcome is decides:
                return decides
            if outcome is None:
                result = None
        return result

    return reduce(two, tests) if len(tests) <= _FEW else many


_FEW = 3


def all_of(parts: Iterable[Condition]) -> Condition:
    """Return the condition that all of some conditions hold; of none it holds."""
    return _several(parts, every=True)


def any_of(parts: Iterable[Condition]) -> Condition:
    """Return the condition that any of some conditions holds; of none it does not."""
    return _several(parts, every=False)


def not_(condition: Condition) -> Condition:
    """Return the condition that another does not hold; unknown stays unknown."""
    return condition.negated()


__all__ = ["Condition", "ExpressionError", "Labelled", "Several", "Single", "all_of", "any_of", "compile_condition", "not_"]
