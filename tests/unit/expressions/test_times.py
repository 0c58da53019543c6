"""Durations, calendar steps, calendars, and when waits end (R:W1, T1)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ecomflow.errors import ExpressionError, MissingExtraError
from ecomflow.expressions import Env, calendars, compile_expression, compile_template, parse_calendar, times
from ecomflow.model import MISSING, Duration


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("24h", Duration(seconds=86400)), ("30 m", Duration(seconds=1800)), ("3d", Duration(days=3)), ("2w", Duration(days=14)), ("2 months", Duration(months=2)), ("1 month", Duration(months=1)), ("1h30m", Duration(seconds=5400)), ("0.5h", Duration(seconds=1800)), ("1d 12h", Duration(days=1, seconds=43200))],
)
def test_a_duration_is_a_number_and_a_unit(text, expected):
    assert times.parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "3", "d", "3 fortnights", "0s", "11 months 4000d", "1.5d", "-3d", "3d!", "١h", "9" * 400 + "h"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ExpressionError) as caught:
        times.parse_duration(text)
    assert caught.value.code == "EF212"


def test_an_offset_may_be_negative():
    assert times.parse_duration("-3d", signed=True) == Duration(days=-3)


@pytest.mark.parametrize(
    ("zone", "start", "step", "end"),
    [
        ("Europe/Berlin", "2026-03-28T08:00:00+00:00", "1d", "2026-03-29T07:00:00+00:00"),
        ("Europe/Berlin", "2026-03-28T08:00:00+00:00", "24h", "2026-03-29T08:00:00+00:00"),
        ("America/New_York", "2026-10-31T13:00:00+00:00", "1d", "2026-11-01T14:00:00+00:00"),
        ("Europe/Berlin", "2026-03-28T01:30:00+00:00", "1d", "2026-03-29T01:00:00+00:00"),
        ("Europe/Berlin", "2026-10-24T00:30:00+00:00", "1d", "2026-10-25T00:30:00+00:00"),
        ("UTC", "2026-01-31T10:00:00+00:00", "1 month", "2026-02-28T10:00:00+00:00"),
        ("UTC", "2024-01-31T10:00:00+00:00", "1 month", "2024-02-29T10:00:00+00:00"),
        ("UTC", "2026-11-30T10:00:00+00:00", "3 months", "2027-02-28T10:00:00+00:00"),
    ],
)
def test_days_and_months_are_calendar_steps_in_the_zone(zone, start, step, end):
    assert times.add(at(start), times.parse_duration(step), zone) == at(end)


def test_subtracting_counts_as_adding_does():
    assert times.subtract(at("2026-03-29T07:00:00+00:00"), Duration(days=1), "Europe/Berlin") == at("2026-03-28T08:00:00+00:00")


def test_a_time_in_the_gap_is_the_first_moment_after_it():
    assert times.at_local(datetime(2026, 3, 29, 2, 30), "Europe/Berlin") == at("2026-03-29T01:00:00+00:00")
    assert times.at_local(datetime(2026, 10, 4, 2, 10), "Australia/Lord_Howe") == at("2026-10-03T15:30:00+00:00")


def test_a_result_outside_the_calendar_is_an_error():
    with pytest.raises(ExpressionError):
        times.add(datetime(9999, 12, 31, tzinfo=UTC), Duration(days=2), "UTC")


NOW = at("2026-03-03T12:00:00+00:00")
BERLIN = Env("Europe/Berlin")


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("tue 11:00", "2026-03-10T10:00:00+00:00"),
        ("tuesday 14:00", "2026-03-03T13:00:00+00:00"),
        ("11:00", "2026-03-04T10:00:00+00:00"),
        ("13:30", "2026-03-03T12:30:00+00:00"),
        ("2026-04-01", "2026-03-31T22:00:00+00:00"),
        ("2026-04-01T10:00", "2026-04-01T08:00:00+00:00"),
        ("2026-03-03T12:00:00+01:00", "2026-03-03T11:00:00+00:00"),
        ("{{ order.ship_by }}", "2026-03-05T08:00:00+00:00"),
        ("{{ order.day }} 09:30", None),
        ("{{ now + '2d' }}", "2026-03-05T12:00:00+00:00"),
    ],
)
def test_until_a_moment(until, expected):
    scope = {"now": NOW, "order": {"ship_by": "2026-03-05T09:00:00+01:00", "day": "fri"}}
    expected = expected or "2026-03-06T08:30:00+00:00"
    due = times.until_due(until, BERLIN)
    assert due.at(scope) == at(expected)
    assert due.reasked is False


@pytest.mark.parametrize("until", ["someday", "xyz 11:00", "25:00", "tue", "2026-13-01"])
def test_until_nonsense_is_refused_at_load(until):
    with pytest.raises(ExpressionError):
        times.until_due(until, BERLIN)


@pytest.mark.parametrize(("text", "seconds"), [("{{ inputs.delay }}", 86400), ("{{ now - order.at }}", 3600), ("{{ order.at - now }}", 0), ("3h", 10800)])
def test_a_wait_of_a_duration(text, seconds):
    scope = {"now": NOW, "inputs": {"delay": "24h"}, "order": {"at": "2026-03-03T11:00:00Z"}}
    due = times.duration_due(compile_template(text, BERLIN), BERLIN)
    assert (due.at(scope) - NOW).total_seconds() == seconds


@pytest.mark.parametrize("value", [5, None, "soon"])
def test_a_wait_of_no_duration_is_an_error(value):
    due = times.duration_due(compile_template("{{ x }}", BERLIN), BERLIN)
    with pytest.raises(ExpressionError):
        due.at({"now": NOW, "x": value})


def office(**more):
    return parse_calendar({"days": "mon-fri", "from": "09:00", "to": "18:00", **more}, more.pop("zone", "Europe/Berlin"))


@pytest.mark.parametrize(
    ("now", "opens", "more"),
    [
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z", {}),
        ("2026-03-02T19:00:00Z", "2026-03-03T08:00:00Z", {}),
        ("2026-03-28T10:00:00Z", "2026-03-30T07:00:00Z", {}),
        ("2026-04-02T17:00:00Z", "2026-04-07T07:00:00Z", {"holidays": "DE"}),
        ("2026-04-02T17:00:00Z", "2026-04-03T07:00:00Z", {}),
        ("2026-04-02T17:00:00Z", "2026-04-06T07:00:00Z", {"holidays": ["2026-04-03", date(2026, 4, 7)]}),
    ],
)
def test_a_window_opens(now, opens, more):
    due = times.window_due(office(**more))
    assert due.at({"now": at(now)}) == at(opens)
    assert due.reasked is True


def test_closing_time_is_outside_and_a_window_may_pass_midnight():
    assert not office().contains(at("2026-03-02T17:00:00Z"))
    night = parse_calendar({"days": "fri", "from": "22:00", "to": "02:00"}, "UTC")
    assert night.contains(at("2026-03-07T01:59:00Z"))
    assert not night.contains(at("2026-03-07T02:00:00Z"))
    assert parse_calendar({}, "UTC").contains(NOW)


def test_a_window_that_never_opens_is_an_error():
    closed = parse_calendar({"days": [], "from": "09:00", "to": "18:00"}, "UTC")
    with pytest.raises(ExpressionError):
        closed.next_open(NOW)


@pytest.mark.parametrize("mapping", [{"dayz": "mon"}, {"days": "mon-xyz"}, {"from": "9 o'clock"}, {"from": 540}, {"holidays": "Atlantis"}, {"holidays": "ZZ"}, {"holidays": ["soon"]}])
def test_a_wrong_calendar_is_refused(mapping):
    with pytest.raises(ExpressionError):
        parse_calendar(mapping, "UTC")


def test_an_unknown_zone_is_refused():
    with pytest.raises(ExpressionError):
        parse_calendar({}, "Europe/Atlantis")


def test_holidays_of_a_place_need_the_extra(monkeypatch):
    monkeypatch.setattr(calendars, "_country_holidays", None)
    calendars._of_year.cache_clear()
    with pytest.raises(MissingExtraError, match=r"ecomflow\[holidays\]"):
        parse_calendar({"holidays": "DE"}, "UTC")


@pytest.mark.parametrize(
    ("moment", "first", "last"),
    [
        ("2026-03-02T00:00:00+01:00", 1, 22),  # a Monday after a weekend
        ("2026-03-03T23:59:00+01:00", 2, 21),
        ("2026-03-31T09:00:00+02:00", 22, 1),
        ("2026-03-01T09:00:00+01:00", None, None),  # a Sunday
        ("2026-05-01T09:00:00+02:00", None, None),  # a holiday
        ("2026-05-04T09:00:00+02:00", 1, 20),
        ("2026-05-29T22:30:00Z", None, None),  # a Saturday there already
    ],
)
def test_business_days_count_from_either_end_of_their_month(moment, first, last):
    env = Env("Europe/Berlin")
    scope = {"day": moment, "calendars": {"office": parse_calendar({"days": "mon-fri", "holidays": ["2026-05-01"]}, "Europe/Berlin")}}

    assert compile_expression("day | business_day(calendars.office)", env).value(scope) == first
    assert compile_expression("day | business_day(calendars.office, from_end=true)", env).value(scope) == last


@pytest.mark.parametrize("text", ["'soon' | business_day(calendars.office)", "day | business_day('office')", "'9999-12-31' | business_day(calendars.office)"])
def test_what_is_no_moment_or_no_calendar_is_no_business_day(text):
    scope = {"day": "2026-03-02", "calendars": {"office": parse_calendar({}, "Pacific/Kiritimati")}}

    assert compile_expression(text, Env("Pacific/Kiritimati")).value(scope) is (MISSING if "9999" not in text else 31)
