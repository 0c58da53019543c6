"""Values in the store keep their types, whatever they look like."""

from collections import OrderedDict
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomflow.core.encoding import (
    MAX_EVENT,
    canonical,
    comes_back,
    decode,
    decode_event,
    decode_json,
    encode,
    encode_event,
    size_of,
)
from ecomflow.errors import LimitError

numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)
scalars = st.none() | st.booleans() | numbers | st.text() | st.dates() | st.datetimes(timezones=st.just(UTC))
keys = st.text() | st.sampled_from(["$moment", "$date", "$", "$$moment"])
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=12)


class UserKeys(list):
    """As a plugin may bring one."""


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
        (StrEnum("Word", ["a"]).a, "a"), (IntEnum("Size", ["one"]).one, 1), (OrderedDict(a=(1, OrderedDict(b=[]))), {"a": [1, {"b": []}]}), (UserKeys(["k"]), ["k"]), ("2026-03-02", "2026-03-02"), ({"$date": "x"}, {"$date": "x"}),
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


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "NaN is no number that can be kept"),
        ("\ud800", "a text holds half of a surrogate pair, which is no character"),
        (object(), "a object is no value: use text, numbers, lists and mappings"),
        ({1: 2}, "a mapping has texts as keys, not 1"),
        (nested(64), "a value is nested more than 64 deep"),
        (datetime(2026, 3, 2), "the moment 2026-03-02T00:00:00 has no zone"),
    ],
)
def test_why_it_is_refused(value, why):
    for write in (encode, canonical, encode_event):
        with pytest.raises(LimitError) as refused:
            write({"a": value, "b": [1.5, None]})
        assert str(refused.value) == why


def test_how_deep_a_value_may_be():
    assert decode(encode(nested(63))) == canonical(nested(63)) == decode_event(encode_event(nested(63))) == nested(63)
    assert decode_event(b"[" * 64 + b"]" * 64) == nested(63)
    for depth in (64, 65, 100):
        with pytest.raises(LimitError, match="nested more than 64 deep"):
            decode_event(b"[" * (depth + 1) + b"]" * (depth + 1))
    wide = [[number] for number in range(100)]
    assert decode_event(encode_event(wide)) == wide


def test_how_large_an_event_may_be():
    most = b'"' + b"x" * (MAX_EVENT - 2) + b'"'
    assert decode_event(most) == "x" * (MAX_EVENT - 2)
    with pytest.raises(LimitError) as refused:
        decode_event(most + b" ")
    assert str(refused.value) == "the data have 262145 bytes; an event has at most 262144"


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'"\\ud800"', b"[" * 100_000, b"1e999999999999999999999"])
def test_what_is_no_json_is_no_event(raw):
    with pytest.raises(LimitError, match=r"^the data are no JSON: \S"):
        decode_event(raw)


def test_an_event_is_plain_json():
    moment, day = datetime(2026, 3, 2, 9, tzinfo=UTC), date(2026, 3, 2)
    data = {"at": moment, "days": (day, None), "n": Decimal("1.50"), "x": 1.5, "$date": "x", "word": StrEnum("Word", ["a"]).a, "none": {}}

    raw = encode_event(data)

    assert raw == b'{"at":"2026-03-02T09:00:00+00:00","days":["2026-03-02",null],"n":1.50,"x":1.5,"$date":"x","word":"a","none":{}}'
    assert decode_json(raw)["n"] == Decimal("1.50")
    assert size_of(decode_json(raw)) == len(raw)


@pytest.mark.parametrize(
    ("value", "does"),
    [
        ("a", True), (True, True), (None, True), (2**62 - 1, True), (2**62, False), (Decimal("1.5"), True), (Decimal(5), False), (Decimal("NaN"), False),
        ({"a": [1, {"b": ""}]}, True), ({"$a": 1}, False), ({1: 1}, False), ((1,), False), ([1, (2,)], False), ({"a": {"b": 1.5}}, False),
        (date(2026, 3, 2), False), ([1, 2.0], False), ({"a": (), "b": 1}, False), (nested(15), True), (nested(40), False),
    ],
)  # fmt: skip
def test_what_is_taken_as_it_is_comes_back_as_it_is(value, does):
    # What this says yes to is encoded without another look, so it may say it of nothing that would come back otherwise.
    assert comes_back(value) is does
