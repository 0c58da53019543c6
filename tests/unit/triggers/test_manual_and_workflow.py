"""Starts by hand, and at the end of other workflows' runs (R:T9)."""

import pytest

from ecomflow import NotFoundError, RefusedError

BY_HAND = "trigger: {manual: true}\n"
OTHER = "trigger: {event: thing.happened}\nactions:\n  - %s\noutput: {n: 5}\n"
SEES = 'actions:\n  - {action: log.write, with: {message: "{{ ended.workflow }} {{ ended.status }} {{ ended.subject }} {{ ended.error.type | default(1) }} {{ ended.output.n | default(0) }}"}}\n'


# --- by hand ---


def test_start_by_hand_has_its_data_in_scope_and_the_workflow_as_subject(shops):
    sim = shops.open(w=BY_HAND + 'actions:\n  - {action: log.write, with: {message: "{{ event.type }} {{ n }} {{ trigger.kind }} {{ run.subject }}"}}\n')

    receipt = sim.start_workflow("w", {"n": 3})

    assert shops.texts(sim) == ["workflow.started_by_hand 3 manual w"]
    assert [decision.outcome for decision in receipt.decisions] == ["started"]


def test_start_by_hand_without_what_conditions_need_is_unknown(shops):
    sim = shops.open(w=BY_HAND + "conditions:\n  - n > 3\n")

    [decision] = sim.start_workflow("w").decisions

    assert (decision.outcome, decision.reason) == ("unknown", "n > 3: n is missing")


def test_second_start_of_one_id_is_a_duplicate(shops):
    sim = shops.open(w=BY_HAND)

    receipts = [sim.start_workflow("w", {}, id="mine") for _ in range(2)]

    assert ([each.duplicate for each in receipts], len(sim.runs)) == ([False, True], 1)


def test_start_by_hand_keeps_to_the_mode(shops):
    sim = shops.open(w=BY_HAND + "mode: single\nactions:\n  - wait: 1h\n")

    for _ in range(2):
        sim.start_workflow("w")

    assert shops.outcomes(sim) == ["started", "refused"]


def test_people_may_start_more_than_sixty_runs_an_hour(shops):
    sim = shops.open(w=BY_HAND)

    for _ in range(70):
        sim.start_workflow("w")

    assert len(sim.runs) == 70


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [("nobody", NotFoundError, "no workflow nobody"), ("listens", RefusedError, "no trigger `manual: true`"), ("off", RefusedError, "is switched off")],
)
def test_what_cannot_be_started_by_hand_says_so(shops, name, error, message):
    sim = shops.open(listens="trigger: {event: thing.happened}", off="enabled: false\n" + BY_HAND)

    with pytest.raises(error, match=message):
        sim.start_workflow(name)


def test_start_by_hand_of_a_paused_workflow_is_held_with_its_force(shops):
    sim = shops.open(w=BY_HAND + "conditions:\n  - n > 3\n")

    sim.runtime.pause("w")
    sim.start_workflow("w", {"n": 1}, force=True)
    sim.start_workflow("w", {"n": 2})
    before = len(sim.runs)
    sim.runtime.resume("w")

    assert (before, len(sim.runs), shops.outcomes(sim)) == (0, 1, ["held", "held", "started"])


# --- ends of others ---


@pytest.mark.parametrize(
    ("step", "seen"),
    [
        ("fail: broken", "other failed a fail 0"),
        ("stop: enough", "other stopped a 1 0"),
        ("{action: log.write, with: {message: x}}", "other completed a 1 5"),
    ],
)
def test_end_of_another_is_in_scope(shops, step, seen):
    sim = shops.open(other=OTHER % step, w="trigger: {workflow: other}\n" + SEES)

    sim.emit("thing.happened", {}, subject="a")

    assert shops.texts(sim)[-1] == seen


@pytest.mark.parametrize(("status", "fires"), [("failed", True), ("stopped", False), ("[stopped, failed]", True), ("[completed, cancelled]", False)])
def test_status_narrows_the_end(shops, status, fires):
    sim = shops.open(other=OTHER % "fail: broken", w=f"trigger: {{workflow: other, status: {status}}}\n")

    sim.emit("thing.happened", {})

    assert (len(sim.actions) == 1) is fires


def test_end_is_heard_of_cancelled_and_superseded_runs(shops):
    sim = shops.open(other="mode: restart\n" + OTHER % "wait: 1h", w="trigger: {workflow: other}\n" + SEES)

    for _ in range(2):
        sim.emit("thing.happened", {}, subject="a")
    [open_run] = [run for run in sim.runs if run.status == "waiting"]
    sim.runtime.cancel(open_run.id)

    assert [text.split()[1] for text in shops.texts(sim)] == ["superseded", "cancelled"]


def test_workflow_does_not_hear_its_own_end(shops):
    sim = shops.open(w="trigger: [{event: thing.happened}, {workflow: w}]")

    sim.emit("thing.happened", {})

    assert len(sim.runs) == 1


def test_two_workflows_that_hear_each_other_end(shops):
    # Given two that start at each other's end, Then the chain stops, for the second has caused the first already.
    sim = shops.open(a="trigger: [{event: thing.happened}, {workflow: b}]", b="trigger: {workflow: a}")

    sim.emit("thing.happened", {}, subject="x")

    assert [run.workflow for run in sim.runs] == ["a", "b", "a"]
    assert shops.outcomes(sim)[-1] == "refused"


def test_failed_run_that_is_retried_ends_twice(shops):
    sim = shops.open(other=OTHER % "{action: http.request, with: {method: GET, url: 'http://a.example'}, retry: {attempts: 1}}", w="trigger: {workflow: other}\n" + SEES, project="connections: {hook: {plugin: http}}\n")
    sim.on("http.request", raises="permanent")
    sim.emit("thing.happened", {}, subject="a")

    sim.on("http.request", returns={"status": 200})
    sim.runtime.retry(sim.runs[0].id)

    assert [call.params["message"].split()[1] for call in sim.actions if call.action == "log.write"] == ["failed", "completed"]


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ("{workflow: other, status: faild}", "`status`: `faild` is no way in which runs end; write completed,"),
        ("{workflow: other, status: []}", "is no way in which runs end"),
        ("{manual: false}", "`false` is none of true"),
        ("{manual: true, data: {}}", "unknown key `data`"),
    ],
)
def test_faulty_trigger_is_told(shops, trigger, message):
    [fault] = [each for each in shops.load(w=f"trigger: {trigger}").diagnostics if each.severity == "error"]

    assert message in fault.message


def test_names_of_an_end_are_checked(shops):
    [fault] = shops.load(w="trigger: {workflow: other}\nconditions:\n  - ended.stauts == 'failed'\n").diagnostics

    assert (fault.code, fault.help) == ("EF112", "did you mean `status`?")
