"""A person's retry: whatever failed is asked for again, whatever had been done stays done."""

from dataclasses import replace

import pytest
from corekit import (
    HOUR,
    T0,
    Player,
    Says,
    action,
    ask_approval,
    call,
    charge,
    event,
    for_each,
    if_,
    of,
    parallel,
    repeat,
    retry,
    set_,
    try_,
    wait,
    wait_for,
    workflow,
)  # fmt: skip

from ecomflow.core.commands import AskApproval, Emit, RunAction, StartTimer, WithdrawApproval
from ecomflow.model import ExitOn, RunStatus


def early(scope):
    """Breaks before noon."""
    return scope["now"].hour < 12


def breaks(scope, value):
    if early(scope):
        raise ZeroDivisionError("it is early")
    return value(scope) if callable(value) else value


def from_noon(value):
    return Says(lambda scope: breaks(scope, value))


def names(commands):
    return [each.action for each in of(commands, RunAction)]


# --- every place in which something may fail ---


def test_an_output_that_failed_is_made_again():
    player = Player(workflow(action(id="a"), output=from_noon(lambda s: {"a": s["a"]})))
    player.ok("actions/0", 3)
    assert player.finish.error == {"type": "expression", "message": "ZeroDivisionError: it is early", "step": "output"}

    player.retry(hours=5)

    assert (player.finish.status, player.finish.output) == (RunStatus.COMPLETED, {"a": 3})
    player.check()


def test_a_window_that_could_not_be_asked_again_is_asked_again():
    due = Says(lambda s: s["now"] + HOUR if s["now"] in (T0, T0 + 6 * HOUR) else 1 / 0, reasked=True)
    player = Player(workflow(wait(due), action()))
    player.feed("timer", "actions/0", hours=3)
    assert player.finish.status is RunStatus.FAILED

    assert player.retry(hours=3) == [StartTimer("actions/0", T0 + 7 * HOUR)]
    player.check()
    assert names(player.timer("actions/0")) == ["send"]


def test_a_reminder_that_could_not_be_reckoned_is_reckoned_again():
    remind = Says(lambda s: s["now"] + HOUR if s["now"] in (T0, T0 + 6 * HOUR) else 1 / 0)
    player = Player(workflow(ask_approval(remind=remind), action()))
    assert of(player.timer("actions/0"), WithdrawApproval)

    commands = player.retry(hours=5)

    assert [type(each) for each in commands] == [AskApproval, StartTimer, Emit]  # the question stands again, so that it can be decided
    player.check()
    assert player.timers == {"actions/0": T0 + 7 * HOUR}
    assert of(commands, Emit)[0].data["approval"]["reminders"] == 1
    assert names(player.feed("decision", "actions/0", {"approved": True, "by": "ana"})) == ["send"]


@pytest.mark.parametrize("loop", [{"while_": from_noon(lambda s: s["loop"]["index"] <= 2)}, {"until": from_noon(lambda s: s["loop"]["index"] == 2)}])
def test_a_loop_goes_on_where_its_condition_failed(loop):
    # Given a loop of two rounds whose condition breaks before noon: before the first round, or after it,
    player = Player(workflow(repeat([action("a")], **loop), action("last")))
    if "until" in loop:
        player.ok("actions/0/1/0")
    assert player.finish.reason == "ZeroDivisionError: it is early"

    player.retry(hours=5)  # When a person lets it go on in the afternoon, Then it goes on where it was.

    player.check()
    if "while_" in loop:
        player.ok("actions/0/1/0")
    assert names(player.ok("actions/0/2/0")) == ["last"]


def test_a_guard_that_failed_is_asked_again():
    player = Player(workflow(parallel([action("a")], guard=from_noon(True)), action("last")))
    assert names(player.retry(hours=5)) == ["a"]
    player.check()
    assert names(player.ok("actions/0/0/0")) == ["last"]


def test_parameters_that_failed_are_made_again_with_what_happened_since():
    player = Player(workflow(set_(n=1), action("a", from_noon(lambda s: {"n": s["vars"]["n"], "at": s["now"].hour})), vars={"n": 0}))
    assert player.finish.status is RunStatus.FAILED

    [asked] = player.retry(hours=5)

    assert (asked.params, asked.key, asked.attempt) == ({"n": 1, "at": 14}, "acme/r1-x/actions/1/0", 1)
    player.check()


# --- what had come meanwhile ---


def came(number):
    return replace(event("thing.changed", number), data={"n": number})


def test_an_event_that_came_while_the_run_was_winding_up_is_looked_at_again():
    # Given a wait that was ended because a branch failed, and events that came while a third was let finish,
    waiting = [wait_for(where=lambda s: s["arriving"]["n"] == 2, id="e"), action("on", lambda s: s["e"]["data"])]
    player = Player(workflow(parallel([action("a")], waiting, [action("b")])))
    player.fails("actions/0/0/0")
    for number in (1, 2, 2):
        player.feed("event", "", {"event": came(number), "subs": ["wait/actions/0/1/0"]})
    player.ok("actions/0/2/0")
    assert player.finish.status is RunStatus.FAILED

    commands = player.retry()  # When a person lets it go on, Then the wait takes the first that fits, and a is called again.

    assert names(commands) == ["a", "on"]
    assert of(commands, RunAction)[1].params == {"n": 2}
    player.check()
    player.ok("actions/0/1/1")
    assert player.machine.pending[0].path == "actions/0/0/0"


def test_an_event_that_was_taken_before_the_failure_is_not_taken_twice():
    flow = workflow(try_([wait_for(id="e")]), wait_for(type_="thing.noted", id="f"), action("a", lambda s: s["e"]["data"]))
    player = Player(flow)
    player.event("thing.changed", n=1, size=1)
    player.event("thing.noted", n=2)
    player.fails("actions/2")
    [asked] = player.retry()
    assert asked.params == {"size": 1}
    player.check()


# --- from a step ---


@pytest.mark.parametrize("step", ["actions/1", "actions/2"])
def test_from_a_step_forgets_what_came_after_it_and_nothing_before(step):
    first = try_([wait(), action("a", id="x")])
    body = [wait(), set_(n=lambda s: s["vars"]["n"] + 10)]
    flow = workflow(first, repeat(body, times=2, id="all"), if_(True, [action("b", lambda s: {"n": s["vars"]["n"], "x": s["x"]})]), vars={"n": 1})
    player = Player(flow)
    player.timer("actions/0/try/0")
    player.ok("actions/0/try/1", 7)
    for number in (1, 2):
        player.timer(f"actions/1/{number}/0")
    assert player.actions["actions/2/then/0"].params == {"n": 21, "x": 7}
    player.fails("actions/2/then/0")

    player.retry(step)

    player.check()
    if step == "actions/1":
        for number in (1, 2):
            player.timer(f"actions/1/{number}/0")
    asked = player.actions["actions/2/then/0"]
    assert (asked.params, asked.key[-2:]) == ({"n": 21, "x": 7}, "/1")
    player.evict()
    player.ok("actions/2/then/0")
    assert player.finish.status is RunStatus.COMPLETED


def test_keys_before_the_step_stay_and_from_it_on_are_new_each_time():
    player = Player(workflow(parallel([action("a")], [wait(9)]), action("b"), action("c")))
    player.ok("actions/0/0/0")
    player.timer("actions/0/1/0")
    player.ok("actions/1")
    player.fails("actions/2")
    assert [each.key for each in player.retry("actions/1")] == ["acme/r1-x/actions/1/1"]
    player.ok("actions/1")
    player.fails("actions/2")
    assert [each.key for each in player.retry("actions/2")] == ["acme/r1-x/actions/2/2"]
    player.check()
    player.fails("actions/2")
    assert [each.key for each in player.retry()] == ["acme/r1-x/actions/2/2"]


def test_an_attempt_that_rests_and_failed_once_more_starts_afresh():
    player = Player(workflow(action("a", retry=retry(2, deadline=7200.0)), action("b")))
    player.fails("actions/0", "retryable")
    player.timer("actions/0")
    player.fails("actions/0", "retryable", hours=1)
    [asked] = player.retry(hours=9)
    assert asked.attempt == 3
    assert of(player.fails("actions/0", "retryable"), StartTimer)  # count and deadline go from the retry
    player.check()
    [again] = player.timer("actions/0")
    assert again.attempt == 4
    assert player.fails("actions/0", "retryable")[0].status is RunStatus.FAILED


def test_a_charge_that_was_in_doubt_before_the_failure_is_not_asked_again():
    player = Player(workflow(parallel([charge("pay", id="p"), action("a", lambda s: s["p"])], [try_([wait(), action("x")])])))
    player.fails("actions/0/0/0", "in_doubt")
    player.timer("actions/0/1/0/try/0")
    player.feed("settle", "actions/0/0/0", {"how": "skip", "result": {"n": 5}})
    player.fails("actions/0/0/1")
    player.fails("actions/0/1/0/try/1")

    asked = {each.action: each.params for each in of(player.retry(), RunAction)}

    assert asked == {"a": {"n": 5}, "x": {}}
    player.check()


@pytest.mark.parametrize("how", ["calls", "steps"])
def test_what_catch_has_caught_is_no_failure_to_undo(how):
    body = [action("a")] if how == "calls" else [if_(None)]
    player = Player(workflow(try_(body, [action("mend")]), call("other"), for_each([1, 2], [action("i")], go_on=True), action("last")))
    if how == "calls":
        player.fails("actions/0/try/0")
    player.ok("actions/0/catch/0")
    player.child("actions/1")
    player.fails("actions/2/0/0")
    player.ok("actions/2/1/0")
    player.fails("actions/3")

    assert names(player.retry()) == ["last"]
    player.check()


def test_an_exit_still_ends_a_run_that_went_on():
    player = Player(workflow(try_([action("a")], finally_=[action("tidy")]), exit_on=(ExitOn(("a.b",), None),)))
    player.fails("actions/0/try/0")
    player.ok("actions/0/finally/0")
    player.retry()
    player.end()
    assert names(player.fails("actions/0/try/0")) == ["tidy"]
    player.evict()
    player.ok("actions/0/finally/0")
    assert player.finish.status is RunStatus.STOPPED


def test_an_output_that_failed_may_be_made_again_from_an_earlier_step():
    player = Player(workflow(action("a", id="a"), action("b"), output=from_noon(lambda s: {"a": s["a"]})))
    player.ok("actions/0", 1)
    player.ok("actions/1")
    assert [each.key[-12:] for each in of(player.retry("actions/1", hours=5), RunAction)] == ["/actions/1/1"]
    player.check()
    player.ok("actions/1")
    assert player.finish.output == {"a": 1}
    player.check()


def test_a_retry_from_the_step_itself_and_by_its_path_or_id():
    for step in ("actions/0", "one"):
        player = Player(workflow(if_(True, [action("a")], id="one"), vars={"n": 1}, exit_on=(ExitOn(("a.b",), None),)))
        player.fails("actions/0/then/0")
        [asked] = of(player.retry(step), RunAction)
        assert (asked.key, asked.attempt) == ("acme/r1-x/actions/0/then/0/1", 1)
        assert "exit/0" in player.subs
        player.check()


def test_three_retries_of_one_run():
    # Given a branch that fails at its evaluation, one that fails at its call and one that waits,
    steps = parallel([wait(), if_(from_noon(True), [action("a")])], [action("b"), wait(), action("c")], [wait_for(id="e"), action("d")])
    player = Player(workflow(steps, action("last")))
    player.fails("actions/0/1/0")
    for _ in range(2):
        player.retry(hours=0)
        player.check()
        player.fails("actions/0/1/0")
    player.retry()
    player.ok("actions/0/1/0")
    player.timer("actions/0/0/0")  # it is ten
    assert player.finish.reason == "ZeroDivisionError: it is early"
    player.retry(hours=1)
    assert "it is early" in player.finish.reason
    player.retry(hours=3)
    player.check()
    assert names(player.actions.values()) == ["a"]
    player.event()
    player.timer("actions/0/1/1")
    player.evict()
    assert sorted(each.action for each in player.actions.values()) == ["a", "c", "d"]
    for path in list(player.actions):
        player.ok(path)
    assert names(player.commands) == ["last"]


def broken(count):
    """A condition that is unknown, and counts how often it is asked."""
    return Says(lambda _: count.append(1))


@pytest.mark.parametrize(
    "caught",
    [
        lambda why: try_([if_(why)], []),
        lambda why: try_([], finally_=[if_(why)]),
        lambda why: for_each([1], [if_(why)], go_on=True),
        lambda why: parallel([if_(why)], [set_(n=1)], first=True),
        lambda why: action("a", Says(lambda s: [] if why.value(s) else 1 / 0), on_error="continue"),
    ],
)
def test_what_was_caught_is_not_asked_again_by_a_retry_of_something_else(caught):
    asked = []
    player = Player(workflow(caught(broken(asked)), action("last"), vars={"n": 0}))
    player.fails("actions/1")
    before = len(asked)

    assert names(player.retry()) == ["last"]
    player.check()
    assert len(asked) == before > 0


def test_a_branch_beside_one_that_fails_again_asks_for_nothing():
    player = Player(workflow(parallel([if_(None)], [action("a")], [wait()])))

    assert [each.status for each in player.retry()] == [RunStatus.FAILED]
    player.check()
