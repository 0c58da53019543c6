"""What an expression may not be, and how it is told."""

from __future__ import annotations

import pytest

from ecomflow.errors import ExpressionError
from ecomflow.expressions import Env, compile_condition, compile_expression, compile_template

ENV = Env()


def fault(text, compile_=compile_expression, env=ENV):
    with pytest.raises(ExpressionError) as caught:
        compile_(text, env)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code", "contains"),
    [
        ("", "EF201", "empty"),
        ("order.total >", "EF201", ""),
        ("order.total = 3", "EF201", ""),
        ("a b", "EF201", "unexpected"),
        ("{{ a }} {{ b }}", "EF201", ""),
        ("order.items()", "EF202", "order.items()"),
        ("range(3)", "EF202", "range"),
        ("order.name | uper", "EF203", "uper"),
        ("order | attr('x')", "EF203", "attr"),
        ("[1] | random", "EF203", "random"),
        ("[1] | map('attr', 'x') | list", "EF203", "attr"),
        ("x is presnt", "EF204", "presnt"),
        ("x | round(1, 'ceil', 3)", "EF205", "round"),
        ("x | round(places=1)", "EF205", "round"),
        ("x is mentions", "EF205", "mentions"),
        ("x | map", "EF205", "map"),
        ("x | default", "EF205", "default"),
        ("'a' in 'abc'", "EF206", "text"),
        ("'a' == 3", "EF207", "never compare"),
        ("'confirm' | link", "EF213", "does not run yet"),
        ("x is search('(')", "EF214", "pattern"),
        ("x is match('(?=a)')", "EF214", "pattern"),
        ("{order: 1}", "EF202", "keys"),
        ("{5: 1}", "EF202", "keys"),
        ("x | upper(*y)", "EF205", "*"),
    ],
)
def test_a_wrong_expression_is_refused_with_its_code(text, code, contains):
    found = fault(text)
    assert found.code == code
    assert contains in found.message


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("order.name | uper", "did you mean `upper`?"),
        ("x is presnt", "did you mean `present`?"),
        ("order.total = 3", "write `==` to compare"),
        ("a && b", "write `and` for `&&`"),
        ("'a' in 'abc'", "write `'abc' is mentions('a')`"),
        ("order.items()", "expressions do not call anything: use a filter (`x | length`), or name a field without brackets"),
    ],
)
def test_the_help_says_what_to_write(text, help):
    assert fault(text).help == help


@pytest.mark.parametrize(("text", "offset"), [("a > 1 and b | uper", 12), ("order.x and foo()", 15), ("a b", 2)])
def test_the_place_of_a_fault_is_known(text, offset):
    assert abs(fault(text).offset - offset) <= 2


KNOWN = {("order",): "mapping", ("order", "total"): "number", ("order", "email"): "text", ("order", "tags"): "list", ("order", "at"): "text", ("now",): "moment", ("thing",): None}


def resolve(path, offset, length):
    if path[0] == "thing":
        return None
    if path not in KNOWN:
        raise ExpressionError("EF112", f"unknown field `{'.'.join(path)}`", offset=offset, length=length)
    return KNOWN[path]


CHECKED = Env(resolve=resolve)


@pytest.mark.parametrize(
    ("text", "offset", "length"),
    [("order.emial", 6, 5), ("{{ order.emial }}", 9, 5), ("order.total > 3 and odrer.total > 1", 20, 5), ("order['emial']", 6, 5), ("order.email.name", 12, 4)],
)
def test_a_name_that_cannot_exist_is_refused_where_it_stands(text, offset, length):
    found = fault(text, env=CHECKED)
    assert (found.code, found.offset, found.length) == ("EF112", offset, length)


@pytest.mark.parametrize("text", ["order.at.hour", "now.weekday == 1", "thing.any.thing", "order.tags[0].whatever", "order.tags | map(attribute='x') | list"])
def test_what_may_exist_is_accepted(text):
    assert compile_expression(text, CHECKED).paths


def test_in_on_a_field_that_the_schema_says_is_text_offers_mentions():
    found = fault("'example.com' in order.email", compile_condition, CHECKED)
    assert found.code == "EF206"
    assert "mentions" in found.help


def test_a_field_and_a_constant_of_other_kinds_are_refused():
    assert fault("order.total == '5'", compile_condition, CHECKED).code == "EF207"
    assert fault("order.email > 5", compile_condition, CHECKED).code == "EF207"
    assert compile_condition("order.total == none", CHECKED).test({}) is None


def test_a_template_is_checked_in_all_its_places():
    for text in ("to {{ order.emial }}", "{% if order.emial is present %}x{% endif %}", "{% for t in order.tagz %}{{ t.x }}{% endfor %}"):
        assert fault(text, compile_template, CHECKED).code == "EF112"
    assert compile_template("{% for t in order.tags %}{{ t.x }}{{ loop.index }}{% endfor %}{% set z = 1 %}{{ z }}", CHECKED).paths == (("order", "tags"),)
