"""Spans that slide, and days, weeks and months of a zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ecomflow import Duration, add_duration, at_local, parse_duration, subtract_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FIRST: Final[Mapping[str, Callable[[date], date]]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
}
_STEP: Final = {"day": Duration(days=1), "week": Duration(days=7), "month": Duration(months=1)}


class Window:
    """The span in which events count.

    Args:
        text: a duration, which slides, or ``day``, ``week`` (from Monday) or ``month`` of the calendar.

    Raises:
        ExpressionError: it is neither.
    """

    def __init__(self, text: str) -> None:
        self._calendar = text if text in _FIRST else ""
        self._span = _STEP.get(text) or parse_duration(text)

    def begins(self, now: datetime, zone: str) -> datetime:
        """Return since when events count; of a span that slides, an event at this very moment has left (R:T5)."""
        if not self._calendar:
            return subtract_duration(now, self._span, zone)
        return self._start(now, zone) - timedelta(microseconds=1)

    def ends(self, last: datetime, zone: str) -> datetime:
        """Return when an event that came at a moment has left."""
        return add_duration(self._start(last, zone) if self._calendar else last, self._span, zone)

    def _start(self, now: datetime, zone: str) -> datetime:
        first = _FIRST[self._calendar](now.astimezone(ZoneInfo(zone)).date())
        return at_local(datetime.combine(first, time()), zone)
