"""Cron lines: held against a table on which two other implementations agree, and against the clock changes of rule T1."""

import csv
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ecomflow.triggers.cron import CronLine

TABLE = Path(__file__).parents[4] / "shared" / "realdata" / "conformance" / "cron" / "next_times.csv"


def moments(line, start, zone, count):
    """Return the next moments of a line, in UTC."""
    found, moment = [], datetime.fromisoformat(start)
    for _ in range(count):
        moment = CronLine(line).after(moment, ZoneInfo(zone))
        found.append(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return found


@pytest.mark.skipif(not TABLE.is_file(), reason="the table of cron cases is not beside this project")
@pytest.mark.attack(80)
def test_next_moments_are_those_of_the_table():
    rows = list(csv.DictReader(TABLE.read_text("utf-8").splitlines()))

    wrong = [
        row for row in rows
        if moments(row["expression"], row["start_utc"], row["timezone"], 5) != [row[f"next{n}"] for n in range(1, 6)]
    ]  # fmt: skip

    assert (len(rows) > 1600, wrong) == (True, [])


@pytest.mark.attack(80)
@pytest.mark.parametrize(
    ("line", "zone", "start", "expected"),
    [
        # a local time that does not exist: the first moment after the gap, once
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        ("15,45 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:15:00Z"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]),
        # one that exists twice: at the first alone
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        ("30 1,2 * * *", "Europe/Berlin", "2026-10-25T00:29:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T00:30:00Z"]),
        # lines whose hour is * or a step: by real time in both
        ("0 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", ["2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"]),
        ("30 * * * *", "Europe/Berlin", "2026-10-24T23:40:00Z", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"]),
        ("0 */2 * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T03:00:00Z"]),
        ("*/20 * * * *", "Europe/Berlin", "2026-03-29T00:50:00Z", ["2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z"]),
        # day of the month and weekday together: either
        ("0 9 13 * fri", "UTC", "2026-02-10T00:00:00Z", ["2026-02-13T09:00:00Z", "2026-02-20T09:00:00Z", "2026-02-27T09:00:00Z", "2026-03-06T09:00:00Z"]),
        ("0 9 L * *", "UTC", "2028-01-31T10:00:00Z", ["2028-02-29T09:00:00Z", "2028-03-31T09:00:00Z"]),
        ("0 9 15,L * *", "UTC", "2026-02-01T00:00:00Z", ["2026-02-15T09:00:00Z", "2026-02-28T09:00:00Z"]),
        ("0 9 * * 0", "UTC", "2026-03-02T00:00:00Z", ["2026-03-08T09:00:00Z"]),
        ("0 9 * * 7", "UTC", "2026-03-02T00:00:00Z", ["2026-03-08T09:00:00Z"]),
        ("0 9 * * sat-mon", "UTC", "2026-03-02T10:00:00Z", ["2026-03-07T09:00:00Z", "2026-03-08T09:00:00Z", "2026-03-09T09:00:00Z"]),
        ("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", ["2104-02-29T00:00:00Z"]),
        ("0 0 31 2 mon", "UTC", "2026-01-01T00:00:00Z", ["2026-02-02T00:00:00Z"]),
    ],
)
def test_line_fires_at(line, zone, start, expected):
    assert moments(line, start, zone, len(expected)) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 9 * *", "five fields"),
        ("0 9 * * * *", "five fields"),
        ("@daily", "five fields"),
        ("", "five fields"),
        ("60 9 * * *", "`60` is no minute: write 0 to 59"),
        ("0 24 * * *", "`24` is no hour"),
        ("0 9 0 * *", "`0` is no day of the month: write 1 to 31"),
        ("0 9 * 13 *", "`13` is no month: write 1 to 12 or jan to dec"),
        ("0 9 * * montag", "`montag` is no weekday: write 0 to 7 or sun to sat"),
        ("0 9 * * 8", "`8` is no weekday"),
        ("*/0 9 * * *", "`*/0` is no minute"),
        ("5/ 9 * * *", "`5/` is no minute"),
        ("10-5 9 * * *", "ends before it begins"),
        ("1,,2 9 * * *", "`` is no minute"),
        ("0 9 * * mon#6", "`mon#6` is no weekday"),
        ("0 9 L-2 * *", "`l` is no day of the month"),
        ("\u0661 9 * * *", "is no minute"),
        ("0 9 30 2 *", "never comes: none of its months has a day 30"),
        ("0 9 31 4,6,9,11 *", "never comes"),
    ],
)
def test_line_that_is_none_is_refused_and_says_why(line, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        CronLine(line)
