"""The kind ``date``: relative to a date that events carry (R:T6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from ecomflow import (
    Duration,
    EventTypes,
    Expression,
    ExpressionError,
    Firing,
    Happening,
    Reaction,
    Watch,
    add_duration,
    at_local,
    hookimpl,
    moment_of,
    parse_duration,
    trigger,
)
from ecomflow.model import MISSING
from ecomflow.triggers.values import STALE, OfSubject, is_stale

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Moment:
    """From a date to the moment that it stands for.

    Attributes:
        offset: how long before or after it.
        at: the time of day, or None for that of the date itself.
    """

    offset: Duration
    at: time | None

    def of(self, value: Any, timezone: str) -> datetime | None:
        """Return the moment; None where the value is no date."""
        zone = ZoneInfo(timezone)
        found = moment_of(value, zone)
        if found is None:
            return None
        moved = add_duration(found, self.offset, timezone)
        return moved if self.at is None else at_local(datetime.combine(moved.astimezone(zone).date(), self.at), zone)


class OnDate(OfSubject):
    """Fires at a moment that the subject's last event named.

    Args:
        types: the events that carry the date.
        date: where it stands.
        moment: what it stands for.
        late: whether a moment that is over already fires.
    """

    holds = lapses = True

    def __init__(self, types: tuple[str, ...], date: Expression, moment: Moment, *, late: bool) -> None:
        self.types, self._date, self._moment, self._late = types, date, moment, late
        self.identity = [types, date.source]

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Keep the date, move it, drop it, or fire."""
        if happening.event is None:
            kept = None if state is None else {**state, "due": None}
            return Reaction(kept, (Firing(events=happening.held),) if happening.held else ())
        if is_stale(state, happening.event):
            return self._as_it_was(state, happening, outcome="stale", reason=STALE)
        time, value = happening.event.time, self._date.value(happening.scope)
        if happening.passed is False or value is None:
            return Reaction({"time": time, "date": None, "due": None}, reason="date: there is none any more")
        moment = None if value is MISSING or happening.passed is None else self._moment.of(value, happening.timezone)
        if moment is None:
            return self._as_it_was(state, happening, outcome="unknown", reason=f"date: {self._date.source} is no date")
        text = moment.isoformat()
        if state is not None and state["date"] == text:
            return self._as_it_was({**state, "time": time}, happening, outcome="not_matched", reason="date: it is the one that is known")
        return self._plan({"time": time, "date": text, "due": None}, moment, happening)

    def _plan(self, state: dict[str, Any], moment: datetime, happening: Happening) -> Reaction:
        if moment <= happening.now and not self._late:
            return Reaction(state, reason=f"date: {moment.isoformat()} is over already")
        due = max(moment, happening.now)
        outcome = "merged" if happening.held else "held"
        return Reaction({**state, "due": due}, wake=due, outcome=outcome, reason="date", holds=(happening.number,))

    def _as_it_was(self, state: Any, happening: Happening, *, outcome: Any, reason: str) -> Reaction:
        return Reaction(state, wake=state["due"] if state else None, outcome=outcome, reason=reason, holds=happening.held)


@trigger("date")
def date(event: EventTypes, date: Expression, offset: str | None = None, at: str | None = None, late: Literal["fire"] | None = None) -> Watch:
    """Fires relative to a date that events carry; a newer event moves it.

    Args:
        event: what carries the date.
        date: the date.
        offset: before (-3d) or after it.
        at: the time of day, such as 09:00 in quotes.
        late: `fire`: also where the moment is over already.
    """
    try:
        shift = Duration() if offset is None else parse_duration(offset, signed=True)
    except ExpressionError as error:
        raise ValueError(f"offset: {error.message}") from error
    try:
        shown = None if at is None else time.fromisoformat(at)
    except ValueError as error:
        raise ValueError(f"at: `{at}` is no time of day; write it in quotes, such as '09:00'") from error
    return OnDate(event, date, Moment(shift, shown), late=late is not None)


@hookimpl
def register_triggers(register: Callable[[object], None]) -> None:
    """Register the kind."""
    register(date)
