"""Matching of values, spans, and one-line YAML."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ecomflow.errors import CaseError
from ecomflow.testing.values import flow, matches, seconds, span


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (1, 1),
        (1, Decimal("1.0")),
        (Decimal("0.30"), Decimal("0.3")),
        (None, None),
        (True, True),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}),
        ([1, {"a": 1}], [1, {"a": 1, "b": 2}]),
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02", date(2026, 3, 2)),
    ],
)
def test_what_is_named_matches(expected, actual):
    assert matches(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (1, "1"),
        ("1", 1),
        (1, True),
        (True, 1),
        (False, 0),
        (None, 0),
        ({"a": None}, {}),
        ({"a": 1}, [1]),
        ([1], [1, 2]),
        ([1, 2], [2, 1]),
        ("2026-03-02T10:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("soon", datetime(2026, 3, 2, 9, tzinfo=UTC)),
    ],
)
def test_types_and_values_count(expected, actual):
    assert not matches(expected, actual)


@pytest.mark.parametrize(("text", "expected"), [("0h", 0), ("90m", 5400), ("3d", 259_200), ("1.5 h", 5400), ("2w", 1_209_600), ("1h30m", 5400), ("1d 2h", 93_600)])
def test_a_span_is_numbers_each_with_a_unit(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "1h30", "h30m", "h", "-1h", "1 month", 5, None])
def test_anything_else_is_no_span(text):
    with pytest.raises(CaseError, match="no span of time"):
        seconds(text)


@pytest.mark.parametrize(("value", "expected"), [(0, "0h"), (5400, "90m"), (90, "90s"), (7200, "2h"), (1.5, "1.5s")])
def test_a_span_is_told_in_its_largest_whole_unit(value, expected):
    assert span(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, None, True, Decimal("1.50")]}, "{a: [1, null, true, 1.50]}"),
        ({"text": "no"}, '{text: "no"}'),
        ({"text": "7"}, '{text: "7"}'),
        ({"text": 'say "hi"'}, '{text: "say \\"hi\\""}'),
        (datetime(2026, 3, 2, tzinfo=UTC), '"2026-03-02T00:00:00+00:00"'),
        ({}, "{}"),
    ],
)
def test_a_value_in_one_line_can_be_pasted(value, expected):
    assert flow(value) == expected
