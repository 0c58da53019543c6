"""The kind ``threshold``: a value crosses a line (R:T2)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ecomflow import EventTypes, Expression, Firing, Happening, Reaction, Watch, hookimpl, trigger
from ecomflow.triggers.values import STALE, OfSubject, is_stale, scope_before

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Line:
    """A line, and the value at which what has crossed it is back.

    Args:
        below: whether it is crossed downwards.
        at: where it lies.
        rearm_at: where a value is back; at the line by default.
    """

    def __init__(self, *, below: bool, at: Expression, rearm_at: Expression | None) -> None:
        self._below, self._at, self._back = below, at, rearm_at or at

    def is_crossed(self, value: Any, scope: Mapping[str, Any]) -> bool | None:
        """Return whether a value is beyond the line; None where line or value is no number."""
        return self._beyond(value, self._at.value(scope))

    def is_back(self, value: Any, scope: Mapping[str, Any]) -> bool | None:
        """Return whether a value is back; None where that cannot be known."""
        found = self._beyond(value, self._back.value(scope))
        return None if found is None else not found

    def _beyond(self, value: Any, line: Any) -> bool | None:
        if not (_is_number(value) and _is_number(line)):
            return None
        beyond: bool = value < line if self._below else value > line
        return beyond


class Crossing(OfSubject):
    """Fires when a value crosses a line, once until it has been back.

    Args:
        types: the events that tell of the value.
        value: where it stands.
        line: what it crosses.
    """

    def __init__(self, types: tuple[str, ...], value: Expression, line: Line) -> None:
        self.types, self._value, self._line = types, value, line
        self.identity = [types, value.source]

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Compare the value with the one before."""
        if happening.event is None:
            return Reaction(state)
        if is_stale(state, happening.event):
            return Reaction(state, outcome="stale", reason=STALE)
        scope = happening.scope
        value = self._value.value(scope)
        crossed, back = self._line.is_crossed(value, scope), self._line.is_back(value, scope)
        if crossed is None or back is None:
            return Reaction(state, outcome="unknown", reason=f"threshold: {self._value.source} or its line is no number")
        before, armed = self._before(state, happening)
        fires = crossed and armed
        told = {"value": value, "armed": not crossed if armed is None else (armed or back) and not crossed, "time": happening.event.time}
        firings = (Firing(adds={"previous": before}),) if fires else ()
        return Reaction(told, firings, reason="threshold: it has crossed no line", still=crossed)

    def _before(self, state: Any, happening: Happening) -> tuple[Any, bool | None]:
        """Return the value before and whether a crossing counts; None where no value has been seen."""
        armed: bool | None = state["armed"] if state else None
        scope = scope_before(happening)
        previous = self._value.value(scope) if scope is not None else None
        if scope is None or not _is_number(previous):
            return (state["value"] if state else None), armed
        if self._line.is_crossed(previous, scope):
            return previous, False
        return previous, armed is not False or bool(self._line.is_back(previous, scope))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


@trigger("threshold", keys=("value", "below", "above", "rearm_at"), adds=("previous",))
def threshold(
    event: EventTypes, value: Expression, below: Expression | None = None, above: Expression | None = None, rearm_at: Expression | None = None
) -> Watch:
    """Fires when a value crosses a line, and again only after it has been back.

    Args:
        event: what tells of the value.
        value: the number that is watched.
        below: fire when the value falls below this.
        above: fire when the value rises above this.
        rearm_at: fire again only after the value has been back here; at the line by default.
    """
    if (below is None) == (above is None):
        raise ValueError("it has exactly one of `below`, `above`")
    line = below if below is not None else above
    return Crossing(event, value, Line(below=below is not None, at=line, rearm_at=rearm_at))


@hookimpl
def register_triggers(register: Callable[[object], None]) -> None:
    """Register the kind."""
    register(threshold)
