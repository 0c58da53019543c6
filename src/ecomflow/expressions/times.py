"""When a wait ends, and what durations and moments are: the names that other rooms use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ecomflow.errors import ExpressionError
from ecomflow.expressions.calendars import Calendar, clock, weekday
from ecomflow.expressions.durations import (
    add,
    at_local,
    duration_text,
    iso,
    moment_of,
    parse_duration,
    subtract,
    zone_of,
)
from ecomflow.expressions.env import Env
from ecomflow.expressions.templates import Template, compile_template
from ecomflow.expressions.values import kind
from ecomflow.model import Duration

_MARGIN = timedelta(days=1)
At = Callable[[Mapping[str, Any]], datetime]


@dataclass(frozen=True, slots=True)
class CompiledDue:
    """When a wait ends.

    Attributes:
        at: gives the moment, counted from ``scope["now"]``.
        reasked: whether a late wake-up asks again.
        paths: every constant path that it reads.
    """

    at: At
    reasked: bool = False
    paths: tuple[tuple[str, ...], ...] = ()


def duration_due(template: Template, env: Env) -> CompiledDue:
    """Return when a wait of a duration ends.

    Args:
        template: gives the duration's text, such as ``24h``.
        env: names the zone, in which days and months are steps.
    """
    tz = env.tz

    def at(scope: Mapping[str, Any]) -> datetime:
        value = template.render(scope)
        if not isinstance(value, str):
            raise ExpressionError("EF212", f"a {kind(value)} is no duration", help="write a number and a unit, such as `30m` or `24h`")
        return add(scope["now"], duration_or_over(value), tz)

    return CompiledDue(at, paths=template.paths)


def duration_or_over(text: str) -> Duration:
    """Return a duration; one below a second, as a difference to a moment in the past gives, is none at all (R:W1).

    Raises:
        ExpressionError: it is none, or longer than 10 years.
    """
    found = parse_duration(text, signed=True)
    past = found.months <= 0 and found.days <= 0 and found.seconds <= 0
    return Duration() if past else found


def until_due(template: Template | str, env: Env) -> CompiledDue:
    """Return when a wait ends that names a moment.

    Args:
        template: gives a moment, a date, or a text: ISO 8601, ``11:00``, ``tue 11:00``; a text may hold ``{{ … }}``.
        env: names the zone.

    Raises:
        ExpressionError: a text without ``{{ … }}`` names no moment.
    """
    if isinstance(template, str):
        if "{{" not in template and "{%" not in template:
            _moment(template, datetime(2026, 1, 1, tzinfo=env.tz), env)
        template = compile_template(template, env)
    render = template.render
    return CompiledDue(lambda scope: _moment(render(scope), scope["now"], env), paths=template.paths)


def window_due(calendar: Calendar) -> CompiledDue:
    """Return when a wait for the open hours of a calendar ends: at once inside of them."""
    return CompiledDue(lambda scope: calendar.next_open(scope["now"]), reasked=True)


def _moment(value: Any, now: datetime, env: Env) -> datetime:
    found = moment_of(value.strip() if isinstance(value, str) else value, env.tz)
    if found is not None:
        return _within_the_calendar(found)
    if not isinstance(value, str):
        raise ExpressionError("EF212", f"a {kind(value)} is no moment", help="write `2026-03-02T09:00:00+01:00`, `11:00` or `tue 11:00`")
    return _next(value, now, env)


def _within_the_calendar(moment: datetime) -> datetime:
    try:
        utc = moment.astimezone(UTC)
        assert utc - _MARGIN < utc + _MARGIN  # it is shown in the zone of who asks
    except OverflowError:
        raise ExpressionError("EF212", f"the moment {moment.isoformat()} is at the edge of the calendar") from None
    return moment


def _next(text: str, now: datetime, env: Env) -> datetime:
    """Return the next time that clocks of the zone show a time of day, on a weekday if one is named."""
    first, _, rest = text.strip().partition(" ")
    day = weekday(first) if rest else None
    if rest and day is None:
        raise ExpressionError("EF212", f"`{text[:40]}` is no moment", help="write `2026-03-02T09:00:00+01:00`, `11:00` or `tue 11:00`")
    shown = clock(rest.strip() if rest else first)
    today = now.astimezone(env.tz).date()
    for offset in range(9):
        candidate = today + timedelta(days=offset)
        moment = at_local(datetime.combine(candidate, shown), env.tz)
        if (day is None or candidate.isoweekday() == day) and moment > now:
            return moment
    raise ExpressionError("EF212", f"`{text[:40]}` is no moment")


__all__ = [
    "CompiledDue",
    "Duration",
    "add",
    "at_local",
    "duration_due",
    "duration_or_over",
    "duration_text",
    "iso",
    "moment_of",
    "parse_duration",
    "subtract",
    "until_due",
    "window_due",
    "zone_of",
]
