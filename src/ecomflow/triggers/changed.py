"""The kind ``changed``: a field differs from the last value seen for its subject (R:T3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow import DurationText, EventTypes, Expression, Firing, Happening, Reaction, Watch, hookimpl, trigger
from ecomflow.model import MISSING
from ecomflow.triggers.values import STALE, OfSubject, is_stale, scope_before

if TYPE_CHECKING:
    from collections.abc import Callable

Scalar = str | int | float | bool | None
_ANY: Final[Any] = MISSING


class Change(OfSubject):
    """Fires when a field differs from the last value seen for the subject.

    Args:
        types: the events that tell of the field.
        field: where it stands.
        was: the value that it must have had, or anything.
        now: the value that it must have, or anything.
    """

    def __init__(self, types: tuple[str, ...], field: Expression, was: Any, now: Any) -> None:
        self.types, self._field, self._was, self._now = types, field, was, now
        self.identity = [types, field.source]

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Compare the field with the value before."""
        if happening.event is None:
            return Reaction(state)
        if is_stale(state, happening.event):
            return Reaction(state, outcome="stale", reason=STALE)
        value = self._field.value(happening.scope)
        if value is MISSING:
            return Reaction(state, outcome="unknown", reason=f"changed: {self._field.source} is missing")
        before = self._before(state, happening)
        told = {"value": value, "time": happening.event.time}
        if before is MISSING:
            return Reaction(told, reason=f"changed: {self._field.source} is seen for the first time", still=self._fits(value, self._now))
        if same(before, value):
            return Reaction(told, reason=f"changed: {self._field.source} is what it was", still=True)
        if not (self._fits(before, self._was) and self._fits(value, self._now)):
            return Reaction(told, reason=f"changed: {self._field.source} changed from {before} to {value}")
        return Reaction(told, (Firing(adds={"from": before, "to": value}),))

    def _before(self, state: Any, happening: Happening) -> Any:
        scope = scope_before(happening)
        carried = MISSING if scope is None else self._field.value(scope)
        return carried if carried is not MISSING else state["value"] if state else MISSING

    def _fits(self, value: Any, wanted: Any) -> bool:
        return wanted is _ANY or same(value, wanted)


def same(one: Any, other: Any) -> bool:
    """Return whether two values are the same to a condition: 1 is 1.0, and neither is true or a text."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


@trigger("changed", adds=("from", "to"))
def changed(
    event: EventTypes, changed: Expression, from_: Scalar = _ANY, to: Scalar = _ANY, holds_for: DurationText | None = None,
) -> Watch:  # fmt: skip
    """Fires when a field differs from the last one seen for the subject.

    Args:
        event: what tells of the field.
        changed: the field that is watched.
        from_: only where it had this value before.
        to: only where it has this value now.
        holds_for: fire once the conditions have been true for this long since.
    """
    del holds_for  # a stage of its own, for any trigger
    return Change(event, changed, from_, to)


@hookimpl
def register_triggers(register: Callable[[object], None]) -> None:
    """Register the kind."""
    register(changed)
