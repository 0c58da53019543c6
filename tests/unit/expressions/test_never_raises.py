"""A condition never raises, whatever the data: the index relies on it (R:X6)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ecomflow.errors import ExpressionError
from ecomflow.expressions import Env, compile_condition, compile_expression, compile_template, parse_calendar
from ecomflow.model import MISSING

ENV = Env("Pacific/Kiritimati", "de")
ODD = st.sampled_from(
    [
        None, True, False, 0, 1, -3, 10**200, Decimal("1.50"), Decimal("NaN"), Decimal("1e999999"), "", " ", "a", "\ud800", "3d", "-9999 months", "0001-01-01", "9999-12-31T23:59:59+00:00",
        "2026-03-02", "2026-03-29T02:30", "null", [], ["a", 1, None], {}, {"a": 1}, date.min, date.max, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), MISSING, 1.5, object(),
    ],
)  # fmt: skip
TEXTS = [
    "x.a > 3", "x.a == 'a'", "x.a in ['a', 'b']", "x.a in x.b", "'a' in x.b", "x.a == x.b", "x.a < x.b", "x.a - x.b > '3d'", "x.a + x.b == x.b", "x.a * x.b > 1", "x.a / x.b > 1", "x.a ** x.b > 1",
    "x.a % x.b == 1", "x.a // x.b == 1", "-x.a > 1", "x.a ~ x.b == 'a'", "x.a[x.b] == 1", "x.a[1:2] == x.b", "x.a.hour == 1", "x.a.weekday > 2", "x.a in office", "x.a is present", "x.a is mentions(x.b)",
    "x.a is search('a')", "x.a is search(x.b)", "x.a is divisibleby(x.b)", "x.a is odd", "x.a | length > 1", "x.a | sort | first == 1", "x.a | min == x.b", "x.a | round(2) > 1", "x.a | int(x.b) > 1", "x.a | date == x.b",
    "x.a | datetime('short') == 'a'", "x.a | money(x.b) == 'a'", "x.a | number(x.b) == 'a'", "x.a | tojson == x.b", "x.a | join(x.b) == 'a'", "x.a | replace(x.b, 'x') == 'a'", "x.a | regex_replace('a', x.b) == 'a'", "x.a | regex_replace(x.b, 'a') == 'a'",
    "x.a | bucket(x.b) == 1", "x.a | unique | length == 1", "x.a | map('upper') | list == x.b", "x.a | groupby(x.b) | length == 1", "x.a | sum(x.b) == 1", "x.a | format(x.b) == 'a'", "x.a | dictsort | first == 1", "x.a | batch(x.b) | length == 1",
    "x.a | truncate(x.b) == 'a'", "x.a | center(x.b) == 'a'", "x.a | split(x.b) | first == 'a'", "x.a | selectattr('a', 'gt', x.b) | list == []", "x.a | default(x.b)", "x.a | tracking_url(x.b) == 'a'", "x.a | moment > x.b", "x.a | slug == x.b",
    "x.a | wordwrap(x.b) == 'a'", "x.a | striptags == 'a'", "x.a | title == 'a'", "x.a | urlencode == 'a'", "x.a and x.b", "x.a if x.b else x.a", "[x.a, x.b] == [x.b, x.a]", "{'a': x.a} == x.b", "{x.a: 1} == x.b", "x.a | abs == x.b", "x.a | decimal(x.b) == 1", "x.a | slice(x.b) | list == []",
]  # fmt: skip
CONDITIONS = [compile_condition(text, ENV) for text in TEXTS]
EXPRESSIONS = [compile_expression(text, ENV) for text in TEXTS]
TEMPLATES = [compile_template("{{ " + text + " }}", ENV) for text in TEXTS] + [compile_template("{% if (" + text + ") %}x{% endif %}", ENV) for text in TEXTS]
OFFICE = parse_calendar({"days": "mon-fri", "from": "09:00", "to": "18:00"}, ENV.zone)


@settings(max_examples=150, deadline=None)
@given(ODD, ODD)
def test_conditions_give_one_of_three_values_and_explain_it(a, b):
    scope = {"x": {"a": a, "b": b}, "office": OFFICE}
    for condition in CONDITIONS:
        outcome = condition.test(scope)
        assert outcome is True or outcome is False or outcome is None
        assert condition.decisive(scope).outcome is outcome


@settings(max_examples=100, deadline=None)
@given(ODD, ODD)
def test_templates_render_or_raise_their_own_error(a, b):
    scope = {"x": {"a": a, "b": b}, "office": OFFICE}
    for template in TEMPLATES:
        with suppress(ExpressionError):
            assert template.render(scope) is not MISSING


@settings(max_examples=100, deadline=None)
@given(ODD, ODD)
def test_expressions_give_a_value_or_missing(a, b):
    scope = {"x": {"a": a, "b": b}, "office": OFFICE}
    for expression in EXPRESSIONS:
        assert expression.value(scope) is not NotImplemented
