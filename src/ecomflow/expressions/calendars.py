"""Calendars: the open hours that ``now in calendars.x`` and ``until_window`` ask."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

from ecomflow.errors import ExpressionError, MissingExtraError
from ecomflow.expressions.durations import at_local, zone_of

_country_holidays: Callable[..., Iterable[date]] | None
try:
    import holidays
except ImportError:  # pragma: no cover - depends on what is installed
    _country_holidays = None
else:
    _country_holidays = holidays.country_holidays

_KEYS: Final = frozenset({"days", "from", "to", "holidays"})
_LOOK_AHEAD: Final = 400
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)
_PLACE: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open hours in a zone.

    Attributes:
        days: ISO weekdays, 1 (Monday) to 7 (Sunday).
        from_: opening time; ``to`` is the closing time, which is itself outside. ``to`` before ``from_`` is the next morning;
            equal to it, the whole day.
        holidays: closed dates, as ISO texts, or a place such as ``DE`` or ``DE-BY``.
    """

    days: frozenset[int]
    from_: time
    to: time
    holidays: frozenset[date] | str = field(default=frozenset())
    zone: str = "UTC"

    def contains(self, moment: datetime) -> bool:
        """Return whether a moment is within the open hours."""
        try:
            today = moment.astimezone(zone_of(self.zone)).date()
            return any(start <= moment < end for start, end in map(self._hours, (today - timedelta(days=1), today)) if start < end)
        except OverflowError:  # the first or last day of the calendar
            return False

    def next_open(self, moment: datetime) -> datetime:
        """Return the moment itself where it is open, else the next opening.

        Raises:
            ExpressionError: it does not open within 400 days.
        """
        if self.contains(moment):
            return moment
        today = moment.astimezone(zone_of(self.zone)).date()
        for offset in range(_LOOK_AHEAD):
            start, end = self._hours(today + timedelta(days=offset))
            if moment <= start < end:
                return start
        raise ExpressionError("EF212", f"the calendar does not open within {_LOOK_AHEAD} days")

    def open_day(self, moment: datetime, *, from_end: bool = False) -> int | None:
        """Return which open day of its month a moment's day is: 1 for the first, or from the end for the last; None for a closed day."""
        today = moment.astimezone(zone_of(self.zone)).date()
        if not self._is_open(today):
            return None
        last = monthrange(today.year, today.month)[1]
        days = range(today.day, last + 1) if from_end else range(1, today.day + 1)
        return sum(self._is_open(today.replace(day=day)) for day in days)

    def _is_open(self, day: date) -> bool:
        return day.isoweekday() in self.days and not self._is_holiday(day)

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        """Return opening and closing of a day; the same moment twice where it is closed."""
        start = at_local(datetime.combine(day, self.from_), self.zone)
        if not self._is_open(day):
            return start, start
        last = day if self.to > self.from_ else day + timedelta(days=1)
        return start, at_local(datetime.combine(last, self.to), self.zone)

    def _is_holiday(self, day: date) -> bool:
        return day in (_of_year(self.holidays, day.year) if isinstance(self.holidays, str) else self.holidays)


@lru_cache(maxsize=256)
def _of_year(place: str, year: int) -> frozenset[date]:
    if _country_holidays is None:
        raise MissingExtraError("holidays", "holidays")
    country, _, part = place.partition("-")
    try:
        return frozenset(_country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:
        raise ExpressionError("EF212", f"no holidays are known for `{place}`", help="use a country such as `DE`, a part of one such as `DE-BY`, or a list of dates") from None


def parse_calendar(mapping: Mapping[str, Any], zone: str) -> Calendar:
    """Return the calendar that a mapping of the project file describes.

    Args:
        mapping: ``days`` (such as ``mon-fri`` or ``[mon, wed]``; all by default), ``from``, ``to``, ``holidays``.
        zone: the zone of its hours.

    Raises:
        ExpressionError: a key or value is wrong.
        MissingExtraError: holidays of a place are asked for, and the package is not installed.
    """
    if unknown := [str(key) for key in mapping if key not in _KEYS]:
        raise ExpressionError("EF212", f"a calendar has no `{unknown[0]}`", help="it has `days`, `from`, `to` and `holidays`")
    zone_of(zone)
    opening, closing = clock(mapping.get("from", "00:00")), clock(mapping.get("to", "00:00"))
    return Calendar(_days(mapping.get("days", "mon-sun")), opening, closing, _closed(mapping.get("holidays")), zone)


def clock(text: object) -> time:
    """Return the time of day that a text such as ``09:00`` writes; ``24:00`` is midnight.

    Raises:
        ExpressionError: it is none.
    """
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    hour, minute = (int(match[1]), int(match[2])) if match else (99, 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ExpressionError("EF212", f"`{text}` is no time of day", help='write it as "09:00", in quotes')
    return time(hour % 24, minute)


def weekday(text: str) -> int | None:
    """Return the ISO number of a weekday's name, such as ``tue`` or ``Tuesday``, or None."""
    word = text.strip().lower()
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return next((number for number, name in enumerate(names, 1) if word in (name, name[:3])), None)


def _days(value: object) -> frozenset[int]:
    words = value if isinstance(value, list) else str(value).split(",")
    return frozenset(day for word in words for day in _range(str(word)))


def _range(word: str) -> tuple[int, ...]:
    first, dash, last = word.partition("-")
    begin, end = weekday(first), weekday(last if dash else first)
    if begin is None or end is None:
        raise ExpressionError("EF212", f"`{word.strip()[:40]}` are no weekdays", help="write `mon-fri`, or a list such as `[mon, wed]`")
    return tuple((begin - 1 + step) % 7 + 1 for step in range((end - begin) % 7 + 1))


def _closed(value: object) -> frozenset[date] | str:
    if value is None:
        return frozenset()
    if isinstance(value, list):
        return frozenset(map(_date, value))
    if not isinstance(value, str) or not _PLACE.fullmatch(value):
        raise ExpressionError("EF212", f"`{value}` are no holidays", help="use a country such as `DE`, a part of one such as `DE-BY`, or a list of dates")
    _of_year(value, 2026)
    return value


def _date(value: object) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise ExpressionError("EF212", f"`{value}` is no date", help="write it as 2026-12-24") from None
