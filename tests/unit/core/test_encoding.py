"""Values in the store keep their types, whatever they look like."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomflow.core.encoding import canonical, decode, encode
from ecomflow.errors import LimitError

numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)
scalars = st.none() | st.booleans() | numbers | st.text() | st.dates() | st.datetimes(timezones=st.just(UTC))
keys = st.text() | st.sampled_from(["$moment", "$date", "$", "$$moment"])
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=12)


@given(values)
def test_what_comes_back_is_the_same(value):
    assert decode(encode(value)) == value
    assert canonical(value) == value


@given(values)
def test_the_canonical_form_comes_back_with_its_types(value):
    once = canonical(value)
    assert repr(decode(encode(once))) == repr(once)


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (1.5, Decimal("1.5")), ((1, 2), [1, 2]), (Decimal(5), 5), (Decimal("1E+2"), Decimal("1E+2")), (2**80, 2**80),
        (StrEnum("Word", ["a"]).a, "a"), ("2026-03-02", "2026-03-02"), ({"$date": "x"}, {"$date": "x"}),
        (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)), (date(2026, 3, 2), date(2026, 3, 2)),
    ],
)  # fmt: skip
def test_as_what_a_value_comes_back(value, back):
    found = canonical(value)
    assert (found, type(found)) == (back, type(back))


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [float("nan"), Decimal("Infinity"), object(), {1: 2}, {"a": {1, 2}}, "\ud800", nested(100), nested(100_000), datetime(2026, 3, 2), b"x"]
)
def test_what_is_no_value_is_refused(value):
    with pytest.raises(LimitError):
        encode({"a": value})
    with pytest.raises(LimitError):
        canonical({"a": [value]} if value != "\ud800" else [1.5, value])
