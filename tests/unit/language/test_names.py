"""Names in scope, paths against schemas, and the place of a fault inside a text."""

from __future__ import annotations

import pytest

ON_ORDER = "name: w\ntrigger: {event: order.created}\n"
ON_THING = "name: w\ntrigger: {event: thing.happened}\n"
NO_STEPS = "actions: []\n"


def quoted(expression: str) -> str:
    return expression if expression.startswith("{") else f'"{expression}"'


@pytest.mark.parametrize(
    ("expression", "code", "message", "help_"),
    [
        ("order.totl > 5", "EF112", "`order.totl`", "did you mean `total`?"),
        ("ordr.total > 5", "EF111", "`ordr`", "did you mean `order`?"),
        ("total > 5", "EF111", "`total`", "did you mean `order.total`?"),
        ("order.total.x > 5", "EF112", "`order.total.x`", ""),
        ("event.data.order.totl > 5", "EF112", "`event.data.order.totl`", "did you mean `total`?"),
        ("event.tipe == 'x'", "EF112", "`event.tipe`", "did you mean `type`?"),
        ("inputs.minimun > 5", "EF112", "`inputs.minimun`", "did you mean `minimum`?"),
        ("vars.vp", "EF112", "`vars.vp`", "did you mean `vip`?"),
        ("run.foo == 1", "EF112", "`run.foo`", "it has"),
        ("now in calendars.offce", "EF112", "`calendars.offce`", "did you mean `office`?"),
        ("'x' in people.buyer", "EF112", "`people.buyer`", "did you mean `buyers`?"),
        ("'x' in order.email", "EF206", "is a text", "mentions"),
        ("order.total == 'x'", "EF207", "never compare", "quotes"),
        ("order.previous is present", "EF112", "`order.previous`", ""),
        ("loop.index > 1", "EF111", "`loop`", ""),
        ("arriving.order is present", "EF111", "`arriving`", ""),
        ("{some: order.lines, as: line, if: line.skuu == 'x'}", "EF112", "`line.skuu`", "did you mean `sku`?"),
        ("{some: order.lines, as: order, if: order.sku == 'x'}", "EF119", "`order` is already", ""),
    ],
)
def test_a_name_that_cannot_exist_is_an_error(shop, expression, code, message, help_):
    # Given an event type with a schema, and a condition that names what it has not
    text = f"{ON_ORDER}inputs: {{minimum: 5}}\nvars: {{vip: \"'vip' in customer.tags\"}}\nconditions:\n  - {quoted(expression)}\n{NO_STEPS}"
    # When it is loaded
    fault = shop.fault(text, "calendars: {office: {days: mon-fri}}\npeople: {buyers: [a@b.example]}\n")
    # Then the name and the nearest right one are told
    assert fault.code == code
    assert message in fault.message
    assert help_ in fault.help


@pytest.mark.parametrize(
    "expression",
    [
        "order.total > 5",
        "previous.order.total > 5",
        "customer.tags[0] == 'vip'",
        "order.lines[0].sku == 'x'",
        "order.created_at.year == 2026",
        "now - order.created_at > '4h'",
        "event.source == 'test'",
        "trigger.kind == 'event'",
        "omit is blank",
        "{every: order.lines, as: line, if: line.quantity > 0}",
        "{none: order.lines, if: item.sku == 'x'}",
    ],
)
def test_names_that_exist_are_fine(shop, expression):
    # Given a condition over what the schema has, When it is loaded, Then there is no fault
    assert shop.workflow(f"{ON_ORDER}conditions:\n  - {expression}\n{NO_STEPS}").conditions is not None


def test_without_a_schema_any_name_may_be_a_field_and_a_note_says_so(shop):
    # Given an event type without a schema
    project = shop.load(f"{ON_THING}conditions: [thing.a.b > whatever.c]\n{NO_STEPS}")
    # When it is loaded, Then it runs, with a note
    assert list(project.workflows) == ["w"]
    assert [(d.code, d.severity, d.line) for d in project.diagnostics] == [("EF191", "note", 2)]


@pytest.mark.parametrize(("types", "code"), [("[order.created, checkout.updated]", "EF112"), ("order.*", "EF112"), ("[order.created, thing.happened]", None)])
def test_of_several_types_a_field_must_exist_in_one(shop, types, code):
    # Given a list or pattern, and a field that none has, and one that the second has
    fine = shop.load(f"name: w\ntrigger: {{event: {types}}}\nconditions: [order.id is present]\n{NO_STEPS}")
    wrong = shop.load(f"name: w\ntrigger: {{event: {types}}}\nconditions: [order.nothing is present]\n{NO_STEPS}")
    # When both are loaded, Then only the first is wrong, and where one type has no schema neither
    assert [d.code for d in fine.diagnostics if d.severity == "error"] == []
    assert [d.code for d in wrong.diagnostics if d.severity == "error"] == ([code] if code else [])


def test_a_field_of_the_second_type_is_known(shop):
    # Given a pattern whose types have other fields each, When a field of one is named, Then it exists
    assert shop.workflow(f"name: w\ntrigger: {{event: 'order.*'}}\nconditions: [order.paid_at is present, order.total > 1]\n{NO_STEPS}").ids == ()


def test_results_of_steps_are_known(shop):
    # Given an action whose result has a schema, and a wait
    base = f"""{ON_ORDER}actions:
  - {{id: who, action: customer.get, with: {{id: x}}}}
  - {{id: paid, wait_for: {{event: order.paid, timeout: 1h}}}}
"""
    # When their results are named rightly and wrongly
    fine = shop.workflow(base + "  - continue_if: who.email is present and paid.data.order.paid_at is present and steps.who.id is present\n")
    wrong = shop.faults(base + "  - continue_if: who.emial is present\n  - continue_if: paid.data.order.paid is present\n  - continue_if: steps.woh\n")
    # Then only the wrong ones are told
    assert fine.ids == ("who", "paid")
    assert [fault.help for fault in wrong] == ["did you mean `email`?", "did you mean `paid_at`?", "did you mean `who`?"]


@pytest.mark.parametrize("name", ["inputs", "order", "now", "loop", "error", "arriving", "a-b", "1a"])
def test_an_id_may_not_be_a_name_in_scope(shop, name):
    # Given a step whose id is taken or no name, When it is loaded, Then that is an error
    assert shop.fault(f"{ON_ORDER}actions: [{{id: {name}, wait: 1h}}]").code == "EF119"


def test_an_id_may_stand_once(shop):
    # Given two steps of one id, one of them nested, When they are loaded, Then the second is an error
    assert "two steps" in shop.fault(f"{ON_ORDER}actions: [{{id: a, wait: 1h}}, {{if: order.total > 1, then: [{{id: a, wait: 1h}}]}}]").message


def test_ids_in_items_live_there_alone(shop):
    # Given two loops that use the same names, and a use outside
    loop = "{for_each: order.lines, as: line, do: [{id: look, action: probe.read, with: {sku: '{{ line.sku }}'}}, {continue_if: look.ok}]}"
    # When they are loaded
    fine = shop.workflow(f"{ON_ORDER}actions: [{loop}, {loop}]")
    wrong = shop.fault(f"{ON_ORDER}actions: [{loop}, {{continue_if: look.ok}}]")
    # Then they are known inside and not outside
    assert (fine.ids, fine.actions[0].ids) == ((), ("look",))
    assert wrong.code == "EF111"


def test_names_of_loops_and_catch_are_known_inside(shop):
    # Given loop, error and arriving where they belong, When it is loaded
    found = shop.workflow(f"""{ON_ORDER}actions:
  - {{repeat: {{while: loop.index < 3}}, do: [{{set: {{n: "{{{{ loop.index }}}}"}}}}]}}
  - {{try: [{{wait: 1h}}], catch: [{{fail: "{{{{ error.message }}}}"}}]}}
  - {{wait_for: {{event: order.paid, where: arriving.order.paid_at is present}}}}
  - {{continue_if: vars.n > 1}}
""")
    # Then there is no fault
    assert len(found.actions) == 4


@pytest.mark.parametrize(
    ("text", "line", "column", "length"),
    [
        ("conditions: [order.totl > 5]\n", 3, 20, 4),
        ("conditions:\n  - 1 < order.totl\n", 4, 15, 4),
        ("conditions:\n  - 'order.id == ''a'' and order.totl > 1'\n", 4, 34, 4),
        ('conditions:\n  - "order.id == \\"a\\" and order.totl > 1"\n', 4, 34, 4),
        ('conditions:\n  - "order.id == \\x22a\\x22\n    and order.totl > 1"\n', 5, 15, 4),
        ("conditions:\n  - order.total > 5\n    and order.totl > 1\n", 5, 15, 4),
        ("conditions:\n  - |\n    order.total > 5\n    and order.totl > 1\n", 6, 15, 4),
        ("conditions:\n  - >-\n      order.total > 5\n      and order.totl > 1\n", 6, 17, 4),
        ("conditions:\n  - {if: order.totl > 1, label: big}\n", 4, 16, 4),
    ],
)
def test_a_fault_stands_where_it_is_written(shop, text, line, column, length):
    # Given a wrong name in every way in which YAML writes a text, When it is loaded
    fault = next(fault for fault in shop.faults(ON_ORDER + text + NO_STEPS) if fault.code == "EF112")
    # Then the place is that of the name
    assert (fault.line, fault.column, fault.length) == (line, column, length)
    assert fault.excerpt[column - 1 : column - 1 + length] == "totl"


def test_a_reference_inside_a_schema_is_followed_and_one_outside_is_not(shop):
    # Given schemas of the project, one of which names a file
    project = "event_types:\n  a.done: {subject: a.id, schema: {properties: {a: {$ref: '#/$defs/a'}}, $defs: {a: {type: object, properties: {id: {type: string}}}}}}\n  b.done: {schema: {properties: {b: {$ref: 'file:///etc/passwd'}}}}\n"
    # When workflows name fields of both
    wrong = shop.fault(f"name: w\ntrigger: {{event: a.done}}\nconditions: [a.x is present]\n{NO_STEPS}", project)
    fine = shop.workflow(f"name: w\ntrigger: {{event: b.done}}\nconditions: [b.x is present]\n{NO_STEPS}", project)
    # Then the first is checked and the second may be anything
    assert wrong.message == "unknown field `a.x`"
    assert fine.name == "w"


def test_unions_and_open_mappings(shop):
    # Given a schema with alternatives, parts, and a mapping of any names
    project = (
        "event_types: {c.done: {schema: {properties: {c: {allOf: [{properties: {x: {type: string}}}], properties: {y: {type: [string, number]}}}, "
        "d: {anyOf: [{type: 'null'}, {type: object, properties: {p: {}}}, {type: object, properties: {q: {}}}]}, e: {type: object, additionalProperties: {type: string}}}}}}\n"
    )
    # When fields of each are named
    base = "name: w\ntrigger: {event: c.done}\nconditions: "
    # Then those of any part exist, others do not, and an open mapping has any
    assert shop.workflow(f"{base}[c.x is present, c.y is present, d.p is present, d.q is present, e.whatever is present]\n{NO_STEPS}", project).name == "w"
    assert [fault.message for fault in shop.faults(f"{base}[c.z is present, d.r is present]\n{NO_STEPS}", project)] == ["unknown field `c.z`", "unknown field `d.r`"]
