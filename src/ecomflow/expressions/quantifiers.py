"""Conditions over the items of a list: some, every, none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ecomflow.expressions.conditions import Condition, Paths
from ecomflow.expressions.expression import CompiledExpression
from ecomflow.expressions.parts import Test
from ecomflow.expressions.values import kind, show
from ecomflow.model import MISSING, Leaf

_MAX_ITEMS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Quantified:
    """``some`` or ``every`` item of a list fulfils a condition; ``none`` is every item not fulfilling it.

    Attributes:
        word: how it is written.
        items: the expression of the list; ``name`` is what an item is called in ``inner``.
        inner: what is asked of each item, turned around for ``none``.
        all_of: whether every item must fulfil it, or one.
    """

    word: str
    items: CompiledExpression
    name: str
    inner: Condition
    written: str
    all_of: bool

    @property
    def source(self) -> str:
        """How it reads."""
        return f"{self.word} {self.items.source}: {self.written}"

    @property
    def paths(self) -> Paths:
        """Every constant path that it reads outside of the items."""
        return (*self.items.paths, *(path for path in self.inner.paths if path[0] != self.name))

    @property
    def test(self) -> Test:
        """Return true, false, or None for unknown: Kleene's and, or or, over the items."""
        return self._test

    def _test(self, scope: Mapping[str, Any]) -> bool | None:
        items = self._items(scope)
        if items is None:
            return None
        decides, result = not self.all_of, self.all_of
        unknown, own, test = False, dict(scope), self.inner.test
        for item in items:
            own[self.name] = item
            outcome = test(own)
            if outcome is decides:
                return decides
            unknown = unknown or outcome is None
        return None if unknown else result

    def _items(self, scope: Mapping[str, Any]) -> Sequence[Any] | None:
        items = self.items.value(scope)
        return items if isinstance(items, (list, tuple)) and len(items) <= _MAX_ITEMS else None

    def explain(self, scope: Mapping[str, Any]) -> Sequence[Leaf]:
        """Return it as one leaf."""
        return (self.decisive(scope),)

    def decisive(self, scope: Mapping[str, Any]) -> Leaf:
        """Return it as one leaf, with the item that decided."""
        outcome, items = self.test(scope), self._items(scope)
        if items is None:
            value = self.items.value(scope)
            path = self.items.source
            detail = f"{path} is missing" if value is MISSING else f"{path} = {show(value)} is a {kind(value)}, no list"
            return Leaf(self.source, None, detail, f"a list for {path}")
        found = next(((position, item) for position, item in enumerate(items) if self.inner.test({**scope, self.name: item}) is outcome), None)
        if found is None or outcome is self.all_of:
            return Leaf(self.source, outcome, f"{len(items)} items", self._hint(items, scope, outcome))
        leaf = self.inner.decisive({**scope, self.name: found[1]})
        return Leaf(self.source, outcome, f"item {found[0] + 1} of {len(items)}: {leaf.detail}", leaf.hint)

    def _hint(self, items: Sequence[Any], scope: Mapping[str, Any], outcome: bool | None) -> str:
        if outcome is not False:
            return ""
        return self.inner.decisive({**scope, self.name: items[0]}).hint if items else "an item that fulfils it"

    def silent(self) -> Sequence[Leaf]:
        """Return it as one leaf that was not asked."""
        return (Leaf(self.source, None, asked=False),)

    def negated(self) -> Condition:
        """Return the condition that holds where this one does not."""
        turned = not self.word.startswith("not ")
        word = f"not {self.word}" if turned else self.word.removeprefix("not ")
        return replace(self, word=word, inner=self.inner.negated(), all_of=not self.all_of)


def some(items: CompiledExpression, name: str, condition: Condition) -> Condition:
    """Return the condition that at least one item of a list fulfils another.

    Args:
        items: the expression of the list.
        name: what an item is called in the condition.
        condition: what is asked of each item.
    """
    return Quantified("some", items, name, condition, condition.source, all_of=False)


def every(items: CompiledExpression, name: str, condition: Condition) -> Condition:
    """Return the condition that every item of a list fulfils another; of none it holds."""
    return Quantified("every", items, name, condition, condition.source, all_of=True)


def none(items: CompiledExpression, name: str, condition: Condition) -> Condition:
    """Return the condition that no item of a list fulfils another; of none it holds."""
    return Quantified("none", items, name, condition.negated(), condition.source, all_of=True)


