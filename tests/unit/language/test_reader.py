"""Reading YAML: values as YAML 1.2 has them, places, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ecomflow.language import read_yaml


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("0123", "0123"),
        ("12:30", "12:30"),
        ("2026-03-02", "2026-03-02"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        (".inf", ".inf"),
        (".", "."),
        ("+", "+"),
        ("1.", "1."),
        ("e5", "e5"),
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-17", -17),
        ("+3", 3),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1E+3")),
        ("'1.5'", "1.5"),
        ('"true"', "true"),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(written, value):
    # When it is read
    found = read_yaml(f"a: {written}", "f.yaml").value["a"]
    # Then value and type are those
    assert (found, type(found)) == (value, type(value))


def test_a_decimal_keeps_its_text():
    # Given a price with two places, When it is read, Then none is lost
    assert str(read_yaml("a: 1.50", "f.yaml").value["a"]) == "1.50"


def test_an_empty_text_is_nothing_without_a_fault():
    # Given nothing, When it is read
    reading = read_yaml("", "f.yaml")
    # Then that is no fault
    assert (reading.value, reading.diagnostics) == (None, ())


def test_places_count_from_one():
    # Given values in block and in flow
    reading = read_yaml("a: 1\nb:\n  - x\n  - {c: d}\n", "f.yaml")
    # When places are asked, Then they are line and column of the value
    assert [reading.positions.of(path) for path in (("a",), ("b", 1), ("b", 1, "c"), ("no", "such"))] == [(1, 4), (4, 5), (4, 9), (1, 1)]


def test_an_alias_repeats_a_value():
    # Given an anchor and an alias, When they are read, Then both have the value
    assert read_yaml("a: &x [1, 2]\nb: *x\n", "f.yaml").value == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("- 'vip' in customer.tags", "leading quote"),
        ("- [1, 2] is present", "leading bracket"),
        ("a: */5 * * * *", "leading `*`"),
        ("a: *gone", "leading `*`"),
        ("a: %x", "begin with `%`"),
        ("a: @x", "begin with `@`"),
        ("a: {{ x }}", "begins with `{{`"),
        ("- text: a: b", "`: ` makes a mapping"),
    ],
)
def test_yaml_that_swallows_an_expression_is_told_to_be_quoted(line, why):
    # Given an expression that YAML reads as something else, When it is read
    (fault,) = read_yaml(line, "f.yaml").diagnostics
    # Then the help says why, and what to do
    assert why in fault.help
    assert "put the whole expression in double quotes" in fault.help


def test_lines_may_end_as_on_windows():
    # Given carriage returns, When they are read, Then values and places are the same
    reading = read_yaml("a: 1\r\nb: x y\r\n", "f.yaml")
    assert (reading.value, reading.positions.of(("b",))) == ({"a": 1, "b": "x y"}, (2, 4))
