"""Clocks of a zone, told a second time from the rules alone: calendar steps, windows, and the moments of a schedule (T1, T5, W1)."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from model_values import DAY, HOUR, UNITS, span

MICRO = timedelta(microseconds=1)
HALF_HOUR = timedelta(minutes=30)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Zone:
    """What clocks of a zone show.

    Args:
        name: of the zone.
        zero: the moment from which the shop's time counts.
    """

    def __init__(self, name, zero):
        self.info, self.zero = ZoneInfo(name), zero

    def micros(self, moment):
        return (moment - self.zero) // MICRO

    def local(self, moment):
        return (self.zero + moment * MICRO).astimezone(self.info).replace(tzinfo=None, fold=0)

    def at(self, local):
        """Return when clocks show a local time: of two moments the first, and after a gap where there is none."""
        found = local.replace(tzinfo=self.info).astimezone(UTC)
        if found.astimezone(self.info).replace(tzinfo=None, fold=0) != local:
            found = local.replace(tzinfo=self.info, fold=1).astimezone(UTC).replace(second=0, microsecond=0)
            before = found.astimezone(self.info).utcoffset()
            while found.astimezone(self.info).utcoffset() == before:
                found += timedelta(minutes=1)
        return self.micros(found)

    def midnight(self, day):
        return self.at(datetime.combine(day, time()))

    def plus(self, moment, text, sign=1):
        """Return the moment a span later, or earlier: days, weeks and months keep the time of day."""
        written, unit = re.fullmatch(r"(-?\d+) ?([a-z]+)", text).groups()
        number = sign * int(written)
        if unit in UNITS and unit != "d":
            return moment + number * UNITS[unit]
        local = self.local(moment)
        if unit in ("d", "w"):
            return self.at(local + timedelta(days=number * (7 if unit == "w" else 1)))
        year, month = divmod(local.year * 12 + local.month - 1 + number, 12)
        return self.at(local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1])))

    def begins(self, window, now):
        """Return the moment after which what came counts in a window."""
        today = self.local(now).date()
        first = {"day": today, "week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}.get(window)
        return self.plus(now, window, -1) if first is None else self.midnight(first) - 1

    def read(self, text):
        """Return the moment that a text writes: a date alone is midnight, one without a zone is of this; None for what is none."""
        try:
            found = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            return None
        return self.micros(found) if found.tzinfo else self.at(found)

    # --- moments of a schedule (T1) ---

    def planned(self, trigger, after, since):
        """Return the first planned moment after another, of a schedule first deployed at ``since``; None where there is none."""
        if "at" in trigger:
            found = self.read(trigger["at"])
            return found if found > after and found >= since else None
        if "starting" in trigger:
            return self.step(trigger["every"], self.read(trigger["starting"]), max(after, since - 1))
        after = max(after, since)
        if "schedule" in trigger:
            return self.line(trigger["schedule"].split(), after)
        if trigger["every"].endswith("d") or span(trigger["every"]) > DAY:
            return self.step(trigger["every"], self.midnight(self.local(since).date()), after)
        length, today = span(trigger["every"]), self.local(after).date()
        start, end = self.midnight(today), self.midnight(today + timedelta(days=1))
        last = end if length <= HOUR else min(start + DAY, end)  # longer steps leave the 25th hour of a day alone
        return next((m for m in range(start, last, length) if m > after), end)

    def step(self, every, start, after):
        number, unit, count = int(every[:-1]), every[-1], 0
        while (found := self.plus(start, f"{number * count}{unit}")) <= after:
            count += 1
        return found

    def line(self, fields, after):
        minute, hour, day, _, weekday = fields
        minute, hours = int(minute), hour.partition("/")

        def comes(date):
            last = monthrange(date.year, date.month)[1]
            of_month, of_week = day in (str(date.day), "L" if date.day == last else ""), weekday == WEEKDAYS[date.weekday()]
            return of_month or of_week if "*" not in (day, weekday) else (of_month or day == "*") and (of_week or weekday == "*")

        if hours[0] != "*":
            date = self.local(after).date()
            while not (comes(date) and (found := self.at(datetime.combine(date, time(int(hour), minute)))) > after):
                date += timedelta(days=1)
            return found
        # By real time: an hour that clocks show twice counts twice, one that they skip does not.
        moment = (self.zero + after * MICRO).astimezone(UTC)
        moment = moment.replace(minute=moment.minute // 30 * 30 + minute % 30, second=0, microsecond=0) - HALF_HOUR
        while True:
            moment += HALF_HOUR
            shown = moment.astimezone(self.info)
            if self.micros(moment) > after and shown.minute == minute and shown.hour % int(hours[2] or 1) == 0 and comes(shown.date()):
                return self.micros(moment)
