"""The rules that are held when a file is loaded."""

from __future__ import annotations

import pytest

ON_ORDER = "name: w\ntrigger: {event: order.created}\n"
ON_THING = "name: w\ntrigger: {event: thing.happened}\n"


@pytest.mark.parametrize(
    ("head", "waiting", "fine"),
    [
        (ON_ORDER, "{event: order.paid}", True),
        (ON_ORDER, "{event: [order.paid, order.created]}", True),
        (ON_ORDER, "{event: 'order.*'}", True),
        (ON_ORDER, "{event: checkout.updated}", False),
        (ON_ORDER, "{event: [order.paid, checkout.updated]}", False),
        (ON_ORDER, "{event: checkout.updated, match: {checkout.id: order.checkout_id}}", True),
        (ON_ORDER + "subject: order.checkout_id\n", "{event: order.paid}", False),
        (ON_THING + "subject: checkout.id\n", "{event: checkout.updated}", True),
        (ON_THING + "subject: '{{ checkout.id }}'\n", "{event: checkout.updated}", True),
        (ON_THING + "subject: [thing.a, thing.b]\n", "{event: thing.changed}", False),
        (ON_THING, "{event: thing.changed}", True),
        (ON_THING, "{event: other.changed}", False),
        ("name: w\ntrigger: [{event: order.created}, {event: checkout.updated}]\n", "{event: order.paid}", False),
    ],
)
def test_match_may_be_left_out_only_for_the_same_kind_of_subject(shop, head, waiting, fine):
    # Given a wait and an exit without match, When they are loaded
    for text in (f"{head}actions: [{{wait_for: {waiting}}}]\n", f"{head}exit_on: [{waiting}]\nactions: []\n"):
        found = [fault.code for fault in shop.load(text).diagnostics if fault.severity == "error"]
        # Then another kind of subject is an error
        assert found == ([] if fine else ["EF130"])


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("order.id", True),
        ("event.data.order.id", True),
        ("event.subject", True),
        ("trigger.id", True),
        ("inputs.x", True),
        ("vars.early", True),
        ("run.id", True),
        ("vars.late", False),
        ("found.id", False),
        ("steps.found.id", False),
        ("now", False),
        ("5", True),
    ],
)
def test_what_is_matched_since_the_start_must_be_known_then(shop, value, known):
    # Given a right-hand side, at a wait since the start, at one since the step, and at an exit
    head = f"{ON_ORDER}inputs: {{x: 1}}\nvars: {{early: order.id}}\n"
    steps = "  - {id: found, action: probe.read}\n  - {set: {late: 1}}\n"
    match = f"event: checkout.updated, match: {{checkout.id: {value}}}"
    start = shop.load(f"{head}actions:\n{steps}  - {{wait_for: {{{match}}}}}\n").diagnostics
    step = shop.load(f"{head}actions:\n{steps}  - {{wait_for: {{{match}, since: step}}}}\n").diagnostics
    leave = shop.load(f"{head}exit_on: [{{{match}}}]\nactions:\n{steps}").diagnostics
    # When they are loaded, Then only `since: step` may name what a step finds, and the others say so
    assert step == ()
    assert [fault.code for fault in (*start, *leave)] == ([] if known else ["EF131", "EF131"])
    if not known:
        assert "since: step" in start[0].help
        assert "wait_for" in leave[0].help
        assert "join: first" in leave[0].help


@pytest.mark.parametrize(
    ("step", "fine"),
    [
        ("{action: log.write, with: {message: x}}", True),
        ("{set: {a: 1}}", True),
        ("{emit: thing.done}", True),
        ("{if: order.total > 1, then: [{set: {a: 1}}]}", True),
        ("{choose: [{if: order.total > 1, then: [{set: {a: 1}}]}]}", True),
        ("{wait: 1h}", False),
        ("{wait_for: {event: order.paid}}", False),
        ("{stop: x}", False),
        ("{fail: x}", False),
        ("{continue_if: order.total > 1}", False),
        ("{try: [], catch: []}", False),
        ("{parallel: [[]]}", False),
        ("{for_each: order.lines, do: []}", False),
        ("{repeat: {times: 1}, do: []}", False),
        ("{ask_approval: {title: x, to: a@b.example}}", False),
        ("{if: order.total > 1, then: [{wait: 1h}]}", False),
        ("{choose: [{if: order.total > 1, then: [{wait: 1h}]}]}", False),
        ("{action: log.write, with: {message: x}, on_error: [{wait: 1h}]}", False),
    ],
)
def test_finally_holds_only_what_ends(shop, step, fine):
    # Given a step inside finally, When it is loaded
    found = [fault.code for fault in shop.load(f"{ON_ORDER}actions: [{{try: [], finally: [{step}]}}]").diagnostics]
    # Then what waits or leaves is an error
    assert found == ([] if fine else ["EF132"])


@pytest.mark.parametrize(
    ("step", "fine"),
    [
        ("{parallel: [[{set: {a: 1}}]]}", False),
        ("{parallel: [[{if: order.total > 1, then: [{set: {a: 1}}]}]]}", False),
        ("{for_each: order.lines, max_parallel: 2, do: [{set: {a: 1}}]}", False),
        ("{for_each: order.lines, max_parallel: 2, do: [{repeat: {times: 2}, do: [{set: {a: 1}}]}]}", False),
        ("{parallel: [[{for_each: order.lines, do: [{set: {a: 1}}]}]]}", False),
        ("{for_each: order.lines, do: [{set: {a: 1}}]}", True),
        ("{repeat: {times: 2}, do: [{set: {a: 1}}]}", True),
    ],
)
def test_set_stands_in_no_parallel_branch(shop, step, fine):
    # Given a set, When it is loaded, Then in what runs beside others it is an error
    assert [fault.code for fault in shop.load(f"{ON_ORDER}actions: [{step}]").diagnostics] == ([] if fine else ["EF133"])


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ("{schedule: '0 9 * *'}", "five fields"),
        ("{schedule: '0 9 * * *', every: 3d}", "exactly one of"),
        ("{event: order.created, value: order.total}", "exactly one of `below`, `above`"),
        ("{event: order.created, value: order.totl, below: 3}", "unknown field"),
        ("{event: order.created, date: order.created_at, offset: soon}", "is no duration"),
        ("{event: order.created, at_least: 3, within: 1h, holds_for: 24h}", "unknown key `holds_for`"),
        ("{event: order.created, without: order.paid}", "needs `within`"),
        ("{evnt: order.created}", "a key that says its kind"),
        ("[{event: order.created, id: a}, {event: order.paid, id: a}]", "two triggers have the id"),
        ("order.created", "expected a mapping or a list, got a text"),
    ],
)
def test_triggers_of_every_kind_are_checked(shop, trigger, message):
    # Given a trigger with a fault, When it is loaded, Then that is told
    found = [fault.message for fault in shop.faults(f"name: w\ntrigger: {trigger}\nactions: []\n")]
    assert [text for text in found if message in text] == found[:1]


CHILD = "name: child\ntrigger: {event: child.asked}\ninputs: {amount: 1, slow: 10s}\nactions:\n  - {action: probe.read, timeout: '{{ inputs.slow }}'}\n"


@pytest.mark.parametrize(
    ("step", "code", "at", "help"),
    [
        ("call: chidl", "EF127", "chidl", "did you mean `child`?"),
        ("{call: child, with: {amonut: 2}}", "EF125", "amonut", "did you mean `amount`?"),
        ("{call: child, with: {slow: 2s}}", "EF125", "slow", "such settings are"),
        ("call: '{{ thing.flow }}'", "EF127", "'{{ thing.flow }}'", "a call names a workflow of this project"),
        ("call: w", "EF135", "call", ""),
    ],
)
def test_a_call_names_what_is_there(shop, step, code, at, help):
    # Given a workflow that can be called, When another one's call does not fit it
    shop.write("workflows/child.yaml", CHILD)
    text = f"{ON_THING}actions:\n  - {step}\n"
    loaded = shop.load(text)

    # Then the caller alone is at fault, at that place
    [fault] = [each for each in loaded.diagnostics if each.severity == "error"]
    assert (fault.code, set(loaded.workflows)) == (code, {"child"})
    assert text.splitlines()[fault.line - 1][fault.column - 1 :].startswith(at) or code == "EF135"
    assert help in fault.help


@pytest.mark.parametrize(
    "steps",
    [
        "[{continue_if: thing.n > 0}, {call: w}]",
        "[{if: thing.n > 0, call: w}]",
        "[{if: thing.n > 0, then: [{call: w}]}]",
        "[{if: thing.n > 0, then: [{stop: enough}]}, {call: w}]",
        "[{for_each: thing.lines, do: [{call: w}]}]",
    ],
)
def test_a_call_of_itself_that_may_not_be_made_is_no_fault(shop, steps):
    assert [each for each in shop.load(f"{ON_THING}actions: {steps}\n").diagnostics if each.severity == "error"] == []


def test_a_caller_of_a_file_that_cannot_be_read_is_not_at_fault(shop):
    shop.write("workflows/child.yaml", "name: [")
    loaded = shop.load(f"{ON_THING}actions: [{{call: child, with: {{x: 1}}}}]\n")

    assert set(loaded.workflows) == {"w"}
