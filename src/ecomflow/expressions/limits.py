"""What bounds the work and the size of every expression and template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from ecomflow.errors import ExpressionError

MAX_EXPRESSION: Final = 10_000
MAX_SOURCE: Final = 262_144
MAX_DEPTH: Final = 100
MAX_NODES: Final = 20_000
MAX_TEXT: Final = 262_144
MAX_WEIGHT: Final = 1_048_576
_ITEM: Final = 8
MAX_WIDTH: Final = 1_000
MAX_DIGITS: Final = 100
MAX_STEPS: Final = 100_000


@dataclass(slots=True)
class _Budget:
    steps: int = MAX_STEPS
    characters: int = MAX_TEXT


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


def too_large(what: str) -> ExpressionError:
    """Return the error for a value beyond its limit."""
    return ExpressionError("EF208", f"{what} is larger than allowed")


@contextmanager
def budget() -> Iterator[None]:
    """Bound everything that is rendered inside: its steps and the characters it writes."""
    token = _budget.set(_Budget())
    try:
        yield
    finally:
        _budget.reset(token)


def spend(steps: int, characters: int = 0) -> None:
    """Take from the budget of the template that is being rendered, if one is.

    Raises:
        ExpressionError: nothing is left.
    """
    left = _budget.get()
    if left is None:
        return
    left.steps -= steps
    left.characters -= characters
    if left.steps < 0:
        raise ExpressionError("EF208", f"the template needs more than {MAX_STEPS:,} steps")
    if left.characters < 0:
        raise too_large("the template's text")


def limited(value: Any) -> Any:
    """Return the value, if it is not larger than allowed, and count the work that it was."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise too_large("a text")
        spend(1 + len(value) // 64)
    elif isinstance(value, (list, dict)):
        spend(1 + weigh(value) // 64)
    return value


def weigh(value: Any) -> int:
    """Return the size of a value, everything counted as often as it would be written.

    Raises:
        ExpressionError: it is larger than allowed.
    """
    weight, stack = 0, [value]
    while stack:
        item = stack.pop()
        weight += _ITEM
        if isinstance(item, str):
            weight += len(item)
        elif isinstance(item, Mapping):
            weight += sum(len(key) for key in item if isinstance(key, str))
            stack.extend(item.values())
        elif isinstance(item, (list, tuple)):
            stack.extend(item)
        if weight + _ITEM * len(stack) > MAX_WEIGHT:
            raise too_large("a list or mapping")
    return weight
