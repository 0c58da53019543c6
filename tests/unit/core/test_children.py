"""Calls of other workflows and reminders, as the machine asks for them."""

from corekit import HOUR, T0, Player, action, ask_approval, call, of, parallel, try_, wait, workflow

from ecomflow.core.commands import CancelChild, CancelTimer, Emit, RunAction, StartChild, StartTimer, WithdrawApproval
from ecomflow.model import RunStatus


def test_a_call_gives_the_output():
    player = Player(workflow(call("other", lambda s: {"id": s["thing"]["id"]}, id="made"), action("last", lambda s: s["made"])))
    [asked] = player.commands
    assert asked == StartChild("actions/0", "acme/r1-x/actions/0/0", "other", {"id": 1})

    assert of(player.child("actions/0", output={"n": 5}), RunAction)[0].params == {"n": 5}


def test_how_it_ended_is_what_catch_sees():
    player = Player(workflow(try_([call(id="made")], [action("mend", lambda s: s["error"])])))

    [asked] = player.child("actions/0/try/0", "capped")

    assert asked.params == {"type": "capped", "message": "other r2-y capped: so", "step": "made"}


def test_a_cancelled_caller_waits_for_the_end_of_what_it_called_before_its_finally():
    player = Player(workflow(try_([call()], finally_=[action("tidy")])))

    assert player.end("cancelled") == [CancelChild("actions/0/try/0", "acme/r1-x/actions/0/try/0/0")]
    assert player.machine.status is RunStatus.ENDING
    [tidy] = player.child("actions/0/try/0", "cancelled")

    assert tidy.action == "tidy"
    player.ok(tidy.path)
    assert player.finish.status is RunStatus.CANCELLED


def test_a_retry_asks_again_for_what_failed_and_for_what_was_ended_beside_it():
    # Given two calls side by side, of which one fails and the other is ended for that
    player = Player(workflow(parallel([call("one")], [call("two")]), action("last")))
    player.child("actions/0/0/0", "failed")
    player.child("actions/0/1/0", "cancelled")
    assert player.finish.status is RunStatus.FAILED

    # When a person lets the run go on, Then both are asked for under their old keys
    asked = of(player.retry(), StartChild)

    assert [(each.workflow, each.key[-14:]) for each in asked] == [("one", "actions/0/0/0/0"[-14:]), ("two", "actions/0/1/0/0"[-14:])]
    player.child("actions/0/1/0")
    assert of(player.child("actions/0/0/0"), RunAction)[0].action == "last"


def test_reminders_go_on_until_the_timeout():
    player = Player(workflow(ask_approval(5, remind=2, id="a"), action("last", lambda s: s["a"])))
    assert [(e.type, e.data["approval"]["reminders"]) for e in of(player.commands, Emit)] == [("approval.requested", 0)]
    assert of(player.commands, StartTimer) == [StartTimer("actions/0", T0 + 2 * HOUR)]

    first, second = player.timer("actions/0"), player.timer("actions/0")

    assert [type(each) for each in first] == [StartTimer, Emit]
    assert of(second, StartTimer) == [StartTimer("actions/0", T0 + 5 * HOUR)]
    assert of(second, Emit)[0].data["approval"]["reminders"] == 2
    player.check()
    assert of(player.timer("actions/0"), RunAction)[0].params["timed_out"]


def test_a_timer_that_goes_off_after_the_timeout_reminds_nobody():
    player = Player(workflow(ask_approval(5, remind=2)))

    commands = player.timer("actions/0", at=T0 + 6 * HOUR)

    assert of(commands, Emit) == []
    assert of(commands, WithdrawApproval)


def test_a_decision_ends_the_reminders():
    player = Player(workflow(ask_approval(remind=2), wait(1)))
    player.timer("actions/0")

    commands = player.feed("decision", "actions/0", {"approved": True, "by": "ana", "comment": ""})

    assert [type(each) for each in commands] == [WithdrawApproval, CancelTimer, StartTimer]


def test_each_question_is_an_event_of_its_own_id_for_one_approval():
    player = Player(workflow(ask_approval(5, remind=2)))
    asked, reminded = of(player.commands, Emit)[0], of(player.timer("actions/0"), Emit)[0]

    assert asked.key != reminded.key
    assert asked.data["approval"]["id"] == reminded.data["approval"]["id"] == "acme/r1-x/actions/0/0"
    assert reminded.data["approval"]["asked_at"] == T0
