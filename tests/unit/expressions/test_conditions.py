"""Conditions of several leaves, what each saw, and what the index may use."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomflow.expressions import (
    Env,
    all_of,
    any_of,
    compile_condition,
    compile_expression,
    conjuncts,
    every,
    none,
    not_,
    read_of_data,
    some,
)
from ecomflow.model import MISSING, IndexKey, IndexRange

ENV = Env()


def condition(text, label=None):
    return compile_condition(text, ENV, label)


SCOPE = {"order": {"total": Decimal("249.00"), "status": "Paid"}, "customer": {"tags": ["new", "VIP "], "accepts_marketing": False}, "thing": {"size": "5"}}


def test_why_shows_each_leaf_with_what_it_saw():
    asked = all_of([condition("order.total > 100"), condition("'vip' in customer.tags"), condition("customer.accepts_marketing")])

    leaves = asked.explain(SCOPE)

    assert [(leaf.source, leaf.outcome, leaf.asked) for leaf in leaves] == [("order.total > 100", True, True), ("'vip' in customer.tags", False, True), ("customer.accepts_marketing", None, False)]
    assert leaves[0].detail == "249.00 > 100"
    assert leaves[1].detail == "customer.tags = ['new', 'VIP ']"
    assert leaves[1].hint == "'vip' (differs by case and space)"
    assert asked.decisive(SCOPE) == leaves[1]


@pytest.mark.parametrize(
    ("text", "detail", "hint"),
    [
        ("order.total > 300", "249.00 > 300", "more than 300"),
        ("300 <= order.total", "300 <= 249.00", "300 or more"),
        ("not order.total > 100", "249.00 <= 100", "100 or less"),
        ("order.status == 'paid'", "order.status = 'Paid'", "'paid' (differs by case)"),
        ("order.status == 'Payd'", "order.status = 'Paid'", "'Payd' (close to 'Paid')"),
        ("order.status != 'Paid'", "order.status = 'Paid'", "another value"),
        ("order.status in ['paid', 'open']", "order.status = 'Paid'", "'paid' (differs by case)"),
        ("order.status in ['open', 'done']", "order.status = 'Paid'", "one of 'open', 'done'"),
        ("order.none is present", "order.none is missing", "a value"),
        ("order.status is blank", "order.status = 'Paid'", "no value"),
        ("order.status is mentions('x')", "order.status = 'Paid'", "mentions 'x'"),
        ("customer.accepts_marketing", "customer.accepts_marketing = false", "true"),
        ("order.none > 3", "order.none is missing", "a value for order.none"),
        ("thing.size > 3", "thing.size = '5' is text, 3 is a number", "a number instead of text"),
        ("order.status", "order.status = 'Paid' is no yes or no", "true or false"),
    ],
)
def test_a_leaf_that_does_not_hold_says_what_it_saw_and_what_would_turn_it(text, detail, hint):
    leaf = condition(text).decisive(SCOPE)
    assert (leaf.detail, leaf.hint) == (detail, hint)


def test_and_or_not_inside_one_expression_become_leaves():
    asked = condition("order.total > 300 or not (order.status == 'Paid' and customer.none > 1)")
    assert [leaf.source for leaf in asked.explain(SCOPE)] == ["order.total > 300", "not (order.status == 'Paid')", "not (customer.none > 1)"]
    assert asked.test(SCOPE) is None
    assert asked.decisive(SCOPE).source == "not (customer.none > 1)"


def test_a_false_leaf_decides_wherever_it_stands():
    asked = all_of([condition("thing.color == 'red'"), condition("order.total > 300")])
    assert asked.test(SCOPE) is False
    assert asked.decisive(SCOPE).source == "order.total > 300"


def test_a_label_names_the_leaf():
    leaf = condition("order.total > 500 and order.none", "big order").decisive(SCOPE)
    assert (leaf.source, leaf.outcome, leaf.detail) == ("big order", False, "order.total > 500: 249.00 > 500")


def lines(*items):
    return {"thing": {"lines": list(items)}}


GIFT, BOOK, BARE = {"type": "gift"}, {"type": "book"}, {"sku": "x"}


@pytest.mark.parametrize(
    ("make", "scope", "expected"),
    [
        (some, lines(BARE, GIFT), True),
        (some, lines(BARE, BOOK), None),
        (some, lines(BOOK), False),
        (some, lines(), False),
        (some, {"thing": {}}, None),
        (every, lines(BARE, BOOK), False),
        (every, lines(GIFT, GIFT), True),
        (every, lines(GIFT, BARE), None),
        (every, lines(), True),
        (every, {"thing": {}}, None),
        (none, lines(BOOK, BOOK), True),
        (none, lines(BOOK, GIFT), False),
        (none, lines(BARE, BOOK), None),
        (none, lines(), True),
    ],
)
def test_some_every_and_none(make, scope, expected):
    asked = make(compile_expression("thing.lines", ENV), "line", condition("line.type == 'gift'"))
    assert asked.test(scope) is expected
    assert asked.decisive(scope).outcome is expected
    turned = {True: False, False: True, None: None}[expected]
    assert not_(asked).test(scope) is turned
    assert asked.paths == (("thing", "lines"),)


def test_every_names_the_item_that_decided():
    asked = every(compile_expression("thing.lines", ENV), "line", condition("line.type == 'gift'"))
    leaf = asked.decisive(lines(GIFT, BOOK))
    assert leaf.source == "every thing.lines: line.type == 'gift'"
    assert leaf.detail == "item 2 of 2: line.type = 'book'"


outcomes = st.sampled_from([True, False, None])
trees = st.recursive(outcomes, lambda inner: st.one_of(st.tuples(st.just("not"), inner), st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=5))), max_leaves=12)


def build(tree):
    if not isinstance(tree, tuple):
        return condition({True: "t", False: "f", None: "u"}[tree])
    if tree[0] == "not":
        return not_(build(tree[1]))
    return (all_of if tree[0] == "and" else any_of)([build(part) for part in tree[1]])


def written(tree):
    if not isinstance(tree, tuple):
        return {True: "t", False: "f", None: "u"}[tree]
    if tree[0] == "not":
        return f"not ({written(tree[1])})"
    return f" {tree[0]} ".join(f"({written(part)})" for part in tree[1])


def kleene(tree):
    if not isinstance(tree, tuple):
        return tree
    if tree[0] == "not":
        inner = kleene(tree[1])
        return None if inner is None else not inner
    found, decides = [kleene(part) for part in tree[1]], tree[0] == "or"
    return decides if decides in found else None if None in found else not decides


@given(trees)
def test_combinators_and_words_follow_kleene_and_the_decisive_leaf_agrees(tree):
    scope = {"t": True, "f": False, "u": None}
    for asked in (build(tree), condition(written(tree))):
        assert asked.test(scope) is kleene(tree)
        assert asked.decisive(scope).outcome is kleene(tree)
        assert any(leaf.outcome is kleene(tree) for leaf in asked.explain(scope) if leaf.asked)
    assert not isinstance(tree, tuple) or compile_expression(written(tree), ENV).value(scope) is (MISSING if kleene(tree) is None else kleene(tree))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("thing.kind == 'a'", (IndexKey(("thing", "kind"), ("a",)),)),
        ("'a' == thing.kind", (IndexKey(("thing", "kind"), ("a",)),)),
        ("thing.kind in ['a', 'b'] and thing.n == 5", (IndexKey(("thing", "kind"), ("a", "b")), IndexKey(("thing", "n"), (5,)))),
        ("thing.n == -5", (IndexKey(("thing", "n"), (-5,)),)),
        ("thing.ok == true", (IndexKey(("thing", "ok"), (True,)),)),
        ("thing.kind == 'a' or thing.n == 5", ()),
        ("not thing.kind == 'a'", ()),
        ("thing.kind != 'a'", ()),
        ("thing.kind not in ['a']", ()),
        ("thing.kind in ['a', 5]", ()),
        ("thing.kind == none", ()),
        ("thing.at == '2026-03-02'", ()),
        ("thing.at.year == 2026", ()),
        ("thing.kind | default('a') == 'a'", ()),
        ("vars.kind == 'a'", ()),
        ("run.workflow == 'a'", ()),
        ("thing.list[0] == 'a'", ()),
        ("thing.kind == other.kind", ()),
        ("thing.n > 5", (IndexRange(("thing", "n"), "gt", 5),)),
        ("-1.5 >= thing.n", (IndexRange(("thing", "n"), "lteq", Decimal("-1.5")),)),
        ("thing.n >= 1 and thing.n < 5", (IndexRange(("thing", "n"), "gteq", 1), IndexRange(("thing", "n"), "lt", 5))),
        ("thing.n > 'a'", ()),
        ("thing.at.hour > 5", ()),
        ("not thing.n > 5", ()),
        ("1 < thing.n < 5", ()),
    ],
)
def test_the_index_uses_conjuncts_on_the_data_alone(text, expected):
    assert forms(condition(text)) == expected
    assert forms(all_of([condition("x > 1"), condition(text, "label")])) == (IndexRange(("x",), "gt", 1), *expected)


def forms(asked):
    return tuple(each.form for each in conjuncts(asked) if each.form is not None)


@pytest.mark.parametrize("text", ["now.hour == 5", "thing.n > inputs.n", "event.source == 'a'", "thing.at < now - '1d'", "vars.n > 3"])
def test_what_reads_more_than_the_data_is_not_asked_of_them(text):
    assert [each.test for each in conjuncts(condition(text))] == [None]


def test_what_asks_the_same_has_one_key_and_what_does_not_has_another():
    def key(text, env=ENV):
        return conjuncts(compile_condition(text, env))[0].key

    berlin = Env("Europe/Berlin", ENV.locale, ENV.resolve, ENV.filters)
    assert key("thing.n != 1") == key("thing.n != 1")
    assert len({key("thing.n != 1"), key("not thing.n != 1"), key("thing.n == 1"), key("thing.n != 1", berlin)}) == 4
    some_of, every_of = (conjuncts(build(compile_expression("thing.list", ENV), name, condition("item == 1")))[0].key for build, name in ((some, "item"), (every, "item")))
    other = conjuncts(some(compile_expression("thing.list", ENV), "other", condition("item == 1")))[0].key
    assert len({some_of, every_of, other}) == 3


VALUES = st.sampled_from([None, True, False, 1, Decimal("1.0"), 2, "a", "b", "1", "", [], ["a"], {}])


@given(VALUES, st.sampled_from(["t.k == 'a'", "t.k in ['a', 'b']", "t.k == 1", "t.k in [1, 2.0]", "t.k == true"]))
def test_a_value_of_the_constants_kind_and_none_of_them_is_never_anything_but_false(value, text):
    asked = condition(text)
    (key,) = forms(asked)
    same_kind = any(type(value) is type(constant) or {type(value), type(constant)} <= {int, Decimal} for constant in key.values)
    if same_kind:
        assert asked.test({"t": {"k": value}}) is (value in key.values)
    else:
        assert asked.test({"t": {"k": value}}) is (False if value is None else None)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("order.total > 5 and customer.tags[0] == 'vip'", {("order", "total"), ("customer", "tags")}),
        ("event.data.order.total > 5 and event.time > now and event.data.at.year == 2026", {("order", "total"), ("at",)}),
        ("order[key] == inputs.limit and trigger.kind == people.boss", {("order",), ("key",)}),
        ("loop.index == error.type and vars.a == steps.b.c", {("loop", "index"), ("error", "type"), ("vars", "a"), ("steps", "b", "c")}),
        ("event.data is present", None),
        ("event | tojson == ''", None),
        ("event['data'][key] == 1", None),
        ("events[0].id == 'e'", None),
    ],
)
def test_what_is_read_of_data(text, read):
    # Given constant paths, When they may lead into an event's data, Then these are they; None where they may lead anywhere.
    assert read_of_data(compile_condition(text, ENV).paths) == read
