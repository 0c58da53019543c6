"""What a file means: the model that the other rooms get."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ecomflow.errors import ProjectError
from ecomflow.language import compile_bundle, load_project
from ecomflow.model import Catalog, Duration, IndexKey, Mode, Retry, WaitForStep

ON_ORDER = "name: w\ntrigger: {event: order.created}\n"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_every_setting_of_a_workflow_is_in_the_model(shop):
    # Given a workflow with all settings
    found = shop.workflow(
        """name: w
description: What it does
enabled: false
trigger: [{event: order.created, id: new}, {event: [order.paid]}]
inputs: {delay: 24h, minimum: {default: 50, description: Smallest}}
vars: {vip: "'vip' in customer.tags", double: vars.vip}
subject: customer.id
mode: queued
max_runs: 3
max_queued: 7
own_events: true
group: {name: recovery, key: customer.id}
priority: 10
caps: [few]
once: {key: order.id}
throttle: {limit: 2, per: 24h, key: customer.id}
conditions: [order.total > 5, order.email == 'a']
on_unknown: fail
exit_on: {event: order.paid, match: {order.id: order.id}, lookback: 1h}
timezone: Europe/Berlin
locale: de
actions: []
output: {vip: "{{ vars.vip }}"}
""",
        "caps: {few: {limit: 2, per: 7d, key: customer.id}}\ninputs: {w: {delay: 20h}}\n",
    )
    # When it is loaded, Then each is there
    assert (found.description, found.enabled, found.mode, found.max_runs, found.max_queued) == ("What it does", False, Mode.QUEUED, 3, 7)
    assert [(t.kind, t.id, t.position, t.types) for t in found.triggers] == [("event", "new", 0, ("order.created",)), ("event", None, 1, ("order.paid",))]
    assert found.constants["inputs"] == {"delay": "20h", "minimum": 50}
    assert (found.own_events, found.priority, found.fail_on_unknown, found.timezone, found.locale) == (True, 10, True, "Europe/Berlin", "de")
    assert [(t.kind, t.name, t.limit, t.per) for t in found.tokens] == [("once", "w", 1, None), ("throttle", "w", 2, Duration(seconds=86_400)), ("cap", "few", 2, Duration(days=7))]
    assert (found.group.name, found.group.key.value({"customer": {"id": 5}})) == ("recovery", 5)
    assert (found.subject_kind, [name for name, _ in found.vars]) == ("customer.id", ["vip", "double"])
    assert [(each.form.path, each.form.values) for each in found.index if isinstance(each.form, IndexKey)] == [(("order", "email"), ("a",))]
    assert (found.exit_on[0].types, found.exit_on[0].match[0].field, found.exit_on[0].lookback) == (("order.paid",), "order.id", 3600.0)
    assert found.output.render({"vars": {"vip": True}}) == {"vip": True}


def test_every_kind_of_step_is_in_the_model(shop):
    # Given one step of each kind
    found = shop.workflow(f"""{ON_ORDER}actions:
  - {{id: a, name: first, if: order.total > 1, on_unknown: else, action: email.send, with: {{to: "{{{{ order.email }}}}"}}, retry: {{attempts: 2, delay: 1m, max_delay: 2m, deadline: 1h}}, timeout: 5s, once: {{key: order.id, per: 1h}}, on_error: [{{stop: gone}}]}}
  - wait: 24h
  - wait: {{until: tue 11:00}}
  - wait: {{until_window: office}}
  - {{id: b, wait_for: {{event: order.paid, timeout: 3d, where: arriving.order.id == order.id}}}}
  - {{if: order.total > 1, then: [{{wait: 1h}}], else: [{{wait: 2h}}]}}
  - {{choose: [{{if: order.total > 1, then: []}}], else: []}}
  - {{for_each: order.lines, as: line, max_parallel: 2, on_error: continue, key: line.sku, do: [{{wait_for: {{event: order.paid, since: step}}}}]}}
  - {{parallel: [[{{wait: 1h}}], []], join: first}}
  - {{repeat: {{times: 3}}, do: [{{wait_for: {{event: order.paid}}}}], max: 5}}
  - continue_if: order.total > 1
  - set: {{x: 1}}
  - {{emit: order.flagged, data: {{a: "{{{{ order.id }}}}"}}}}
  - ask_approval: {{title: Refund, details: "{{{{ order.id }}}}", to: [finance, c@d.example], timeout: 1d, on_timeout: [{{fail: late}}]}}
  - {{try: [], catch: [], finally: [{{set: {{y: 1}}}}]}}
  - stop:
  - fail: "no {{{{ order.id }}}}"
""", "calendars: {office: {days: mon-fri, from: '09:00', to: '18:00'}}\npeople: {finance: [a@b.example]}\n")
    steps = found.actions
    # When it is loaded, Then each is what its kind is
    assert [type(step).__name__ for step in steps] == [
        "ActionStep", "WaitStep", "WaitStep", "WaitStep", "WaitForStep", "IfStep", "ChooseStep", "ForEachStep", "ParallelStep", "RepeatStep", "ContinueIfStep",
        "SetStep", "EmitStep", "AskApprovalStep", "TryStep", "StopStep", "FailStep",
    ]  # fmt: skip
    action = steps[0]
    assert (action.retry, action.timeout, action.unknown_is_else, action.name) == (Retry(2, 60.0, 120.0, 3600.0), 5.0, True, "first")
    assert [(t.kind, t.name) for t in action.tokens] == [("once", "w/a")]
    assert (action.on_error[0].path, action.guard.test({"order": {"total": 2}})) == ("actions/0/on_error/0", True)
    assert steps[1].due.at({"now": NOW}) == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert (steps[3].due.reasked, steps[2].due.reasked) == (True, False)
    assert (steps[7].go_on, steps[7].max_parallel, steps[7].name_of_item, steps[8].first, steps[9].max) == (True, 2, "line", True, 5)
    assert (steps[13].to, steps[13].on_timeout[0].path) == (("finance", "c@d.example"), "actions/13/ask_approval/on_timeout/0")
    assert (steps[15].reason.render({}), steps[16].reason.render({"order": {"id": 5}})) == ("", "no 5")
    assert [(wait.path, wait.repeats) for wait in found.waits] == [("actions/4", False), ("actions/9/do/0", True)]
    assert found.ids == ("a", "b")
    assert [step.line for step in steps[:3]] == [4, 5, 6]


@pytest.mark.parametrize(
    ("written", "scope", "outcome"),
    [
        ("[x > 1, y > 1]", {"x": 2, "y": 2}, True),
        ("[x > 1, y > 1]", {"x": 2, "y": 1}, False),
        ("{any: [x > 1, y > 1]}", {"x": 2, "y": 1}, True),
        ("{all: [x > 1, {not: y > 1}]}", {"x": 2, "y": 1}, True),
        ("{not: [x > 1, y > 1]}", {"x": 2, "y": 1}, True),
        ("{some: x, as: i, if: i > 2}", {"x": [1, 3]}, True),
        ("{every: x, if: item > 2}", {"x": [1, 3]}, False),
        ("{none: x, if: item > 5}", {"x": [1, 3]}, True),
        ("{if: x > 1, label: big}", {"x": 2}, True),
        ("true", {}, True),
        ("'{{ x > 1 }}'", {"x": 1}, False),
        ("x > 1", {}, None),
    ],
)
def test_conditions_of_every_form(shop, written, scope, outcome):
    # Given a condition, When it is asked, Then it gives that
    found = shop.workflow(f"name: w\ntrigger: {{event: thing.happened}}\nconditions: {written}\nactions: []\n")
    assert found.conditions.test(scope) is outcome


def test_a_label_names_a_condition(shop):
    # Given labels on an expression and on a combination, When they are explained, Then that is what people see
    found = shop.workflow("name: w\ntrigger: {event: thing.happened}\nconditions: [{if: x > 1, label: big}, {any: [y > 1], label: also}]\nactions: []\n")
    assert [leaf.source for leaf in found.conditions.explain({"x": 2, "y": 2})] == ["big", "also"]


def test_templates_of_files_are_preferred_in_the_language(shop):
    # Given a template in two languages that includes another, with data of its own
    shop.write("templates/a.html", "english")
    shop.write("templates/a.de.html", "---\nsubject: Hallo {{ name }}\n---\n<p>{{ order.total }} {{ name }}</p>{% include 'foot.html' %}")
    shop.write("templates/foot.html", "<i>Fuss</i>")
    step = '{action: email.send, with: {to: x, template: a.html, data: {name: "{{ order.id }}"}}}'
    found = shop.workflow(f"{ON_ORDER}locale: de-AT\nactions: [{step}]\n")
    # When it is rendered
    params = found.actions[0].params.render({"order": {"id": "<o1>", "total": Decimal("1.50")}})
    # Then the German one is used, the data reach it, and they are no parameter
    assert params["template"]["subject"] == "Hallo <o1>"
    assert "&lt;o1&gt;" in params["template"]["html"]
    assert "Fuss" in params["template"]["text"]
    assert sorted(params) == ["template", "to"]
    assert sorted(found.bundle["templates"]) == ["a.de.html", "foot.html"]


@pytest.mark.parametrize("name", ["../ecomflow.yaml", "/etc/passwd", "a/../../ecomflow.yaml", "link.html", "'{{ order.id }}'", "[a]"])
def test_a_template_is_a_file_of_the_folder(shop, name):
    # Given a name that leads elsewhere, When it is loaded, Then it is an error
    shop.write("templates/x.html", "x")
    (shop.root / "templates" / "link.html").symlink_to("/etc/passwd")
    assert {fault.code for fault in shop.faults(f"{ON_ORDER}actions: [{{action: email.send, with: {{to: x, template: {name}}}}}]")} <= {"EF124", "EF116"}


def test_a_fault_in_a_template_is_told_with_its_line(shop):
    # Given a template that names what does not exist, When it is loaded
    shop.write("templates/a.html", "x\n{{ order.totl }}\n")
    fault = shop.fault(f"{ON_ORDER}actions: [{{action: email.send, with: {{to: x, template: a.html}}}}]")
    # Then file, line and the right name are told
    assert "template `a.html`, line 2: unknown field `order.totl`" in fault.message
    assert fault.help == "did you mean `total`?"


# --- versions (R:V4)

RICH = """name: w
trigger: {event: 'order.*'}
inputs: {delay: 24h, factor: 1.50}
caps: [few]
conditions: [now in calendars.office, customer.tags is present]
exit_on: [{event: order.paid}]
actions:
  - {id: who, action: customer.get, with: {id: "{{ customer.id }}"}}
  - wait: {until_window: shop}
  - {action: email.send, with: {to: "{{ people.buyers[0] }}", template: a.html}}
  - {wait_for: {event: thing.happened, match: {thing.id: order.id}}}
"""
PROJECT = "timezone: Europe/Berlin\nlocale: de\ncaps: {few: {key: customer.id}, other: {key: customer.id}}\ninputs: {w: {factor: 2.50}}\npeople: {buyers: [a@b.example], more: [c@d.example]}\ncalendars: {office: {days: mon-fri}, shop: {days: sat}, never: {days: sun}}\n"


def test_a_version_is_compiled_again_from_its_stored_form(shop):
    # Given a workflow that names a bit of everything
    shop.write("templates/a.html", "{% extends 'base.html' %}")
    shop.write("templates/base.html", "<p>x</p>")
    found = shop.workflow(RICH, PROJECT)
    # When its bundle comes back from JSON
    again = compile_bundle(json.loads(json.dumps(found.bundle)), Catalog(*_installed(shop)))
    # Then it is the same version
    for name in ("name", "version", "bundle", "constants", "ids", "timezone", "locale", "subject_kind", "mode"):
        assert getattr(again, name) == getattr(found, name)
    assert [each.form for each in again.index] == [each.form for each in found.index]
    assert [(type(step), step.path, step.id) for step in again.actions] == [(type(step), step.path, step.id) for step in found.actions]
    assert [wait.path for wait in again.waits] == [wait.path for wait in found.waits]
    assert again.constants["inputs"] == {"delay": "24h", "factor": Decimal("2.50")}
    assert str(again.constants["inputs"]["factor"]) == "2.50"


def _installed(shop):
    from_conftest = shop.load.__globals__["CATALOG"]
    return from_conftest.actions, from_conftest.event_types, from_conftest.connections


def test_a_bundle_holds_what_is_named_and_no_more(shop):
    # Given a project with more than the workflow names
    shop.write("templates/a.html", "{% extends 'base.html' %}")
    shop.write("templates/base.html", "<p>x</p>")
    shop.write("templates/other.html", "y")
    bundle = shop.workflow(RICH, PROJECT).bundle
    # When its bundle is made, Then only that is in it
    assert {key: sorted(bundle[key]) for key in ("templates", "calendars", "caps", "people", "event_types")} == {
        "templates": ["a.html", "base.html"], "calendars": ["office", "shop"], "caps": ["few"], "people": ["buyers"], "event_types": ["order.created", "order.paid"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (("other: {key: customer.id}", "other: {key: order.id}"), True),
        (("never: {days: sun}", "never: {days: mon}"), True),
        (("few: {key: customer.id}", "few: {key: order.id}"), False),
        (("office: {days: mon-fri}", "office: {days: mon-sat}"), False),
        (("factor: 2.50", "factor: 2.5"), False),
        (("a@b.example", "z@b.example"), False),
        (("more: [c", "more: [z"), True),
        (("Europe/Berlin", "UTC"), False),
    ],
)
def test_a_version_changes_with_what_it_names(shop, change, same):
    # Given a change of the project file, When the version is made again
    shop.write("templates/a.html", "<p>x</p>")
    before = shop.workflow(RICH, PROJECT).version
    after = shop.workflow(RICH, PROJECT.replace(*change)).version
    # Then it is another where the workflow depends on it
    assert (before == after) is same


def test_a_version_changes_with_a_template_and_not_with_its_place(shop):
    # Given a workflow, When its template changes, and when its file moves
    shop.write("templates/a.html", "<p>x</p>")
    first = shop.workflow(RICH, PROJECT).version
    shop.write("templates/a.html", "<p>y</p>")
    second = shop.workflow(RICH, PROJECT).version
    (shop.root / "workflows" / "w.yaml").rename(shop.root / "workflows" / "z.yaml")
    third = shop.load(project=PROJECT).workflows["w"].version
    # Then only the template makes another version
    assert first != second
    assert second == third


def test_a_version_that_names_what_is_gone_says_so(shop):
    # Given a bundle and nothing installed, When it is compiled, Then the faults are raised
    bundle = shop.workflow(f"{ON_ORDER}actions: [{{action: log.write, with: {{message: x}}}}]").bundle
    with pytest.raises(ProjectError) as caught:
        compile_bundle(bundle, Catalog())
    assert [fault.code for fault in caught.value.diagnostics] == ["EF115"]


def test_the_examples_of_the_documents_load(shop):
    # Given a workflow that waits for what does not come, and one that waits for an answer
    shop.write("templates/cart.html", "<p>{{ checkout.total }}</p>")
    shop.write("workflows/cart.yaml", """name: abandoned-cart
description: Remind a shopper who left a checkout for a day, unless they bought.
inputs:
  delay: 24h
  minimum: {default: 50, description: Smallest checkout worth a reminder}
trigger:
  event: checkout.updated
mode: restart
conditions:
  - checkout.total >= inputs.minimum
  - checkout.email is present
exit_on:
  - {event: order.created, match: {order.checkout_id: checkout.id}}
  - {event: order.created, match: {order.email: checkout.email}}
actions:
  - wait: "{{ inputs.delay }}"
  - id: shopper
    action: customer.get
    with: {email: "{{ checkout.email }}"}
  - continue_if: shopper.accepts_marketing
  - action: email.send
    with: {to: "{{ checkout.email }}", subject: "{{ shopper.email | default('Hello') }}, your cart is waiting", template: cart.html, purpose: marketing}
    retry: {attempts: 5, delay: 30s, max_delay: 1h}
  - wait: 3d
""")
    shop.write("workflows/damaged.yaml", """name: damaged-item
trigger: {event: ticket.created}
conditions:
  - ticket.intent == 'damaged_item'
actions:
  - id: answer
    wait_for:
      event: message.received
      match: {message.ticket_id: ticket.id}
      where: arriving.message.attachments is present
      timeout: 3d
  - if: answer.timed_out
    then:
      - {action: log.write, with: {message: "{{ ticket.id }}"}}
    else:
      - {action: probe.read, with: {order: "{{ ticket.order_id }}", photos: "{{ answer.data.message.attachments }}"}}
""")
    # When the project is loaded
    project = shop.load(project="connections: {mail: {plugin: smtp, host: x}}\n")
    # Then both run
    assert list(project.workflows) == ["abandoned-cart", "damaged-item"]
    assert [fault.severity for fault in project.diagnostics] == ["note", "note"]
    assert [wait.types for wait in project.workflows["damaged-item"].waits] == [("message.received",)]
    assert isinstance(project.workflows["damaged-item"].waits[0], WaitForStep)


def test_a_folder_without_a_project_file_is_a_folder_of_workflows(shop):
    # Given workflows in a folder and below, with what is none beside them
    for name in ("a.yaml", "deep/b.yml", "a.test.yaml", ".hidden.yaml", ".git/c.yaml", "notes.txt"):
        shop.write(name, f"name: {name[0] if name[0] != 'd' else 'b'}\ntrigger: {{event: order.created}}\nactions: []\n")
    # When it is loaded, Then those two are read
    project = load_project(shop.root, Catalog(*_installed(shop)))
    assert {name: path.relative_to(shop.root).as_posix() for name, path in project.sources.items()} == {"a": "a.yaml", "b": "deep/b.yml"}
    assert project.diagnostics == ()


def test_a_folder_that_is_not_there_is_a_fault(tmp_path):
    # Given no folder, When it is loaded, Then that is said and nothing is raised
    assert [fault.code for fault in load_project(tmp_path / "gone", Catalog()).diagnostics] == ["EF103"]
