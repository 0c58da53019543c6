"""What is skimmed of an event is what decoding it all gives, and what is no event is never taken for one."""

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecomflow.core.encoding import MAX_EVENT, decode_event
from ecomflow.core.skimming import skim_of
from ecomflow.errors import LimitError

SCALARS = [
    b'"a"', b'""', b"1", b"1.0", b"-0", b"0.10", b"1e5", b"1E+2", b"true", b"false", b"null", '"é"'.encode(), b'"\\u00e9\\n"', b'"\\ud83d\\ude00"', b"9" * 19, b"-" + b"9" * 40,
    b"1e400", b"1e-400", b"1e-0000000000000000000001",
]  # fmt: skip
ODD = [
    b"01", b"1.", b".5", b"+1", b"-", b"1e", b"1e999999999999999999", b"1e9999999999999999999", b"1e-9999999999999999999", b"9" * 4300, b"9" * 4301, b"NaN", b"Infinity", b"nul", b"",
    b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\x"', b'"\x01"', b'"a', b"'a'", b"{", b"]", b"/**/1", b"\xef\xbb\xbf1", b"1 2",
]  # fmt: skip
KEYS = [b'"order"', b'"order"', b'"order"', b'"total"', b'"total"', b'"lines"', b'"x y"', b'"or\\u0064er"', '"größe"'.encode(), b'""', b'"year"']
ODD_KEYS = [b"order", b'"\xff"', b'"\\ud800"', b"1", b""]
BETWEEN = [b",,", b",}", b",]", b"[,", b"\x0b", b":", b"}", b"{", b"//", b"\x00", b"\xff", b'"', b"\\"]
NAMES = ["order", "order", "order", "total", "total", "lines", "x y", "größe", "", "year", "__class__"]

paths = st.sets(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple), min_size=1, max_size=3)
space = st.sampled_from([*[b""] * 9, b" ", b"\n\t"])


@st.composite
def joined(draw, items, ends):
    return ends[:1] + b",".join(draw(space) + item for item in items) + ends[1:]


@st.composite
def pairs(draw, inner, keys):
    return draw(keys) + draw(space) + b":" + draw(inner)


def json(scalars, keys):
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).flatmap(lambda items: joined(items, b"[]")),
            st.lists(pairs(inner, keys), max_size=4).flatmap(lambda items: joined(items, b"{}")),
        ),
        max_leaves=12,
    )


plain, keys = st.sampled_from(SCALARS), st.sampled_from(KEYS)


def mappings(scalars, keys):
    inner = st.lists(pairs(scalars | json(scalars, keys), keys), min_size=1, max_size=4).flatmap(lambda items: joined(items, b"{}"))
    return st.lists(pairs(inner | inner | json(scalars, keys), keys), min_size=1, max_size=5).flatmap(lambda items: joined(items, b"{}"))


whole = mappings(plain, keys)
broken = mappings(st.one_of(*[plain] * 4, st.sampled_from(ODD)), st.one_of(*[keys] * 6, st.sampled_from(ODD_KEYS)))
cut = st.builds(lambda text, at, odd: text[:at] + odd + text[at:], whole, st.integers(0, 40), st.sampled_from(BETWEEN))
short = st.builds(lambda text, at: text[:at], whole, st.integers(0, 40))
texts = st.one_of(whole, whole, whole, broken, broken, cut, short, json(plain, keys), st.binary(max_size=20))


def read(data, path):
    """What stands under a path, as conditions read it."""
    for name in path:
        if type(data) is not dict or name not in data:
            return "nothing"
        data = data[name]
    return repr(data)


def decoded(raw):
    try:
        return decode_event(raw)
    except LimitError:
        return None


@settings(max_examples=500, deadline=None)
@given(texts, paths)
@example(b'{"order":{"total":1},"order":{"lines":2}}', {("order", "total"), ("order", "lines")})
@example(b'{"order":{"total":1},"order":null,"total":{}}', {("order", "total"), ("total", "x y")})
@example(b'{"order":{"total":1e5,"lines":{"total":[1.50]}}}', {("order",), ("order", "lines", "total"), ("order", "total")})
def test_what_is_skimmed_is_what_decoding_gives(raw, asked):
    # Given any text, When it is skimmed, Then it gives under each path what decoding it all gives there, or says nothing.
    skim = skim_of(asked)
    part = None if skim is None else skim(raw)
    if part is not None:
        whole = decoded(raw)
        assert type(whole) is dict
        assert [read(part, path) for path in asked] == [read(whole, path) for path in asked]


@pytest.mark.parametrize("place", [b'{"other":%b}', b'{"order":{"other":[%b]}}', b'{"other":{"a":%b}}', b'{"order":{"total":%b}}'])
@pytest.mark.parametrize("odd", [*ODD, b"[" * 70 + b"]" * 70, b'"' + b"x" * MAX_EVENT + b'"'])
def test_what_is_no_event_is_not_skimmed_wherever_it_stands(place, odd):
    raw = place.replace(b"%b", odd)
    assert skim_of([("order", "total")])(raw) is None or decoded(raw) is not None


def test_what_is_not_asked_is_left_out():
    raw = '{"event":"é","order":{"id":5,"total":"1.50","deep":{"a":1.50,"b":2}},"lines":[{"a":1.50}],"tags":null}'.encode()

    skim = skim_of([("order", "deep", "a"), ("order", "total"), ("lines",), ("missing", "x"), ("tags", "first")])

    assert skim(raw) == {"order": {"deep": {"a": Decimal("1.50")}, "total": "1.50"}, "lines": [{"a": Decimal("1.50")}], "tags": None}
    assert skim_of([])(raw) == {}


@pytest.mark.parametrize("raw", [b'{"order":[1]}', b'{"order":"x"}', b'{"order":5}', b"[]", b"5", b'{"order":{"total":true}} x'])
def test_where_something_else_stands_all_is_to_be_decoded(raw):
    assert skim_of([("order", "total")])(raw) is None


def test_where_very_much_is_asked_all_is_to_be_decoded():
    many = [f"f{number}" for number in range(33)]
    assert skim_of([(name,) for name in many]) is None
    assert skim_of([("order", name) for name in many])(b'{"order":{"f1":1,"g":2}}') == {"order": {"f1": 1, "g": 2}}
