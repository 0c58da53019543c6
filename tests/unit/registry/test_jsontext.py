"""JSON with decimals."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ecomflow import from_json, to_json


def test_decimals_survive_both_ways():
    value = {"a": Decimal("1.50"), "b": [Decimal("1E+3"), 1, None, True, "ü"], "c": {}}
    assert from_json(to_json(value)) == value
    assert str(from_json("1.50")) == "1.50"


def test_moments_become_texts():
    assert to_json(datetime(2026, 1, 1, tzinfo=UTC)) == '"2026-01-01T00:00:00+00:00"'


def test_a_huge_exponent_stays_short():
    assert to_json(Decimal("1e999999")) == "1E+999999"


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), float("nan"), object(), {1, 2}], ids=lambda value: type(value).__name__)
def test_what_is_no_json_is_refused(value):
    with pytest.raises(ValueError):
        to_json({"a": [value]})


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "{", "[" * 200_000, "1" * 5000, b"\xff"], ids=lambda t: str(t)[:9])
def test_what_is_no_json_is_not_read(text):
    with pytest.raises(ValueError):
        from_json(text)


def test_a_value_nested_too_deeply_is_refused():
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        to_json(deep)
