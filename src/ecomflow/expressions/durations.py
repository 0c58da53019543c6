"""Durations, moments and steps in a zone: the arithmetic of time."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ecomflow.errors import ExpressionError
from ecomflow.model import Duration

TIME_PARTS: Final = frozenset({"year", "month", "day", "weekday", "hour", "minute", "second"})
_TEN_YEARS: Final = 10 * 366 * 86_400
_PART: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(months?|s|m|h|d|w)\s*", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6}\d*)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_MAX_TEXT: Final = 64


@dataclass(frozen=True, slots=True)
class Span:
    """The time between two moments: what ``now - order.created_at`` gives."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """Its length, exact."""
        return (self.end - self.start).total_seconds()


@lru_cache(maxsize=1024)
def duration(text: str) -> Duration | None:
    """Return the duration that a text writes, of any length, or None.

    Args:
        text: such as ``24h``, ``3d``, ``2 months``, ``1h30m``; a minus in front turns it around.
    """
    stripped = text.strip() if len(text) <= _MAX_TEXT else ""
    sign, rest = (-1, stripped[1:]) if stripped.startswith("-") else (1, stripped)
    months, days, seconds, position = 0, 0, 0.0, 0
    while match := _PART.match(rest, position):
        number, unit, position = float(match[1]), match[2], match.end()
        if unit in _SECONDS:
            seconds += number * _SECONDS[unit]
        elif not number.is_integer():
            return None
        elif unit in ("d", "w"):
            days += int(number) * (7 if unit == "w" else 1)
        else:
            months += int(number)
    if not rest or position < len(rest):
        return None
    return Duration(sign * months, sign * days, sign * seconds)


def parse_duration(text: str, *, signed: bool = False) -> Duration:
    """Return the duration that a text writes.

    Args:
        text: such as ``24h``, ``3d``, ``2 months``, ``1h30m``; units are s, m, h (exact) and d, w, months (calendar steps).
        signed: whether ``-3d`` and ``0d`` are allowed, as in an offset.

    Raises:
        ExpressionError: it is none, or not between 1 s and 10 years.
    """
    found = duration(text)
    if found is None:
        raise ExpressionError("EF212", f"`{text[:40]}` is no duration", help="write a number and one of s, m, h, d, w, months: `30m`, `24h`, `3d`, `1h30m`")
    length = found.months * 31 * 86_400 + found.days * 86_400 + found.seconds
    if abs(length) > _TEN_YEARS or (length < 1 and not signed):
        raise ExpressionError("EF212", f"`{text[:40]}` is not between 1 second and 10 years")
    return found


def duration_text(seconds: float) -> str:
    """Return an exact span as text that reads as a duration again, such as ``25h`` or ``1h30m``."""
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    text = "".join(f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if number)
    return sign + text if text else "0s"


@lru_cache(maxsize=512)
def zone_of(zone: str) -> ZoneInfo:
    """Return the time zone of that name.

    Raises:
        ExpressionError: there is none.
    """
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ExpressionError("EF212", f"no time zone is called `{zone[:60]}`", help="use a name such as `Europe/Berlin` or `UTC`") from None


def at_local(naive: datetime, zone: str | ZoneInfo) -> datetime:
    """Return the moment at which clocks in the zone show a local time (R:T1).

    Args:
        naive: the local time, without a zone.
        zone: the zone or its name.

    Returns:
        The first of two where it exists twice, the first moment after the gap where it does not exist; in UTC.
    """
    tz = zone if isinstance(zone, ZoneInfo) else zone_of(zone)
    moment = naive.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if moment.astimezone(tz).replace(tzinfo=None, fold=0) == naive:
        return moment
    return _end_of_gap(naive.replace(tzinfo=tz, fold=1).astimezone(UTC), moment, tz)


def _end_of_gap(low: datetime, high: datetime, tz: ZoneInfo) -> datetime:
    before = low.astimezone(tz).utcoffset()
    low, high = low.replace(microsecond=0), high.replace(microsecond=0) + timedelta(seconds=1)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(tz).utcoffset() == before else (low, middle)
    return high


def add(moment: datetime, step: Duration, zone: str | ZoneInfo) -> datetime:
    """Return the moment a duration later: months and days as calendar steps in the zone, then seconds exactly (R:W1).

    Raises:
        ExpressionError: the result is outside the calendar.
    """
    tz = zone if isinstance(zone, ZoneInfo) else zone_of(zone)
    try:
        if step.months or step.days:
            local = moment.astimezone(tz).replace(tzinfo=None, fold=0)
            moment = at_local(_add_months(local, step.months) + timedelta(days=step.days), tz)
        return moment.astimezone(UTC) + timedelta(seconds=step.seconds)
    except (OverflowError, ValueError):
        raise ExpressionError("EF212", "a moment outside the calendar") from None


def subtract(moment: datetime, step: Duration, zone: str | ZoneInfo) -> datetime:
    """Return the moment a duration earlier, as :func:`add` counts."""
    return add(moment, Duration(-step.months, -step.days, -step.seconds), zone)


def _add_months(local: datetime, months: int) -> datetime:
    if not months:
        return local
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=1024)
def iso(text: str) -> datetime | date | None:
    """Return the moment, local time or date that an ISO 8601 text writes, or None."""
    if not _ISO.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text) if len(text) > len("2026-03-02") else date.fromisoformat(text)
    except ValueError:
        return None


def moment_of(value: object, tz: ZoneInfo) -> datetime | None:
    """Return a value as a moment: a moment, a date (midnight of the zone), or an ISO 8601 text of either; else None."""
    if isinstance(value, str):
        value = iso(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if not isinstance(value, date):
        return None
    try:
        return at_local(value if isinstance(value, datetime) else datetime.combine(value, time()), tz)
    except OverflowError:
        return None


def _shown(moment: datetime, tz: ZoneInfo) -> datetime:
    try:
        return moment.astimezone(tz) if moment.tzinfo is not None else moment
    except OverflowError:  # the first or last day of the calendar, in another zone
        return moment


def time_part(value: object, part: str, tz: ZoneInfo) -> int | None:
    """Return one part of a time, in the zone; weekdays count from 1 (Monday) to 7 (Sunday); None where there is none."""
    if isinstance(value, str):
        value = iso(value)
    if isinstance(value, datetime):
        value = _shown(value, tz)
    elif not isinstance(value, date) or part in ("hour", "minute", "second"):
        return None
    found = value.isoweekday() if part == "weekday" else getattr(value, part)
    return int(found)
