"""Cron lines: read into names, asked of APScheduler in local time, and laid onto the real one."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from apscheduler.triggers.cron import CronTrigger

from ecomflow import at_local

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART: Final = re.compile(r"(?P<all>[*?])|(?P<first>\w+)(?:-(?P<last>\w+))?", re.ASCII)
_NTH: Final = re.compile(r"(\w+)#([1-5])", re.ASCII)
_ORDINALS: Final = ("1st", "2nd", "3rd", "4th", "5th")
_ALL: Final = ("*", "?")
_LEAP: Final = 2024
_LONGEST: Final = 200
_SECOND: Final = timedelta(seconds=1)


class _Field(NamedTuple):
    """One of the five: what it is called, its bounds, and the names of its values from the lowest on."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_MINUTE, _HOUR, _DAY = _Field("minute", 0, 59), _Field("hour", 0, 23), _Field("day of the month", 1, 31)
_MONTH, _WEEKDAY = _Field("month", 1, 12, _MONTHS), _Field("weekday", 0, 7, _NAMES)
_FIELDS: Final = (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY)


class CronLine:
    """The moments of a line of five fields.

    Args:
        text: minute, hour, day of the month, month, weekday; numbers, names, ``*``, lists, ranges, steps, ``L`` for the last
            day of a month, ``fri#2`` for its second Friday.

    Raises:
        ValueError: it is none, or none of its moments ever comes.
    """

    def __init__(self, text: str) -> None:
        written = text.lower().split()
        if len(written) != len(_FIELDS) or len(text) > _LONGEST:
            raise ValueError(
                f'a schedule has five fields: minute, hour, day, month, weekday; `{text[:60]}` has not. Write it in quotes: "0 9 * * mon"'
            )
        minute, hour, day, month, weekday = written
        months = _values(_MONTH, month)
        days = _days(text, day, weekday, months)
        times = {"minute": _listed(_values(_MINUTE, minute)), "hour": _listed(_values(_HOUR, hour)), "month": _listed(months)}
        self._triggers = [CronTrigger(**times, **each, second="0", timezone=UTC) for each in days]
        self._by_real_time = "*" in hour or "/" in hour

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the first moment after another at which clocks of the zone show what the line says (R:T1)."""
        if self._by_real_time:
            return self._after_by_real_time(moment, zone)
        local = _local(moment, zone)
        while True:
            local = self._next(local)
            found = at_local(local, zone)
            if found > moment:
                return found

    def _after_by_real_time(self, moment: datetime, zone: ZoneInfo) -> datetime:
        # An hour that the clock shows twice counts twice, one that it skips does not.
        local, offset = _local(moment, zone), _offset(moment, zone)
        while True:
            found = (self._next(local) - offset).replace(tzinfo=UTC)
            if _offset(found, zone) == offset:
                return found
            moment = _change(moment, found, zone)
            local, offset = _local(moment, zone) - _SECOND, _offset(moment, zone)

    def _next(self, local: datetime) -> datetime:
        # Local times are handed over as if they were UTC, which has no gaps.
        start = local.replace(tzinfo=UTC, microsecond=0) + _SECOND
        found: datetime = min(trigger.get_next_fire_time(None, start) for trigger in self._triggers)
        return found.replace(tzinfo=None)


# --- reading a line


def _days(text: str, day: str, weekday: str, months: set[int]) -> list[dict[str, str]]:
    """Return the days of a line, as APScheduler's fields; where both kinds are named, either is enough (R:T1)."""
    of_month, of_week = _days_of_month(day), _days_of_week(weekday)
    if day in _ALL and weekday not in _ALL:
        return of_week
    comes = _comes(of_month, months)
    if weekday not in _ALL:
        return [*([{"day": of_month}] if comes else []), *of_week]
    if not comes:
        raise ValueError(f"`{text[:60]}` never comes: none of its months has a day {of_month.partition(',')[0]}")
    return [{"day": of_month}]


def _days_of_month(written: str) -> str:
    parts = written.split(",")
    days = {day for part in parts if part != "l" for day in _part(_DAY, part)}
    return ",".join([*([_listed(days)] if days else []), *(["last"] if "l" in parts else [])])


def _days_of_week(written: str) -> list[dict[str, str]]:
    parts = written.split(",")
    nth = [_nth(part) for part in parts if "#" in part]
    plain = {day % 7 for part in parts if "#" not in part for day in _part(_WEEKDAY, part)}
    return [*([{"day_of_week": ",".join(_NAMES[day] for day in sorted(plain))}] if plain else []), *({"day": each} for each in nth)]


def _nth(part: str) -> str:
    found = _NTH.fullmatch(part)
    if found is None:
        raise _wrong(_WEEKDAY, part)
    return f"{_ORDINALS[int(found[2]) - 1]} {_NAMES[_value(_WEEKDAY, found[1]) % 7]}"


def _values(field: _Field, written: str) -> set[int]:
    return {value for part in written.split(",") for value in _part(field, part)}


def _part(field: _Field, part: str) -> Iterable[int]:
    """Return the values of one part of a list: all, one, or a range, each with or without a step."""
    base, slash, step = part.partition("/")
    found = _PART.fullmatch(base)
    if found is None or (slash and not (step.isascii() and step.isdigit() and 0 < int(step) <= field.high)):
        raise _wrong(field, part)
    top = 6 if field is _WEEKDAY else field.high
    if found["all"]:
        return range(field.low, top + 1, int(step or 1))
    first = _value(field, found["first"])
    last = _value(field, found["last"]) if found["last"] else top if slash else first
    if last < first and field is _WEEKDAY:  # sat-mon goes over the end of the week
        last += 7
    if last < first:
        raise ValueError(f"the range `{part}` of the {field.name} ends before it begins")
    return range(first, last + 1, int(step or 1))


def _value(field: _Field, text: str) -> int:
    if text in field.names:
        return field.low + field.names.index(text)
    if not (text.isascii() and text.isdigit() and field.low <= int(text) <= field.high):
        raise _wrong(field, text)
    return int(text)


def _wrong(field: _Field, part: str) -> ValueError:
    names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
    return ValueError(f"`{part[:20]}` is no {field.name}: write {field.low} to {field.high}{names}, a range, a list, or `*`")


def _listed(values: set[int]) -> str:
    return ",".join(map(str, sorted(values)))


def _comes(days: str, months: set[int]) -> bool:
    longest = max(monthrange(_LEAP, month)[1] for month in months)
    return any(not part.isdigit() or int(part) <= longest for part in days.split(","))


# --- local and real time


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second between two moments at which the clock is set otherwise than at the first."""
    before = _offset(low, zone)
    low, high = low.astimezone(UTC).replace(microsecond=0), high.astimezone(UTC)
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high
