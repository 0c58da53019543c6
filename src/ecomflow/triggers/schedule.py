"""The kind ``schedule``: at the times of a cron line, in steps, or once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol
from zoneinfo import ZoneInfo

from ecomflow import (
    Duration,
    DurationText,
    Firing,
    Happening,
    Reaction,
    Watch,
    add_duration,
    at_local,
    hookimpl,
    parse_duration,
    trigger,
)
from ecomflow.triggers.cron import CronLine

if TYPE_CHECKING:
    from collections.abc import Callable

_HOUR: Final = 3600
_DAY: Final = 86_400
_MICRO: Final = timedelta(microseconds=1)
_MOST: Final = 100
"""Missed moments that ``catch_up: all`` makes up for."""

_LATE: Final = timedelta(minutes=1)
"""A moment that is served later than this was missed."""


class Plan(Protocol):
    """When a schedule fires."""

    def after(self, moment: datetime, zone: ZoneInfo, since: datetime) -> datetime | None:
        """Return the first planned moment after another; ``since`` is the moment of the first deployment."""


class Once:
    """One moment."""

    def __init__(self, text: str) -> None:
        self._when = _when("at", text)

    def after(self, moment: datetime, zone: ZoneInfo, since: datetime) -> datetime | None:
        """Return the moment, unless it is over."""
        found = _in_zone(self._when, zone)
        return found if found > moment and found >= since else None


class Line:
    """A cron line."""

    def __init__(self, text: str) -> None:
        self._line = CronLine(text)

    def after(self, moment: datetime, zone: ZoneInfo, since: datetime) -> datetime | None:
        """Return the line's next moment."""
        return self._line.after(max(moment, since), zone)


class Steps:
    """Equal steps: from a moment, from the midnight of the first day, or, where a day holds several, from each midnight."""

    def __init__(self, every: str, starting: str | None) -> None:
        self._step = parse_duration(every)
        self._starting = None if starting is None else _when("starting", starting)
        self._length = self._step.months * 30.4 * _DAY + self._step.days * _DAY + self._step.seconds

    def after(self, moment: datetime, zone: ZoneInfo, since: datetime) -> datetime | None:
        """Return the next step."""
        if self._starting is not None:
            # A first step at the very moment of the deployment counts, one before it does not.
            return self._step_after(max(moment, since - _MICRO), _in_zone(self._starting, zone), zone)
        if self._length > _DAY:
            return self._step_after(max(moment, since), _midnight(since.astimezone(zone).date(), zone), zone)
        return self._within_days(max(moment, since), zone)

    def _step_after(self, moment: datetime, start: datetime, zone: ZoneInfo) -> datetime:
        number = max(0, int((moment - start).total_seconds() / self._length) - 2)
        while (found := self._at(start, number, zone)) <= moment:
            number += 1
        return found

    def _at(self, start: datetime, number: int, zone: ZoneInfo) -> datetime:
        step = self._step
        return add_duration(start, Duration(step.months * number, step.days * number, step.seconds * number), zone.key)

    def _within_days(self, moment: datetime, zone: ZoneInfo) -> datetime:
        today = moment.astimezone(zone).date()
        start, end = _midnight(today, zone), _midnight(today + timedelta(days=1), zone)
        number = int((moment - start).total_seconds() / self._length) + 1
        found = start + timedelta(seconds=self._length * number)
        # Longer steps are as many on each day; short ones go on through the hour that clocks show twice.
        whole = self._length <= _HOUR or self._length * number < _DAY
        return found if whole and found < end else end


class Schedule(Watch):
    """Fires at the moments of a plan, each once."""

    def __init__(self, plan: Plan, zone: ZoneInfo | None, catch_up: str, identity: Any) -> None:
        self._plan, self._zone, self._catch_up, self.identity = plan, zone, catch_up, identity

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Plan the next moment; where one has come, fire it, or those that were missed."""
        zone = self._zone or ZoneInfo(happening.timezone)
        now = happening.now
        state = state or {"since": _text(now), "done": _text(now - _MICRO)}
        since, done = datetime.fromisoformat(state["since"]), datetime.fromisoformat(state["done"])
        if happening.kind != "due":
            return Reaction(state, wake=self._plan.after(done, zone, since))
        missed = self._last(done, now, zone, since)
        if self._catch_up == "none":
            missed = [moment for moment in missed if now - moment <= _LATE]
        return Reaction({**state, "done": _text(now)}, tuple(map(Firing, missed)), self._plan.after(now, zone, since))

    def _last(self, done: datetime, now: datetime, zone: ZoneInfo, since: datetime) -> list[datetime]:
        """Return the last moments between two, oldest first: found from the end, for a stop may have been long."""
        count, span = _MOST if self._catch_up == "all" else 1, timedelta(minutes=2)
        while True:
            found, moment = [], max(done, now - span)
            while (following := self._plan.after(moment, zone, since)) is not None and following <= now:
                found.append(following)
                moment = following
            if len(found) >= count or now - span <= done:
                return found[-count:]
            span *= 2


# --- reading settings


@trigger("schedule", keys=("schedule", "every", "at"), data={"type": "object", "properties": {}}, single=True)
def schedule(
    schedule: str | None = None,
    every: DurationText | None = None,
    starting: str | None = None,
    at: str | None = None,
    timezone: str | None = None,
    catch_up: Literal["latest", "all", "none"] = "latest",
) -> Watch:
    """Fires at the times of a schedule.

    Args:
        schedule: five fields: minute, hour, day of the month, month, weekday.
        every: a span, such as `14d`.
        starting: the moment from which `every` counts.
        at: one moment.
        timezone: of this trigger; the workflow's by default.
        catch_up: what becomes of moments that were missed; of all at most 100.
    """
    given = [key for key, value in (("schedule", schedule), ("every", every), ("at", at)) if value is not None]
    if len(given) != 1:
        raise ValueError("exactly one of `schedule`, `every`, `at` says when")
    if starting is not None and every is None:
        raise ValueError("starting: it goes with `every`, which counts from there")
    zone = None if timezone is None else _zone(timezone)
    plan = _plan(given[0], schedule or every or at or "", starting)
    return Schedule(plan, zone, catch_up, [schedule, every, starting, at, timezone])


def _plan(key: str, text: str, starting: str | None) -> Plan:
    if key == "at":
        return Once(text)
    if key == "every":
        return Steps(text, starting)
    try:
        return Line(text)
    except ValueError as error:
        raise ValueError(f"schedule: {error}") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"timezone: no time zone is called `{name[:60]}`; use a name such as `Europe/Berlin`") from None


def _when(key: str, text: str) -> datetime | date:
    try:
        return date.fromisoformat(text) if len(text) <= len("2026-03-02") else datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{key}: `{text[:40]}` is no moment; write `2026-03-02T09:00:00`, or a date alone") from None


def _in_zone(when: datetime | date, zone: ZoneInfo) -> datetime:
    if isinstance(when, datetime) and when.tzinfo is not None:
        return when.astimezone(UTC)
    return at_local(when, zone) if isinstance(when, datetime) else _midnight(when, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return at_local(datetime.combine(day, time()), zone)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


@hookimpl
def register_triggers(register: Callable[[object], None]) -> None:
    """Register the kind."""
    register(schedule)
