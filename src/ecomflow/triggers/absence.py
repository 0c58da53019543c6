"""The kind ``absence``: a second event did not come in time after a first (R:T4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from ecomflow import (
    Duration,
    DurationText,
    Event,
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
        seen = self._seen(state, happening)
        if happening.kind == "due":
            return self._remember(seen, happening, Firing(events=happening.held)) if happening.held else self._remember(seen, happening)
        event = happening.event
        if event is None:
            return Reaction(state, holds=happening.held)
        arrived = happening.arrived or happening.now
        if happening.kind == "against":
            seen = [*seen, [arrived, event.time, happening.number]][-_SEEN:]
            return self._remember(seen, happening, reason="absence: this is what was waited for")
        # An event of both types begins a wait of its own: it is not what a later one has waited for.
        seen = [each for each in seen if each[2] != happening.number]
        if self._came(seen, event, arrived, happening):
            return self._remember(seen, happening, reason="absence: the other event came shortly before")
        due = add_duration(max(min(event.time, happening.now), happening.now - _BEGAN), self._within, happening.timezone)
        outcome = "merged" if happening.held else "held"
        return Reaction({"seen": seen}, wake=max(due, happening.now), outcome=outcome, reason="absence", holds=(happening.number,))

    def _came(self, seen: list[Any], event: Event, arrived: datetime, happening: Happening) -> bool:
        """Return whether the second event came since shortly before the first, while that one was on its way, too (R:T4)."""
        since = subtract_duration(arrived, self._lookback, happening.timezone)
        return any(at >= since and time >= event.time for at, time, _ in seen)

    def _seen(self, state: Any, happening: Happening) -> list[Any]:
        """Return the second events that may still count, each with its arrival, its time and its number."""
        since = self._moved(subtract_duration, happening.arrived or happening.now, happening)
        return [each for each in (state or {}).get("seen", ()) if each[0] >= since]

    def _remember(self, seen: list[Any], happening: Happening, *firings: Firing, reason: str = "") -> Reaction:
        if not seen:
            return Reaction(None, firings, reason=reason)
        wake = max(self._moved(add_duration, seen[-1][0], happening), happening.now) + timedelta(seconds=1)
        return Reaction({"seen": seen}, firings, wake=wake, reason=reason)

    def _moved(self, move: Callable[[datetime, Duration, str], datetime], moment: datetime, happening: Happening) -> datetime:
        """Move a moment by how long a second event may count: the first one may be held on its way."""
        return move(move(moment, self._lookback, happening.timezone), happening.patience, happening.timezone)


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
