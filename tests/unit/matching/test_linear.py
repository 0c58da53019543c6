"""What the index finds, and what it knows of what it finds, beside asking every workflow (R:X6)."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecomflow.core.encoding import decode_event, encode_event
from ecomflow.errors import LimitError
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
    some,
)
from ecomflow.matching import WorkflowIndex, groups, tables
from ecomflow.model import Mode, Trigger, Workflow


class Angry:
    """A filter of a plugin that fails for some values."""

    def __call__(self, value):
        if value in (5, "a"):
            raise RuntimeError("no")
        return value


ENV = Env(filters={"angry": Angry()})
PATHS = ["kind", "thing.kind", "thing.size", "thing.deep.size"]
CONSTANTS = ["'a'", "'b'", "'5'", "5", "1", "1.0", "-2.5", "true", "false", "none", "'2026-03-02'"]
NUMBERS = ["0", "1", "1.0", "5", "-2.5", "100000000000000000000", "0.1"]
VALUES = [
    "a", "b", "5", "", 5, 1, 0, -3, 10**20, Decimal("1.0"), Decimal("5.00"), Decimal("0.1"), Decimal("NaN"), Decimal("1E+400"), True, False, None,
    [], ["a"], {}, {"kind": "a", "size": 1}, "2026-03-02", "1h",
]  # fmt: skip

path, constant, number = st.sampled_from(PATHS), st.sampled_from(CONSTANTS), st.sampled_from(NUMBERS)


@st.composite
def texts(draw):
    one, two, low, high, where = draw(constant), draw(constant), draw(number), draw(number), draw(path)
    sign = draw(st.sampled_from(["<", "<=", ">", ">="]))
    return draw(
        st.sampled_from([
            f"{where} == {one}", f"{where} == {one}", f"{one} == {where}", f"{where} in [{one}, {two}]", f"{where} {sign} {low}", f"{high} {sign} {where}",
            f"{where} >= {low} and {where} < {high}", f"{where} == {one} and {where} in [{one}, {two}]", f"{where} != {one}", f"{where} not in [{one}]",
            f"{where} is present", f"{where} == {one} or {where} {sign} {low}", f"{where} | angry == {one}", f"{where} * 2 {sign} {low}", where,
            f"now.hour {sign} 5", f"{where} == inputs.n", f"{low} < {where} < {high}",
        ])
    )  # fmt: skip


def over_items(build):
    return st.builds(lambda name, text: build(compile_expression("thing.list", ENV), name, compile_condition(text, ENV)), st.sampled_from(["item", "kind"]), st.sampled_from(["item == 'a'", "kind == 'a'", "item > 1"]))


leaves = texts().map(lambda text: compile_condition(text, ENV))
nested = st.recursive(
    leaves | st.one_of(*map(over_items, (some, every, none))),
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(all_of), st.lists(inner, max_size=3).map(any_of), inner.map(not_)),
    max_leaves=3,
)
conditions = st.lists(leaves | leaves | nested, max_size=4).map(all_of)


@st.composite
def workflows(draw):
    # Few texts in many workflows: groups are large, and questions shared.
    known = draw(st.lists(conditions, min_size=1, max_size=12))
    chosen = draw(st.lists(st.tuples(st.sampled_from(known), st.sampled_from([0, 0, 1]), st.integers(0, 9)), min_size=1, max_size=40))
    return [workflow(f"w{number:02}", asked, priority, Mode.RESTART if odd == 0 else Mode.PARALLEL) for number, (asked, priority, odd) in enumerate(chosen)]


def workflow(name, asked, priority=0, mode=Mode.PARALLEL, types=("thing.happened",)):
    return Workflow(
        name=name, version=name, bundle={}, priority=priority, mode=mode, triggers=(Trigger("event", None, 0, types),), conditions=asked, index=() if asked is None else conjuncts(asked),
    )  # fmt: skip


values = st.sampled_from(VALUES)
things = st.fixed_dictionaries({}, optional={"kind": values, "size": values, "deep": values, "list": st.lists(values, max_size=2)})
datas = st.fixed_dictionaries({}, optional={"thing": things | things | values, "kind": values})


json_values = st.sampled_from([each for each in VALUES if not (isinstance(each, Decimal) and each.is_nan())])
json_things = st.fixed_dictionaries({}, optional={"kind": json_values, "size": json_values, "deep": json_values, "list": st.lists(json_values, max_size=2)})
ODD = [b'"odd":1e9999999999999999999', b'"odd":"\xff"', b'"odd":"\\ud800"', b'"odd":NaN', b'"odd":', b'"thing":{"odd":01}', b'"odd":' + b"[" * 64 + b"]" * 64]


@st.composite
def texts_of_events(draw):
    """JSON of an event, in which names may stand twice; now and then it is none."""
    named = draw(st.lists(st.tuples(st.sampled_from(["thing", "thing", "kind", "other"]), json_things | json_things | json_values), max_size=5))
    pairs = [encode_event({name: value})[1:-1] for name, value in named]
    odd = draw(st.lists(st.sampled_from(ODD), max_size=1)) if draw(st.integers(0, 4)) == 0 else []
    return b"{" + b",".join(draw(st.permutations([*pairs, *odd]))) + b"}"


def linear(written, data):
    """What asking every workflow gives: those that may match, by priority and name, and whether they do."""
    scope = {**data, "inputs": {"n": 1}, "now": None}
    asked = [(each, each.conditions.test(scope)) for each in sorted(written, key=lambda each: (-each.priority, each.name))]
    return [(each.name, outcome is True) for each, outcome in asked if outcome is not False or each.mode is Mode.RESTART]


def open_(each):
    return each.mode is Mode.RESTART or any(one.test is None for one in each.index)


@pytest.fixture(params=[0, 1000, groups.FEW], ids=["by tables", "one by one", "as they are"], autouse=True, scope="module")
def sizes(request):
    """The same of groups and tables of any size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "FEW", request.param)
        patch.setattr(groups, "_SHARED", 3)
        patch.setattr(tables, "_STEPS", 2)
        patch.setattr(tables, "_RARE", 8)
        patch.setattr(tables, "_FEW", 2)
        yield


def kept(written, data, found):
    """What was found, but for those of which the data do not tell all: the index may find too many of them, and no fewer."""
    must = [name for name, _ in linear(written, data)]
    told = {each.name for each in written if not open_(each)}
    assert [name for name, _ in found if name in must] == must
    assert not any(known for name, known in found if name not in told)
    return [(name, known) for name, known in found if name in told]


@settings(max_examples=400, deadline=None)
@given(workflows(), st.lists(datas, min_size=1, max_size=4))
@example([workflow(f"w{n}", compile_condition("thing.kind == 'a'" if n else "thing.kind == 5", ENV)) for n in range(9)], [{"thing": {"kind": "5"}}, {}])
@example([workflow("w", compile_condition("thing.kind == 'a' and kind == 'b'", ENV))], [{"thing": {"kind": "a"}, "kind": None}])
@example([workflow("w", compile_condition("kind == 1", ENV))], [{"kind": Decimal("sNaN")}, {"kind": True}, {"kind": Decimal("1.0")}])
def test_the_index_finds_and_knows_what_asking_everyone_finds(written, arriving):
    # Given any workflows, When any event is looked up, Then just those are found whose conditions are not false, in
    # their order, and of those whose conditions read the event alone it is known which hold.
    index = WorkflowIndex(written)
    for data in arriving:
        found = [(each.name, each.known) for each in index.candidates("thing.happened", data)]
        told = {each.name for each in written if not open_(each)}
        assert kept(written, data, found) == [(name, holds) for name, holds in linear(written, data) if name in told]


@settings(max_examples=150, deadline=None)
@given(workflows(), st.lists(texts_of_events(), min_size=1, max_size=4))
@example([workflow("w", compile_condition("thing.kind == 'a' and thing.size > 1", ENV))], [b'{"thing":{"kind":"a"},"thing":{"size":5}}', b'{"thing":[{"kind":"a"}]}'])
@example([workflow("w", compile_condition("thing.size.year == 2026 and thing.size is present", ENV))], [b'{"thing":{"size":"2026-03-02"}}', b'{"thing":{"size":{"year":2026}}}'])
@example([workflow("w", compile_condition("thing.list[0].kind == 'a'", ENV)), workflow("x", compile_condition("thing['odd name'] == 1", ENV))], [b'{"thing":{"list":[{"kind":"a"}],"odd name":1}}'])
def test_the_index_finds_the_same_in_what_is_skimmed(written, arriving):
    # Given workflows that data can rule out, When the JSON of any event is skimmed, Then the same are found in that as in
    # all of it, and what is no event is not skimmed.
    index = WorkflowIndex([each for each in written if each.mode is not Mode.RESTART and any(one.test is not None for one in each.index)])
    for raw in arriving:
        skim = index.skim("thing.happened")
        part = None if skim is None else skim(raw)
        if part is not None:
            assert index.candidates("thing.happened", part) == index.candidates("thing.happened", decode_event(raw))
        else:
            with suppress(LimitError):
                index.candidates("thing.happened", decode_event(raw))


def test_what_is_skimmed_is_what_the_workflows_ask():
    # Given workflows of one type, When an event comes, Then what their conditions read of it is decoded and nothing else.
    shop = [workflow("one", all_of([compile_condition("thing.kind == 'a'", ENV), compile_condition("thing.size > 1", ENV)])), workflow("two", compile_condition("thing.deep is present", ENV))]
    raw = b'{"thing":{"kind":"a","size":2,"note":"x","deep":{"a":[1]}},"other":{"b":1}}'

    assert WorkflowIndex(shop).skim("thing.happened")(raw) == {"thing": {"kind": "a", "size": 2, "deep": {"a": [1]}}}
    assert WorkflowIndex(shop).skim("thing.unnamed")(raw) == {}

    # When one of them starts whatever the data say, or asks more than these, Then all of it is to be decoded.
    for other in (all_of([]), compile_condition("now.hour > 5", ENV)):
        assert WorkflowIndex([*shop, workflow("three", other)]).skim("thing.happened") is None
    assert WorkflowIndex([*shop, workflow("three", compile_condition("thing.size > 1", ENV), mode=Mode.RESTART)]).skim("thing.happened") is None


def test_what_runs_read_is_skimmed_with_it():
    # Given workflows whose runs read more than their conditions, When an event comes, Then that is decoded, too,
    raw = b'{"thing":{"kind":"a","size":2,"note":"x","deep":{"a":[1]}},"other":{"b":1,"c":2}}'
    one = workflow("one", compile_condition("thing.kind == 'a'", ENV))

    def read(*reads):
        shop = [one, *(replace(one, name=f"w{number}", reads=None if each is None else frozenset(each)) for number, each in enumerate(reads))]
        return WorkflowIndex(shop).skim("thing.happened")(raw)

    assert read([("thing", "note"), ("other", "b")], [("missing", "x")], []) == {"thing": {"kind": "a", "note": "x"}, "other": {"b": 1}}

    # but not where it is unknown, holds what conditions look into, or is very much.
    assert read(None) == read([("thing",), ("other", "b")]) == read([("other", "b"), *((f"f{number}",) for number in range(32))]) == {"thing": {"kind": "a"}}
    assert read([("thing",)], [("other", "b")]) == {"thing": {"kind": "a"}, "other": {"b": 1}}

    # Given one that is found whatever the data say, When what it reads is known, Then no more is decoded.
    always = workflow("always", None)
    for reads, found in (({("other", "b")}, {"thing": {"kind": "a"}, "other": {"b": 1}}), (set(), {"thing": {"kind": "a"}})):
        assert WorkflowIndex([one, replace(always, reads=frozenset(reads))]).skim("thing.happened")(raw) == found
    for reads in (None, frozenset({("thing",)})):
        assert WorkflowIndex([one, replace(always, reads=reads)]).skim("thing.happened") is None


@given(st.lists(st.tuples(st.sampled_from([*NUMBERS, "2", "3", "4", "7"]), st.sampled_from(["<", "<=", ">", ">="])), min_size=1, max_size=60), st.sampled_from(VALUES))
def test_ranges_by_tables_are_those_one_by_one(written, value):
    shop = [workflow(f"w{n:02}", compile_condition(f"thing.size {sign} {bound}", ENV)) for n, (bound, sign) in enumerate(written)]
    data = {"thing": {"size": value}}
    assert [(each.name, each.known) for each in WorkflowIndex(shop).candidates("thing.happened", data)] == linear(shop, data)


@given(st.sets(st.integers(0, 3000), max_size=600), st.integers(1, 4000))
def test_places_and_bits_are_one(taken, more):
    mask = tables.bits(sorted(taken))
    assert [*tables.places_of(mask)] == sorted(taken)
    assert [*tables.pick(range(3000 + more), mask)] == sorted(taken)


def test_a_question_that_many_ask_is_asked_once():
    # Given a condition that no table holds, in many workflows of several groups,
    asked = []

    def counting(value):
        asked.append(value)
        return value

    env = Env(filters={"counting": counting})
    shop = [workflow(f"w{n:03}", all_of([compile_condition("thing.size | counting == 3", env), compile_condition(f"thing.kind == '{'ab'[n % 2]}'", env)])) for n in range(100)]

    # When an event comes, Then it is asked once; and not at all where nobody is left who asks it.
    index = WorkflowIndex(shop)
    assert len(index.candidates("thing.happened", {"thing": {"kind": "a", "size": 3}})) == 50
    assert asked == [3]
    assert not index.candidates("thing.happened", {"thing": {"kind": "c", "size": 3}})
    assert asked == [3]


def test_types_and_patterns_find_each_their_own():
    always = all_of([])
    shop = [workflow("one", always, types=("order.paid",)), workflow("any", always, types=("order.*",)), workflow("deep", always, types=("order.line.*", "order.paid"))]
    index = WorkflowIndex(shop)

    def names(type_):
        return [each.name for each in index.candidates(type_, {})]

    assert names("order.paid") == ["any", "deep", "one"]
    assert names("order.line.added") == ["any", "deep"]
    assert names("order.x") == [*names("order."), "any"] == ["any"]
    assert names("order") == names("x.order.paid") == names("*") == []
    assert [each.name for each, _ in index.listening("order.line.added")] == ["any", "deep"]


def test_types_that_come_but_once_leave_nothing_behind():
    # Given a pattern, When events of ever new types come, Then the index does not grow.
    index = WorkflowIndex([workflow("any", all_of([]), types=("order.*",))])
    for number in range(1000):
        assert len(index.candidates(f"order.x{number}", {})) == 1
        assert not index.candidates(f"cart.x{number}", {})
    assert len(index._buckets) == 1
