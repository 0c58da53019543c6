"""What is written wrongly is said with the place and the nearest right name."""

from __future__ import annotations

from decimal import Decimal

import pytest

ON_ORDER = "name: w\ntrigger: {event: order.created}\n"
ONE_STEP = "actions:\n  - {action: log.write, with: {message: x}}\n"


@pytest.mark.parametrize(
    ("text", "code", "message", "help_"),
    [
        ("condition: [order.total > 1]\n" + ONE_STEP, "EF113", "unknown key `condition`", "did you mean `conditions`?"),
        ("actions: [{action: log.wrte, with: {message: x}}]", "EF115", "unknown action `log.wrte`", "did you mean `log.write`?"),
        ("actions: [{action: log.write, with: {message: x}, retries: 3}]", "EF113", "`retries`", "did you mean `retry`?"),
        ("actions: [{acton: log.write}]", "EF118", "`acton` is no kind of step", "did you mean `action`?"),
        ("actions: [{log.write: {message: x}}]", "EF118", "is an action", "write `action: log.write`"),
        ("actions: [{wait: 1h, stop: x}]", "EF118", "`wait` and `stop`", "two steps"),
        ("actions: [{}]", "EF118", "an empty step", "known are"),
        ("actions: [wait]", "EF110", "expected a step, got a text", "a step is a mapping"),
        ("actions: 5", "EF110", "expected a list, got a number", ""),
        ("actions: [{wait: 5}]", "EF110", "got a number", "write it with a unit, such as `5m`"),
        ("actions: [{wait: 5 hours or so}]", "EF123", "is no duration", "a number and one of"),
        ("actions: [{wait: 20 years}]", "EF123", "is no duration", "a number and one of"),
        ("actions: [{wait: {until: sometime}}]", "EF212", "time of day", "write it as"),
        ("actions: [{wait: {until: '11:00', until_window: x}}]", "EF110", "either `until` or `until_window`", ""),
        ("actions: [{wait: {until_window: offic}}]", "EF122", "unknown calendar `offic`", "define it"),
        ("actions: [{if: order.total > 1}]", "EF114", "needs `then`", ""),
        ("actions: [{if: order.total > 1, then: {wait: 1h}}]", "EF110", "expected a list, got a mapping", ""),
        ("actions: [{choose: [{if: order.total > 1}]}]", "EF114", "needs `then`", ""),
        ("actions: [{repeat: {times: 3, while: order.total > 1}, do: []}]", "EF110", "exactly one of", ""),
        ("actions: [{repeat: {}, do: []}]", "EF110", "exactly one of", ""),
        ("actions: [{try: []}]", "EF114", "`catch` or `finally`", ""),
        ("actions: [{set: {a-b: 1}}]", "EF119", "cannot be the name of a variable", "letters"),
        ("actions: [{emit: 'order.*'}]", "EF110", "is no event type", "noun.past_verb"),
        ("actions: [{action: log.write, with: {message: x}, on_error: contineu}]", "EF110", "`contineu` is none of", "did you mean `continue`?"),
        ("actions: [{action: log.write, with: {message: x}, retry: {attempts: 0}}]", "EF110", "at least 1", ""),
        ("actions: [{action: log.write, with: {message: x}, retry: {delay: 2h, max_delay: 1h}}]", "EF110", "shorter than `delay`", ""),
        ("actions: [{action: log.write, with: {message: x}, timeout: 1 months}]", "EF123", "no fixed length", "days or hours"),
        ("actions: [{ask_approval: {title: x, to: finanse}}]", "EF122", "unknown people `finanse`", "did you mean `finance`?"),
        ("actions: [{ask_approval: {title: x, to: finance, on_timeout: aprove}}]", "EF110", "`aprove`", "did you mean `approve`?"),
        ("actions: [{wait_for: {event: order.paid, timeout: 1h, until: '11:00'}}]", "EF110", "either `timeout` or `until`", ""),
        ("actions: [{wait_for: {event: not an event}}]", "EF110", "is no event type", "order.*"),
        ("mode: restrt\n" + ONE_STEP, "EF110", "`restrt` is none of parallel, single, restart, queued", "did you mean `restart`?"),
        ("throttle: {limit: 0, per: 24h}\n" + ONE_STEP, "EF110", "at least 1", ""),
        ("once: {per: 24h}\n" + ONE_STEP, "EF114", "needs `key`", ""),
        ("caps: [marketng]\n" + ONE_STEP, "EF122", "unknown cap `marketng`", "did you mean `marketing`?"),
        ("timezone: Mars\n" + ONE_STEP, "EF123", "no time zone", "Europe/Berlin"),
        ("inputs: {a: {description: what}}\n" + ONE_STEP, "EF125", "input `a` has no value", "default"),
        ("inputs: {a: {default: 3, description: how many, from today on}}\n" + ONE_STEP, "EF113", "unknown key `from today on` in an input", "put a description that holds a comma in quotes"),
        ("conditions: [{some: order.lines, if: {}}]\n" + ONE_STEP, "EF110", "to YAML this is a mapping", "double quotes"),
        ("conditions: [{al: [order.total > 1]}]\n" + ONE_STEP, "EF113", "unknown key `al` in a condition", "did you mean `all`?"),
        ("conditions:\n  - order.email == 'a: b'\n" + ONE_STEP, "EF110", "to YAML this is a mapping", "double quotes"),
        ("conditions:\n  - ? order.total\n" + ONE_STEP, "EF110", "to YAML this is a mapping", "leading `?`"),
        ("conditions:\n  - order.email == 'a #1'\n" + ONE_STEP, "EF201", "", "a comment: put the whole expression in double quotes"),
        ("conditions: [5]\n" + ONE_STEP, "EF110", "expected a condition, got a number", ""),
        ("connections: {smtp: post}\n" + ONE_STEP, "EF117", "no connection of kind `smtp`", "names, for a kind"),
    ],
)
def test_a_fault_is_named_with_what_is_right(shop, text, code, message, help_):
    # Given a workflow with one fault, When it is loaded
    fault = shop.fault(ON_ORDER + text, "caps: {marketing: {key: customer.id}}\npeople: {finance: [a@b.example]}\n")
    # Then that fault is named, and the fix
    assert fault.code == code
    assert message in fault.message
    assert help_ in fault.help
    assert (fault.file, fault.workflow) == ("workflows/w.yaml", "w")


@pytest.mark.parametrize(
    ("with_", "message"),
    [
        ("{}", "needs `to`"),
        ("{to: x, sbject: y}", "unknown key `sbject`"),
        ("{to: x, purpose: spam}", "`spam` is none of marketing, service"),
        ("{to: {a: 1}}", "expected a text, got a mapping"),
        ("{to: x, copies: many}", "expected a whole number, got a text"),
        ("{to: x, keep: soon}", "`soon` is no duration"),
        ("{to: x, template: gone.html}", "no file templates/gone.html"),
    ],
)
def test_parameters_are_held_against_the_action(shop, with_, message):
    # Given a wrong constant, When the workflow is loaded, Then it is named
    assert message in shop.fault(f"{ON_ORDER}actions: [{{action: email.send, with: {with_}}}]").message


def test_a_template_may_stand_for_any_value(shop):
    # Given templates where a number and a word of a list are wanted
    text = ON_ORDER + 'actions: [{action: email.send, with: {to: "{{ order.email }}", copies: "{{ order.total }}", purpose: "{{ order.id }}"}}]'
    # When it is loaded, Then there is no fault
    assert shop.workflow(text).actions[0].effect == "sends"


def test_a_number_becomes_text_where_text_is_wanted(shop):
    # Given a number and a single template for a text
    text = ON_ORDER + 'actions: [{action: email.send, with: {to: 5, subject: "{{ order.total }}"}}]'
    # When its parameters are rendered
    found = shop.workflow(text).actions[0].params.render({"order": {"total": 7}})
    # Then both are texts
    assert found == {"to": "5", "subject": "7"}


def test_all_faults_of_all_files_are_told_and_stop_no_other_file(shop):
    # Given two faulty files, one of them twice, and a good one
    shop.write("workflows/bad.yaml", "name: bad\ntrigger: {event: order.created}\nmode: x\nactions: [{wait: 1}]\n")
    shop.write("workflows/worse.yaml", "name: [\n")
    shop.write("workflows/good.yaml", "name: good\ntrigger: {event: order.created}\nactions: []\n")
    # When the project is loaded
    project = shop.load()
    # Then every fault is there, in order, and the good one runs
    assert [(d.file, d.line) for d in project.diagnostics] == [("workflows/bad.yaml", 3), ("workflows/bad.yaml", 4), ("workflows/worse.yaml", 2)]
    assert list(project.workflows) == ["good"]
    assert sorted(project.faulty) == ["bad", "worse"]


def test_a_step_with_a_fault_is_searched_for_more(shop):
    # Given an unknown key beside a wrong expression, When it is loaded
    found = shop.faults(ON_ORDER + "actions: [{if: order.totl > 5, thn: 1, then: [{wait: soon}]}]")
    # Then all three are told
    assert [fault.code for fault in found] == ["EF112", "EF113", "EF123"]


@pytest.mark.parametrize("depth", [31, 32])
def test_steps_nest_at_most_32_levels(shop, depth):
    # Given steps nested in each other
    text = "{wait: 1h}"
    for _ in range(depth):
        text = f"{{if: order.total > 1, then: [{text}]}}"
    project = shop.load(f"{ON_ORDER}actions: [{text}]")
    # When they are loaded, Then the 33rd level is too deep
    assert [fault.code for fault in project.diagnostics] == (["EF134"] if depth > 31 else [])


@pytest.mark.parametrize("key", ["mode", "group", "priority", "inputs", "vars", "caps", "once", "exit_on", "conditions", "trigger", "subject", "name", "output", "actions", "connections", "debounce", "throttle"])
@pytest.mark.parametrize("value", ["[[1]]", "{a: {b: [c]}}", "5", "null", "''", "[null]", "true"])
def test_no_shape_makes_the_loader_stumble(shop, key, value):
    # Given any shape at any key, When it is loaded
    base = {"name": "w", "trigger": "{event: order.created}", "actions": "[]"} | {key: value}
    project = shop.load("".join(f"{name}: {written}\n" for name, written in base.items()))
    # Then it is a workflow or has faults, never an exception
    assert len(project.workflows) + len(project.faulty) == 1


@pytest.mark.parametrize("kind", ["action", "wait", "wait_for", "choose", "for_each", "parallel", "repeat", "continue_if", "set", "call", "emit", "ask_approval", "try", "stop", "fail"])
@pytest.mark.parametrize("value", ["[[1]]", "{a: {b: [c]}}", "5", "null", "''", "[null]", "true"])
def test_no_shape_of_a_step_makes_the_loader_stumble(shop, kind, value):
    # Given any shape at any kind of step, with and without what belongs to it, When it is loaded
    project = shop.load(f"{ON_ORDER}actions:\n  - {{{kind}: {value}}}\n  - {{{kind}: {value}, with: {value}, do: [], on_error: {value}, key: {value}, as: {value}, id: {value}}}\n")
    # Then it is a workflow or has faults, never an exception
    assert len(project.workflows) + len(project.faulty) == 1


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("note: '{{ order.total }}'", "7"),
        ("note: 7.50", "7.50"),
        ("note: '{{ none }}'", None),
        ("tags: ['{{ order.total }}', a]", ["7", "a"]),
        ("tags: '{{ order.lines }}'", ["1", "2.50"]),
        ("to: '{{ order.total }}'", "7"),
        ("to: '{{ order.lines }}'", ["1", "2.50"]),
        ("headers: {X-Total: '{{ order.total }}'}", {"X-Total": "7"}),
        ("rows: [{n: 7}, 7]", [{"n": 7}, "7"]),
        ("either: '{{ order.total }}'", 7),
        ("count: '{{ order.total }}'", 7),
        ("any: '{{ order.total }}'", 7),
    ],
)
def test_a_number_becomes_text_where_text_is_all_that_fits(shop, written, given):
    # Given a parameter that takes texts, and perhaps none or a list of them, When a number is handed over
    found = shop.workflow(f"{ON_ORDER}actions: [{{action: probe.note, with: {{{written}}}}}]")
    params = found.actions[0].params.render({"order": {"total": 7, "lines": [1, Decimal("2.50")]}})
    # Then it is that number's text, and elsewhere it stays a number
    assert params == {written.partition(":")[0]: given}
