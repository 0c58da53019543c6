"""What reaches a terminal."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ecomflow.cli.output import Ink, Out, coloured, note, safe
from ecomflow.cli.words import distance, flow, moment, shown, span, zone_of


@pytest.mark.attack(61)
@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("plain, grün, 漢字", "plain, grün, 漢字"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x07\x00\x7f", r"\x07\x00\x7f"),
        ("a\u202eb", r"a\u202eb"),
        ("\ud800", r"\ud800"),
    ],
)
def test_control_characters_are_shown_and_not_obeyed(text, printed):
    assert safe(text) == printed


def test_a_line_has_only_our_escapes(capsys):
    out = Out(as_json=False)
    out.colour = True

    out.say("\x1b[2J", Ink("\x1b[5m", "red"))

    assert capsys.readouterr().out == "\\x1b[2J\x1b[31m\\x1b[5m\x1b[0m\n"


def test_json_lines_have_version_and_kind_and_no_control_characters(capsys):
    Out(as_json=True).record("thing", name="\x1b[31m\x9b\u2028", total=Decimal("1.50"))

    line = capsys.readouterr().out
    assert line.isascii()
    assert "\x1b" not in line
    assert json.loads(line) == {"v": 1, "kind": "thing", "name": "\x1b[31m\x9b\u2028", "total": 1.5}
    assert "1.50" in line


def test_with_json_nothing_else_is_printed_on_stdout(capsys):
    out = Out(as_json=True)

    out.say("text")
    out.block("a\nb")
    out.table([["x"]])
    note("chatter")

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "chatter\n"


def test_columns_stand_in_line(capsys):
    Out(as_json=False).table([["a", Ink("long", "red"), "x"], ["bcd", "e", ""]], indent="> ")

    assert capsys.readouterr().out == "> a    long  x\n> bcd  e\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(stream, environment, expected, monkeypatch):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert coloured(stream) is expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "a moment"), (1, "1 s"), (59.6, "1 min"), (90, "1 min 30 s"), (3599.9, "1 h"), (86399, "1 d"), (259199, "3 d"), (90061, "1 d 1 h")],
)
def test_spans_are_rounded_to_two_units(seconds, text):
    assert span(seconds) == text


def test_distances_look_both_ways():
    now = datetime(2026, 3, 2, tzinfo=UTC)

    assert distance(datetime(2026, 3, 3, tzinfo=UTC), now) == "in 1 d"
    assert distance(datetime(2026, 3, 1, tzinfo=UTC), now) == "1 d ago"


def test_values_are_written_on_one_line():
    value = {"a": [1, Decimal("2.50"), True, None], "at": datetime(2026, 3, 2, tzinfo=UTC)}

    assert flow(value) == "{a: [1, 2.50, yes, none], at: 2026-03-02T00:00:00+00:00}"
    assert shown("x" * 200, 10) == "x" * 9 + "…"


def test_moments_without_a_zone_are_of_the_one_that_is_given():
    zone = zone_of("Europe/Berlin")

    assert moment("2026-03-02T09:00:00", zone).isoformat() == "2026-03-02T09:00:00+01:00"
    assert moment("2026-03-02T09:00:00Z", zone).utcoffset().total_seconds() == 0
    assert zone_of("Nowhere/Land") is UTC
