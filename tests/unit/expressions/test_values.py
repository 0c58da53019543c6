"""Values, operators and three values (R:X1, X2, X3, X5)."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ecomflow.errors import ExpressionError
from ecomflow.expressions import Env, compile_condition, compile_expression, parse_calendar, subject_text, to_text
from ecomflow.model import MISSING, OMIT

ENV = Env("Europe/Berlin", "en")
SCOPE = {
    "now": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    "event": {"time": datetime(2026, 3, 2, 5, 0, tzinfo=UTC)},
    "order": {"total": Decimal("249.00"), "count": 3, "name": "Ana Li", "paid": True, "note": None, "blank": "  ", "created": "2026-01-31T10:00:00+01:00", "day": "2026-03-05"},
    "lines": [{"type": "gift", "q": 2, "price": Decimal("1.10")}, {"q": 3, "price": Decimal("2.20")}],
    "empty": [],
    "thing": {"items": "three", "keys": 2, "a": 0, "b": False},
    "calendars": {"office": parse_calendar({"days": "mon-fri", "from": "09:00", "to": "18:00"}, "Europe/Berlin")},
}


def value(text):
    return compile_expression(text, ENV).value(SCOPE)


def outcome(text):
    return compile_condition(text, ENV).test(SCOPE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2", Decimal("0.3")),
        ("7 / 2", Decimal("3.5")),
        ("7 // 2", 3),
        ("-7 // 2.0", Decimal(-4)),
        ("-7 % 3.0", Decimal(2)),
        ("2 ** 10", 1024),
        ("1 / 0", MISSING),
        ("order.count / 0.0", MISSING),
        ("-order.count", -3),
        ("order.total + 1", Decimal("250.00")),
        ("order.total + order.name", MISSING),
        ("order.name + '!'", "Ana Li!"),
        ("lines[0].type", "gift"),
        ("lines[-1].q", 3),
        ("lines[5].q", MISSING),
        ("lines[0]['type']", "gift"),
        ("order.name[:3]", "Ana"),
        ("thing.items", "three"),
        ("thing.keys", 2),
        ("{'a': order.count}", {"a": 3}),
        ("{order.name: order.count, order.name ~ '!': 1}", {"Ana Li": 3, "Ana Li!": 1}),
        ("{order.count: 1}", MISSING),
        ("{order.none: 1}", MISSING),
        ("[1] + [2]", [1, 2]),
        ("'yes' if order.paid else 'no'", "yes"),
        ("'yes' if order.none else 'no'", MISSING),
        ("'x' if not order.paid", None),
        ("order.none | default(7)", 7),
        ("order.note | default('n')", "n"),
        ("order.blank | default('n', true)", "n"),
        ("order.none | default(omit)", OMIT),
        ("2.5 | round", Decimal(2)),
        ("3.5 | round", Decimal(4)),
        ("2.665 | round(2)", Decimal("2.66")),
        ("2.675 | round(2)", Decimal("2.68")),
        ("2.1 | round(0, 'ceil')", Decimal(3)),
        ("lines | sum('price')", Decimal("3.30")),
        ("empty | sum", 0),
        ("empty | max", MISSING),
        ("empty | first", MISSING),
        ("lines | map(attribute='q') | max", 3),
        ("lines | map(attribute='type') | list", MISSING),
        ("lines | map(attribute='type', default='-') | join(',')", "gift,-"),
        ("lines | selectattr('type') | list", []),
        ("lines | selectattr('type', 'eq', 'gift') | map(attribute='q') | list", [2]),
        ("lines | rejectattr('type', 'eq', 'gift') | list", []),
        ("lines | sort(attribute='q', reverse=true) | map(attribute='q') | list", [3, 2]),
        ("[3, 1, 2] | sort", [1, 2, 3]),
        ("[3, 'a'] | sort", MISSING),
        ("['b', 'a', 'B'] | unique", ["b", "a"]),
        ("[1, 2, 3] | select('odd') | list", [1, 3]),
        ("[1, 2, 3] | batch(2)", [[1, 2], [3]]),
        ("[1, 2, 3] | slice(2)", [[1, 2], [3]]),
        ("lines | groupby('q') | map(attribute='grouper') | list", [2, 3]),
        ("lines | length", 2),
        ("order.note | upper", None),
        ("order.name | lower | replace(' ', '-')", "ana-li"),
        ("'a1b22' | regex_replace('[0-9]+', '#')", "a#b#"),
        ("'%05.2f|%s|%d' | format(3.14159, 'x', 7)", "03.14|x|7"),
        ("'3.50' | decimal", Decimal("3.50")),
        ("'x' | int(0)", 0),
        ("now.hour", 10),
        ("now.weekday", 1),
        ("order.created.month", 1),
        ("order.day.day", 5),
        ("now + '30d'", datetime(2026, 4, 1, 8, 30, tzinfo=UTC)),
        ("now - event.time", "4h30m"),
        ("order.total | money", "€249.00"),
        ("1234567.891 | number(2)", "1,234,567.89"),
        ("now | date", "March 2, 2026"),
        ("now | time", "10:30"),
        ("'JD0146' | tracking_url('DHL')", "https://www.dhl.com/global-en/home/tracking/tracking-express.html?submit=1&tracking-id=JD0146"),
        ("[1.50, none, true] | tojson", "[1.50, null, true]"),
    ],
)
def test_an_expression_gives_its_value(text, expected):
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_bucket_is_the_first_eight_bytes_of_the_hash():
    digest = hashlib.sha256(b"ana").digest()
    assert value("'ana' | bucket(1000000)") == int.from_bytes(digest[:8], "big") % 1_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order.total > 100", True),
        ("100 < order.total <= 249", True),
        ("order.count == 3.0", True),
        ("order.paid == true", True),
        ("order.paid == 1", None),
        ("order.none == none", None),
        ("order.note == none", True),
        ("order.note != none", False),
        ("order.count == none", False),
        ("order.note < 3", None),
        ("order.name > 3", None),
        ("order.name == 3", None),
        ("order.name.first.x == 3", None),
        ("order.none in ['red']", None),
        ("order.none not in ['red']", None),
        ("order.count in [1, 3]", True),
        ("order.count in ['a', 3]", True),
        ("order.count in ['a', 4]", None),
        ("'gift' in lines", None),
        ("3 in empty", False),
        ("'total' in order", True),
        ("order.count", None),
        ("order.name", None),
        ("order.note", None),
        ("order.paid", True),
        ("order.none == 1 and order.count > 5", False),
        ("order.none == 1 or order.count > 1", True),
        ("order.none == 1 and order.count > 1", None),
        ("not order.none > 3", None),
        ("not (order.count > 3)", True),
        ("order.none is present", False),
        ("order.none is blank", True),
        ("order.blank is blank", True),
        ("thing.a is present", True),
        ("thing.b is present", True),
        ("empty is blank", True),
        ("order.none is not present", True),
        ("order.none is defined", False),
        ("order.note is none", True),
        ("order.none is none", None),
        ("'I am Out of  office!' is mentions('out of office', 'automatic reply')", True),
        ("'outoffice' is mentions('out')", False),
        ("order.none is mentions('out')", None),
        ("order.count is mentions('out')", None),
        ("'abc' is search('B', ignorecase=true)", True),
        ("'abc' is match('b')", False),
        ("now - event.time > '4h'", True),
        ("now - event.time > '5h'", False),
        ("now - event.time > '1 month'", False),
        ("'4h' < now - event.time", True),
        ("now - order.created > '30d'", True),
        ("now - order.created > '31d'", False),
        ("now - order.created >= '29d'", True),
        ("now > order.created", True),
        ("order.day > now", True),
        ("now > order.name", None),
        ("now - event.time > 4", None),
        ("now in calendars.office", True),
        ("event.time in calendars.office", False),
        ("order.none in calendars.office", None),
        ("lines == lines", True),
        ("[1, none] == [1, none]", True),
        ("[1] == ['1']", None),
        ("{'a': 1} == {'a': 2}", False),
        ("{'a': 1} == {'b': 1}", False),
    ],
)
def test_a_condition_is_true_false_or_unknown(text, expected):
    assert outcome(text) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [(1, "1"), (Decimal("1.0"), "1"), (Decimal("1.50"), "1.5"), (Decimal("1E+3"), "1000"), (Decimal("-0.0"), "0"), ("01", "01"), (None, None), (MISSING, None), (True, None), ([1], None), ({}, None), (date(2026, 3, 2), "2026-03-02"), (Decimal("1e400"), None)],
)
def test_match_and_subjects_pair_as_text(found, expected):
    assert subject_text(found) == expected


@pytest.mark.parametrize(("found", "expected"), [(None, ""), (True, "true"), (5, "5"), (Decimal("1E+2"), "100"), (Decimal("1.50"), "1.50"), (date(2026, 3, 2), "2026-03-02")])
def test_values_become_text_where_text_is_wanted(found, expected):
    assert to_text(found) == expected


@pytest.mark.parametrize("found", [[1], {"a": 1}, MISSING, Decimal("1e400"), 1.5])
def test_a_list_a_mapping_and_what_is_no_value_do_not_become_text(found):
    with pytest.raises(ExpressionError):
        to_text(found)


@pytest.mark.parametrize(
    ("locale", "money", "day"),
    [("de", "1.234,50\u00a0€", "2. März 2026"), ("fr", "1\u202f234,50\u00a0€", "2 mars 2026"), ("en_GB", "€1,234.50", "2 March 2026"), ("xx", "€1,234.50", "March 2, 2026")],
)
def test_words_follow_the_locale(locale, money, day):
    env = Env("UTC", locale)
    assert compile_expression("1234.5 | money('EUR')", env).value({}) == money
    assert compile_expression("now | date", env).value(SCOPE) == day


def test_a_filter_of_a_plugin_is_called_and_its_failure_is_unknown_in_a_condition():
    def shout(text):
        return text.upper() + "!"

    def broken(text):
        raise RuntimeError(text)

    env = Env(filters={"shout": shout, "broken": broken})
    assert compile_expression("'a' | shout", env).value({}) == "A!"
    assert compile_condition("('a' | broken) == 'A'", env).test({}) is None
