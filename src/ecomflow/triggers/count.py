"""The kind ``count``: so many events, or so much of something, within a span (R:T5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ecomflow import EventTypes, Expression, ExpressionError, Firing, Happening, Reaction, Watch, hookimpl, trigger
from ecomflow.triggers.values import key_text
from ecomflow.triggers.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOST: Final = 10_000
"""Events of a window; the oldest leave."""


class Count(Watch):
    """Fires when a window fills, and again only after it has been below.

    Args:
        types: what is counted.
        enough: from which number on it is full.
        amount: what is added up instead, or None.
        window: the span.
        of: whose window it is, or None for one of all.
    """

    holds = True

    def __init__(self, types: tuple[str, ...], enough: Decimal, amount: Expression | None, window: Window, of: Expression | None) -> None:
        self.types, self._enough, self._amount, self._window, self._of = types, enough, amount, window, of
        self.needs = "key" if of is None else of.source
        self.identity = [types, amount and amount.source, of and of.source]

    def key(self, happening: Happening) -> str | None:
        """Return whose window an event is in."""
        return key_text(self._of, happening)

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Let old events leave, take the new one, and fire where the window is full now and was not before."""
        if happening.event is None:
            return Reaction(None)
        amount = Decimal(1) if self._amount is None else self._amount.value(happening.scope)
        marks = self._left(state, happening)
        if isinstance(amount, bool) or not isinstance(amount, (int, Decimal)):
            return self._answer(marks, happening, outcome="unknown", reason=f"count: {self._amount and self._amount.source} is no number")
        before = sum((mark[1] for mark in marks), Decimal(0))
        marks = [*marks, [happening.now, amount, happening.number]][-_MOST:]
        after = sum((mark[1] for mark in marks), Decimal(0))
        if before < self._enough <= after:
            return self._answer(marks, happening, Firing(events=_numbers(marks)))
        outcome = "merged" if len(marks) > 1 else "held"
        return self._answer(marks, happening, outcome=outcome, reason=f"count: {after} of {self._enough}")

    def _left(self, state: Any, happening: Happening) -> list[Any]:
        begins = self._window.begins(happening.now, happening.timezone)
        return [mark for mark in state or () if mark[0] > begins]

    def _answer(self, marks: list[Any], happening: Happening, *firings: Firing, outcome: Any = "not_matched", reason: str = "") -> Reaction:
        wake = self._window.ends(marks[-1][0], happening.timezone) if marks else None
        return Reaction(marks or None, firings, wake, reason, outcome, _numbers(marks))


def _numbers(marks: Sequence[Any]) -> tuple[int, ...]:
    return tuple(mark[2] for mark in marks)


@trigger("count", keys=("at_least", "sum"))
def count(event: EventTypes, at_least: Decimal, within: str, sum: Expression | None = None, key: Expression | None = None) -> Watch:
    """Fires when a window has enough events, and again only after it has had fewer.

    Args:
        event: what is counted.
        at_least: fire when there are so many.
        within: the span in which it counts: `7d`, or `day`, `week`, `month` of the calendar.
        sum: add this up instead of counting.
        key: whose: one window for each value.
    """
    if at_least <= 0:
        raise ValueError("at_least: it is above 0")
    if sum is None and (at_least != int(at_least) or at_least > _MOST):
        raise ValueError(f"at_least: a number of events, at most {_MOST}")
    try:
        window = Window(within)
    except ExpressionError as error:
        raise ValueError(f"within: {error.message}; write a duration such as `7d`, or `day`, `week` or `month`") from error
    return Count(event, at_least, sum, window, key)


@hookimpl
def register_triggers(register: Callable[[object], None]) -> None:
    """Register the kind."""
    register(count)
