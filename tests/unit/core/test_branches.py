"""Branches side by side and items one after the other: who begins when, what ends whom, and in which order."""

import pytest
from corekit import (
    Player,
    Says,
    action,
    call,
    charge,
    continue_if,
    fail,
    for_each,
    if_,
    of,
    parallel,
    repeat,
    retry,
    stop,
    try_,
    wait,
    wait_for,
    workflow,
)  # fmt: skip

from ecomflow.core.commands import Block, CancelAction, CancelTimer, Finish, GiveBack, RunAction
from ecomflow.core.encoding import decode
from ecomflow.model import RunStatus, Token

TOKEN = Token("once", "w", Says("k"))


def names(commands):
    return [each.action for each in of(commands, RunAction)]


def kept(player):
    """What the row of the last entry keeps."""
    return decode(player.rows[-1][1])


# --- branches and items ---


def test_what_is_ended_is_ended_in_the_order_in_which_people_count():
    player = Player(workflow(parallel(*[[wait(9)] for _ in range(11)], [action()])))
    assert [each.path for each in of(player.fails("actions/0/11/0"), CancelTimer)] == [f"actions/0/{number}/0" for number in range(11)]


def test_no_more_items_are_open_than_allowed_and_none_begins_after_a_failure():
    player = Player(workflow(for_each([1, 2, 3, 4, 5], [action()], max_parallel=2)))
    assert sorted(player.actions) == ["actions/0/0/0", "actions/0/1/0"]
    player.ok("actions/0/1/0")
    assert sorted(player.actions) == ["actions/0/0/0", "actions/0/2/0"]
    player.evict()
    assert player.fails("actions/0/0/0") == [CancelAction("actions/0/2/0")]
    player.check()
    assert [type(each) for each in player.ok("actions/0/2/0")] == [Finish]
    assert player.finish.error["step"] == "actions/0/0/0"


def test_stop_in_an_item_ends_the_run_and_continue_if_the_item_alone():
    body = [continue_if(lambda s: s["item"] > 1), if_(lambda s: s["item"] == 3, [stop("three")]), action("a", lambda s: s["item"])]
    player = Player(workflow(for_each([1, 2, 3, 4], body), action("last")))
    assert [each.params for each in of(player.commands, RunAction)] == [2]
    assert player.ok("actions/0/1/2") == [Finish(RunStatus.STOPPED, "three")]


def test_an_empty_list_and_no_branch_are_over_at_once():
    player = Player(workflow(for_each([], [action("a")], id="x"), parallel(id="y"), parallel(first=True, id="z"), action("last", lambda s: [s["x"], s["y"], s["z"]])))
    assert player.commands[0].params == [[], [], None]


def test_of_the_first_branch_a_failure_is_forgotten_when_another_wins():
    player = Player(workflow(parallel([action("a")], [action("b")], first=True, id="p"), action("c", lambda s: s["p"]), action("d")))
    player.fails("actions/0/0/0")
    assert player.ok("actions/0/1/0", 2)[0].params == 2
    player.fails("actions/1")
    assert names(player.retry()) == ["c"]  # a is no failure to make good
    player.check()


def test_of_the_first_branch_the_last_failure_is_told():
    player = Player(workflow(parallel([action("a")], [action("b")], first=True)))
    player.fails("actions/0/1/0", type_="one")
    assert player.fails("actions/0/0/0", type_="two")[0].error["type"] == "two"


def test_a_loser_whose_call_is_under_way_is_waited_for():
    player = Player(workflow(parallel([action("a")], [action("b")], first=True, id="p"), action("last", lambda s: s["p"])))
    assert player.ok("actions/0/1/0", "b") == [CancelAction("actions/0/0/0")]
    player.evict()
    assert player.ok("actions/0/0/0", "a")[0].params == "b"


def test_the_end_comes_while_branches_are_ended_for_a_failure():
    tidy = try_([wait(9)], finally_=[action("tidy")])
    player = Player(workflow(parallel([wait(1), fail()], [tidy]), action("last")))
    assert names(player.timer("actions/0/0/0")) == ["tidy"]
    assert player.end() == []
    assert player.ok("actions/0/1/0/finally/0") == [Finish(RunStatus.STOPPED, "because")]


def test_what_is_ended_inside_a_nested_branch_tidies_up_from_the_inside():
    inner = try_([parallel([wait(5)], [call()])], finally_=[action("inner")])
    player = Player(workflow(try_([for_each([1], [inner])], finally_=[action("outer")])))
    player.end("cancelled")
    assert names(player.child("actions/0/try/0/0/0/try/0/1/0", "cancelled")) == ["inner"]
    player.evict()
    assert names(player.ok("actions/0/try/0/0/0/finally/0")) == ["outer"]
    assert player.ok("actions/0/finally/0") == [Finish(RunStatus.CANCELLED, "because")]


def test_a_branch_that_has_not_begun_when_another_fails_does_not_begin():
    player = Player(workflow(parallel([fail("at once")], [action("a")], [try_([wait()], finally_=[action("b")])])))
    assert player.commands == [player.finish]


# --- what people read of it later ---


def test_an_item_that_failed_under_continue_is_noted():
    player = Player(workflow(for_each([1, 2], [action(id="it")], go_on=True)))
    player.fails("actions/0/0/0")
    assert kept(player)[0] == ["!note/actions/0/0", {"type": "refused", "message": "no", "step": "it"}]
    player.check()


def test_an_error_in_finally_is_noted():
    player = Player(workflow(try_([], finally_=[action("tidy")]), action("last")))
    player.fails("actions/0/finally/0")
    assert kept(player)[0] == ["!note/actions/0/finally", {"type": "refused", "message": "no", "step": "actions/0/finally/0"}]
    assert names(player.commands) == ["last"]
    player.fails("actions/1")
    assert names(player.retry()) == ["last"]  # the error in finally is no failure to make good


def test_a_call_that_fails_while_its_branch_is_ended_is_dropped_and_gives_its_token_back():
    player = Player(workflow(parallel([action("a")], [action("b", tokens=(TOKEN,), retry=retry(3))])))
    player.fails("actions/0/0/0")
    commands = player.fails("actions/0/1/0", "retryable")
    assert [type(each) for each in commands] == [GiveBack, Finish]
    assert kept(player) == [["!dropped/actions/0/1/0", None]]


def test_an_answer_for_nobody_is_noted():
    player = Player(workflow(wait(), action()))
    assert player.feed("attempt", "actions/9", {"ok": True}) == []
    assert kept(player) == [["!unclaimed/actions/9", None]]
    player.check()
    player.timer("actions/0")
    player.ok("actions/1")
    assert player.feed("timer", "actions/0") == []
    assert kept(player) == [["!unclaimed/actions/0", None]]


def test_one_request_too_many_is_noted_where_it_was_asked():
    player = Player(workflow(for_each(list(range(1001)), [wait()], max_parallel=2000, go_on=True)))
    assert len(player.timers) == 1000
    assert kept(player)[-2:] == [
        ["actions/0/1000/0#refused", None, {"type": "limit", "message": "a run has at most 1000 live requests"}],
        ["!note/actions/0/1000", {"type": "limit", "message": "a run has at most 1000 live requests", "step": "actions/0/1000/0"}],
    ]
    player.check()


def test_what_winds_up_is_marked():
    player = Player(workflow(try_([action("a")], finally_=[action("tidy"), if_(lambda s: 1 / 0, [])])))
    player.fails("actions/0/try/0")
    assert kept(player) == [["actions/0/finally/0", [{}, []], {"message": "", "ending": True}]]
    player.ok("actions/0/finally/0")
    assert kept(player)[0] == ["actions/0/finally/1", None, {"type": "expression", "message": "ZeroDivisionError: division by zero", "ending": True}]


# --- doubt ---


def test_two_charges_in_doubt_are_settled_one_after_the_other():
    player = Player(workflow(parallel([charge("a"), action("c")], [charge("b"), action("d")], [wait_for(), action("e")])))
    assert player.fails("actions/0/0/0", "in_doubt") == [Block("actions/0/0/0", "outcome_unknown")]
    assert player.fails("actions/0/1/0", "in_doubt") == player.event() == []
    assert player.feed("settle", "actions/0/1/0", {"how": "skip"}) == []  # nobody has been asked about it yet
    player.check()

    commands = player.feed("settle", "actions/0/0/0", {"how": "skip"})

    assert (names(commands), of(commands, Block)) == (["c"], [Block("actions/0/1/0", "outcome_unknown")])
    assert player.machine.blocked_path == "actions/0/1/0"
    player.check()
    player.evict()
    assert sorted(names(player.feed("settle", "actions/0/1/0", {"how": "skip"}))) == ["d", "e"]
    player.check()


def test_what_is_for_nobody_is_not_kept_while_a_doubt_is_open():
    player = Player(workflow(parallel([charge("a")], [wait(1)])))
    player.fails("actions/0/0/0", "in_doubt")
    for kind, path, data in (("settle", "actions/9", {"how": "skip"}), ("attempt", "actions/0/1/0", {"ok": True}), ("timer", "actions/0/0/0", None)):
        player.feed(kind, path, data)
        assert kept(player) == [[f"!unclaimed/{path}", None]]
    player.check()


def test_a_person_who_cancels_leaves_a_doubt_in_finally_as_an_error():
    player = Player(workflow(try_([], finally_=[charge("a"), action("tidy")]), action("last")))
    player.fails("actions/0/finally/0", "in_doubt")
    player.end("cancelled")
    told = {"type": "in_doubt", "message": "nobody knows whether it took effect, and the run was cancelled", "step": "actions/0/finally/0"}
    assert ["!note/actions/0/finally", told] in kept(player)
    assert player.finish == Finish(RunStatus.CANCELLED, "because")


def test_after_a_cancel_a_charge_in_doubt_is_not_waited_for():
    player = Player(workflow(try_([charge("a", tokens=(TOKEN,))], finally_=[action("tidy")])))
    player.end("cancelled")
    commands = player.fails("actions/0/try/0", "in_doubt")
    assert names(commands) == ["tidy"]
    assert of(commands, GiveBack) == []  # it may have taken effect


def test_a_crash_is_repeated_at_once_as_often_as_attempts_are_allowed():
    player = Player(workflow(action(retry=retry(3))))
    assert [each.attempt for _ in range(2) for each in player.fails("actions/0", "in_doubt", "crash")] == [2, 3]
    assert player.fails("actions/0", "in_doubt", "crash")[0].error == {"type": "in_doubt", "message": "no", "step": "actions/0"}


def test_a_failure_may_come_without_a_message():
    player = Player(workflow(action(retry=retry(1))))
    assert player.feed("attempt", "actions/0", {"ok": False, "class": "permanent", "type": "gone"})[0].reason == ""


def test_a_charge_that_is_skipped_without_a_result_gives_none_and_has_had_an_effect():
    player = Player(workflow(charge(id="c"), action("last", lambda s: {"c": s["c"]}), continue_if(False)))
    player.fails("actions/0", "in_doubt")
    assert player.feed("settle", "actions/0", {"how": "skip"})[0].params == {"c": None}
    assert player.machine.effects


def test_tokens_of_a_call_that_was_once_in_doubt_are_kept():
    player = Player(workflow(action(tokens=(TOKEN,), retry=retry(2))))
    player.fails("actions/0", "in_doubt")
    player.timer("actions/0")
    assert of(player.fails("actions/0", "permanent"), GiveBack) == []


def test_rounds_are_ended_with_their_run():
    player = Player(workflow(try_([repeat([wait(), action("a")], while_=True)], finally_=[action("tidy")])))
    player.timer("actions/0/try/0/1/0")
    player.ok("actions/0/try/0/1/1")
    player.evict()
    assert [type(each) for each in player.end()] == [CancelTimer, RunAction]
    player.check()


@pytest.mark.parametrize(("status", "run", "reason", "told"), [("refused", None, "", "other was not started, refused"), ("failed", "r2", "gone", "other r2 failed: gone")])
def test_why_a_call_failed(status, run, reason, told):
    player = Player(workflow(call("other", id="c")))
    commands = player.feed("child", "actions/0", {"status": status, "run": run, "reason": reason, "output": None})
    assert commands[-1].error == {"type": status, "message": told, "step": "c"}


@pytest.mark.parametrize("status", ["completed", "stopped"])
def test_a_run_that_was_called_and_ended_well_gives_its_output_also_to_a_caller_that_ends(status):
    player = Player(workflow(try_([call(id="c")], finally_=[action("tidy", lambda s: s["c"])])))
    player.end()
    assert player.child("actions/0/try/0", status, 5)[0].params == 5


def test_a_run_that_was_called_and_ended_badly_for_a_caller_that_ends_is_dropped():
    player = Player(workflow(try_([call(id="c")], finally_=[action("tidy", lambda s: [s["c"]])])))
    player.end()
    [tidy] = player.child("actions/0/try/0", "cancelled")
    assert tidy.params == [None]
    assert kept(player)[0] == ["!dropped/actions/0/try/0", None]
