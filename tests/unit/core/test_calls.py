"""Attempts: retries, doubt, tokens, and what a person's retry does."""

from datetime import timedelta

import pytest
from corekit import (
    Player,
    Says,
    action,
    charge,
    fail,
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
)

from ecomflow.core.commands import Block, Finish, GiveBack, RunAction, StartTimer
from ecomflow.model import Effect, RunStatus, Token

TOKEN = Token("once", "w", Says("k"))


def test_attempts_keep_key_and_parameters():
    player = Player(workflow(action(params=lambda s: {"at": s["now"].hour}, retry=retry(3)), wait()))
    first = player.actions["actions/0"]
    for number in (2, 3):
        timer = of(player.fails("actions/0", "retryable", hours=1), StartTimer)[0]
        assert timedelta(seconds=10 * 2 ** (number - 2)) <= timer.due - player.now <= timedelta(seconds=11 * 2 ** (number - 2))
        player.evict()
        player.check()
        assert player.timer("actions/0") == [first._replace(attempt=number)]
    assert player.fails("actions/0", "retryable")[0].status is RunStatus.FAILED


def test_a_permanent_error_is_not_tried_again():
    player = Player(workflow(action(id="it")))
    assert player.fails("actions/0") == [Finish(RunStatus.FAILED, "no", {"type": "refused", "message": "no", "step": "it"})]


@pytest.mark.parametrize(("after", "seconds"), [(7200, 7200), (1, 10)])
def test_the_other_side_may_name_a_later_time(after, seconds):
    player = Player(workflow(action(retry=retry())))
    timer = of(player.fails("actions/0", "rate_limited", retry_after=after), StartTimer)[0]
    assert timedelta(seconds=seconds) <= timer.due - player.now <= timedelta(seconds=seconds * 1.1)


def test_no_attempt_is_made_past_the_deadline():
    player = Player(workflow(action(retry=retry(5, deadline=5400.0))))
    assert player.fails("actions/0", "rate_limited", retry_after=7200)[0].status is RunStatus.FAILED


@pytest.mark.parametrize("class_", ["permanent", "in_doubt"])
def test_tokens_go_back_only_after_a_certain_failure(class_):
    player = Player(workflow(action(tokens=(TOKEN,), retry=retry(1))))
    assert bool(of(player.fails("actions/0", class_), GiveBack)) is (class_ == "permanent")


def test_a_refused_token_skips_the_step():
    player = Player(workflow(action(tokens=(TOKEN,), id="a"), action("last", lambda s: s["a"])))
    commands = player.feed("attempt", "actions/0", {"ok": True, "skipped": "once"})
    assert commands[0].params == {"skipped": "once"}


def test_a_key_that_is_missing_fails_the_step():
    player = Player(workflow(action(tokens=(Token("once", "w", Says(None)),))))
    assert player.finish.error["type"] == "unknown"


# --- doubt ---


@pytest.mark.parametrize(("effect", "idempotent", "repeated"), [(e, i, e != "charges" or i) for e in Effect for i in (False, True)])
def test_who_is_repeated_in_doubt(effect, idempotent, repeated):
    player = Player(workflow(action(effect=effect, idempotent=idempotent, retry=retry(2))))
    commands = player.fails("actions/0", "in_doubt")
    assert bool(of(commands, StartTimer)) is repeated
    assert bool(of(commands, Block)) is not repeated
    player.check()


def test_the_last_attempt_in_doubt_is_an_error_that_catch_sees():
    player = Player(workflow(try_([action(retry=retry(1))], [action("mend", lambda s: s["error"])])))
    assert player.fails("actions/0/try/0", "in_doubt")[0].params["type"] == "in_doubt"


def test_a_crash_is_repeated_at_once():
    player = Player(workflow(action()))
    assert player.fails("actions/0", "in_doubt", "crash")[0].attempt == 2


@pytest.mark.parametrize("how", ["retry", "skip"])
def test_a_person_settles_a_charge(how):
    player = Player(workflow(charge(id="c", on_error="continue"), action("last", lambda s: s["c"])))
    player.fails("actions/0", "in_doubt")
    assert player.machine.blocked_path == "actions/0"
    player.evict()
    commands = player.feed("settle", "actions/0", {"how": how, "result": {"n": 1}})
    if how == "retry":
        assert commands[0].key == "acme/r1-x/actions/0/0"
        commands = player.ok("actions/0", {"n": 1})
    assert commands[0].params == {"n": 1}


def test_while_blocked_the_others_wait_with_what_came_for_them():
    flow = workflow(parallel([charge("a")], [action("b"), action("c")], [wait(1), action("d")], [wait_for(), action("e")]))
    player = Player(flow)
    player.fails("actions/0/0/0", "in_doubt")
    assert player.ok("actions/0/1/0") == player.timer("actions/0/2/0") == player.event() == []
    player.check()
    player.evict()
    commands = player.feed("settle", "actions/0/0/0", {"how": "skip"})
    assert sorted(c.action for c in of(commands, RunAction)) == ["c", "d", "e"]
    player.check()


def test_an_exit_waits_until_the_doubt_is_settled():
    player = Player(workflow(charge(), action("last")))
    player.fails("actions/0", "in_doubt")
    assert player.end("exit") == []
    assert player.machine.status is RunStatus.BLOCKED
    player.evict()
    player.feed("settle", "actions/0", {"how": "retry"})
    assert player.ok("actions/0")[0].status is RunStatus.STOPPED


def test_an_exit_takes_effect_before_anything_new_is_asked():
    player = Player(workflow(parallel([charge("a"), action("b")], [action("c"), action("d")])))
    player.fails("actions/0/0/0", "in_doubt")
    player.ok("actions/0/1/0")
    player.end("exit")
    assert [type(c) for c in player.feed("settle", "actions/0/0/0", {"how": "skip"})] == [Finish]


@pytest.mark.parametrize("before", [None, "exit"])
@pytest.mark.parametrize("place", ["plain", "finally"])
def test_a_person_cancels_a_blocked_run(before, place):
    # Given a charge in doubt, in flight when an exit came or not, inside `finally` or not,
    steps = [try_([action("x")], finally_=[charge(), action("tidy")])] if place == "finally" else [try_([charge()], finally_=[action("tidy")])]
    player = Player(workflow(*steps))
    if place == "finally":
        player.ok("actions/0/try/0")
    if before:
        player.end(before)
    path = next(iter(player.actions))
    player.fails(path, "in_doubt")
    assert player.machine.status is RunStatus.BLOCKED
    player.evict()
    player.end("cancelled")  # When a person cancels,
    if player.actions:
        player.ok(next(iter(player.actions)))
    assert player.finish.status is (RunStatus.STOPPED if before else RunStatus.CANCELLED)  # Then it ends.


# --- a person's retry ---


def test_a_failed_call_is_made_again_under_its_key():
    player = Player(workflow(action("a"), action("b", lambda s: {"at": s["now"].hour}, retry=retry(2)), action("c")))
    player.ok("actions/0")
    first = player.actions["actions/1"]
    player.fails("actions/1")
    commands = player.retry(hours=5)
    assert commands == [first._replace(attempt=2)]
    player.check()
    assert of(player.fails("actions/1", "retryable"), StartTimer)  # a fresh allowance
    player.timer("actions/1")
    assert [c.action for c in player.ok("actions/1")] == ["c"]


def test_a_failed_evaluation_is_asked_again():
    player = Player(workflow(wait(), if_(lambda s: None if s["now"].hour < 12 else True, [action("a")])))
    player.timer("actions/0")
    assert player.finish.error["type"] == "unknown"
    assert [c.action for c in player.retry(hours=5)] == ["a"]
    player.check()


def test_what_was_done_to_wind_up_is_done_again():
    player = Player(workflow(try_([action("a")], finally_=[action("tidy", lambda s: {"at": s["now"].hour})])))
    player.fails("actions/0/try/0")
    player.ok("actions/0/finally/0")
    assert [c.action for c in player.retry(hours=1)] == ["a"]
    assert player.ok("actions/0/try/0")[0].params == {"at": 10}
    player.check()


def test_branches_that_were_ended_go_on():
    # Given a branch that failed, one that waited, one whose call was let finish and one whose call failed then,
    flow = workflow(parallel([action("a")], [wait(5), action("w")], [action("b"), action("c")], [action("d")]), action("last"))
    player = Player(flow)
    player.fails("actions/0/0/0")
    player.ok("actions/0/2/0")
    player.fails("actions/0/3/0")
    commands = player.retry()
    asked = {c.action: c.attempt for c in of(commands, RunAction)}
    assert asked == {"a": 2, "c": 1, "d": 2}  # Then what succeeded is not done again.
    assert list(player.timers) == ["actions/0/1/0"]
    player.check()
    for path in list(player.actions):
        player.ok(path)
    player.timer("actions/0/1/0")
    assert [c.action for c in player.ok("actions/0/1/1")] == ["last"]


@pytest.mark.parametrize("step", ["one", "actions/0"])
def test_from_an_earlier_step_opens_a_new_generation(step):
    player = Player(workflow(action("a", id="one"), action("b")))
    player.ok("actions/0")
    player.fails("actions/1")
    assert player.retry(step)[0].key == "acme/r1-x/actions/0/1"
    player.check()
    assert player.ok("actions/0")[0].key == "acme/r1-x/actions/1/1"
    player.fails("actions/1")
    assert player.retry("actions/1")[0].key == "acme/r1-x/actions/1/2"
    player.check()


def test_retries_of_a_loop_that_closed_rounds():
    flow = workflow(repeat([set_(n=lambda s: s["vars"]["n"] + 1), wait(), action("a", lambda s: {"n": s["vars"]["n"]})], times=3), vars={"n": 0})
    player = Player(flow)
    for number in (1, 2, 3):
        player.timer(f"actions/0/{number}/1")
        assert player.actions[f"actions/0/{number}/2"].params == {"n": number}
        player.fails(f"actions/0/{number}/2")
        player.retry()
        player.check()
        player.ok(f"actions/0/{number}/2")
    assert player.finish.status is RunStatus.COMPLETED


def test_a_step_that_fails_again_fails_the_run_again():
    player = Player(workflow(for_each([1], [fail("broken")])))
    for _ in range(3):
        assert player.retry()[-1].status is RunStatus.FAILED


def test_a_retry_of_what_has_not_failed_changes_nothing():
    player = Player(workflow(action()))
    player.ok("actions/0")
    assert player.retry()[0].status is RunStatus.COMPLETED
    player.check()
