"""The kind ``absence``: a second event did not come in time after a first (R:T4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from ecomflow import (
    Duration,
    DurationText,
    EventTypes,
    Firing,
    Happening,
    Pairs,
    Reaction,
    Watch,
    add_duration,
    hookimpl,
    parse_duration,
    subtract_duration,
    trigger,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_BEGAN: Final = timedelta(hours=24)
"""How long before its arrival an absence may have begun (R:E3)."""

_SECOND: Final = timedelta(seconds=1)

_SEEN: Final = 100
"""Second events that are remembered for the look-back."""


class Absence(Watch):
    """Fires when the second event did not come in time; the run's event is the first.

    Args:
        types: the first events.
        without: the second.
        pairs: what must be equal, or None for the same subject.
        within: the time.
        lookback: how long before the first event a second one counts.
    """

    holds = True

    def __init__(self, types: tuple[str, ...], without: tuple[str, ...], pairs: Any, within: Duration, lookback: Duration) -> None:
        self.types, self.against, self._pairs = types, without, pairs
        self._within, self._lookback = within, lookback
        self.needs = "subject" if pairs is None else "match"
        self.identity = [types, without, None if pairs is None else pairs.source]

    def key(self, happening: Happening) -> str | None:
        """Return what the two events pair by."""
        if self._pairs is None or happening.event is None:
            return happening.subject
        found: str | None = self._pairs.theirs(happening.event.data) if happening.kind == "against" else self._pairs.mine(happening.scope)
        return found

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Begin to wait, wait anew, end the wait, or fire."""
        event, state = happening.event, {"seen": [], "until": None, **(state or {})}
        if happening.kind == "due":
            return self._remember(state, happening, *([Firing(events=happening.held)] if happening.held else []))
        if event is None:
            return Reaction(state, holds=happening.held)
        arrived = happening.arrived or happening.now
        if happening.kind == "against":
            seen = [*state["seen"], [arrived, event.time, happening.number]][-_SEEN:]
            return self._remember({"seen": seen, "until": self._until(happening)}, happening, reason="absence: this is what was waited for")
        # An event of both types begins a wait of its own: it is not what a later one has waited for.
        state["seen"] = [each for each in state["seen"] if each[2] != happening.number]
        since = subtract_duration(arrived, self._lookback, happening.timezone)
        if any(at >= since and time >= event.time for at, time, _ in state["seen"]):
            return self._remember(state, happening, reason="absence: the other event came shortly before")
        due = add_duration(max(min(event.time, happening.now), happening.now - _BEGAN), self._within, happening.timezone)
        outcome = "merged" if happening.held else "held"
        return Reaction(state, wake=max(due, happening.now), outcome=outcome, reason="absence", holds=(happening.number,))

    def _until(self, happening: Happening) -> datetime:
        """Return how long a second event is remembered: a first one may be on its way, held by ``debounce`` (R:T8)."""
        zone = happening.timezone
        return add_duration(add_duration(happening.now, self._lookback, zone), happening.patience, zone) + _SECOND

    def _remember(self, state: dict[str, Any], happening: Happening, *firings: Firing, reason: str = "") -> Reaction:
        until = state["until"]
        if not state["seen"] or until is None or until < happening.now + _SECOND:
            return Reaction(None, firings, reason=reason)
        return Reaction(state, firings, wake=until, reason=reason)


@trigger("absence", keys=("without",))
def absence(event: EventTypes, without: EventTypes, within: DurationText, match: Pairs | None = None, lookback: DurationText = "15m") -> Watch:
    """Fires when a second event did not come in time; scope is the first event.

    Args:
        event: the first event.
        without: the event that should have come.
        within: the span in which it counts.
        match: fields of the arriving event (left) and values of the first one (right) that must be equal.
        lookback: how long before the first event the other may have come and still count.
    """
    return Absence(event, without, match, parse_duration(within), parse_duration(lookback))


@hookimpl
def register_triggers(register: Callable[[object], None]) -> None:
    """Register the kind."""
    register(absence)
