"""Which events a run waits for, which wait takes them, and what is given up."""

from dataclasses import replace

import pytest
from corekit import (
    INFO,
    T0,
    Player,
    Says,
    action,
    ask_approval,
    choose,
    event,
    for_each,
    if_,
    of,
    parallel,
    repeat,
    set_,
    try_,
    wait,
    wait_for,
    workflow,
)  # fmt: skip

from ecomflow.core.commands import CancelTimer, Entry, RunAction, StartTimer, Subscribe, Unsubscribe
from ecomflow.core.signals import StepFailed
from ecomflow.core.subscribing import Exits
from ecomflow.errors import ExpressionError
from ecomflow.model import ExitOn, Pairing


def raises(_):
    raise ExpressionError("EF211", "thing.name is missing")


def called(commands):
    return [c.action for c in of(commands, RunAction)]


def came(number):
    return replace(event("thing.changed", number), data={"n": number})


def at_start(player):
    return [s.sub for s in of(player.commands, Subscribe)]


def test_subscriptions_since_the_start_pair_texts():
    match = (Pairing("order.id", Says(lambda s: s["thing"]["id"])),)
    none = (Pairing("order.id", Says(None)),)
    flow = workflow(wait_for(match=match), exit_on=(ExitOn(("a.b",), match), ExitOn(("a.b",), none), ExitOn(("a.b",), None)))
    player = Player(flow)
    assert of(player.commands, Subscribe) == [
        Subscribe("exit/0", ("a.b",), (("order.id", "1"),), 900.0), Subscribe("exit/2", ("a.b",), None, 900.0),
        Subscribe("wait/actions/0", ("thing.changed",), (("order.id", "1"),), 900.0),
    ]  # fmt: skip


def test_a_wait_takes_the_earliest_event_that_came_before():
    player = Player(workflow(wait(), wait_for(where=lambda s: s["arriving"]["n"] > 1, id="a"), action(params=lambda s: s["a"])))
    for number in (1, 2, 3):
        player.feed("event", "", {"event": came(number), "subs": ["wait/actions/1"]})
    player.evict()
    assert of(player.timer("actions/0"), RunAction)[0].params["data"]["n"] == 2
    player.check()


def test_waits_side_by_side_take_events_in_the_order_in_which_they_were_asked():
    player = Player(workflow(parallel([wait(), wait_for(id="a"), action("a")], [wait_for(id="b"), action("b")])))
    player.timer("actions/0/0/0")
    player.evict()
    assert called(player.event()) == ["b"]
    assert called(player.event()) == ["a"]


def test_a_wait_since_the_step_subscribes_and_times_out():
    player = Player(workflow(wait_for(hours=2, since_start=False, id="a"), action(params=lambda s: s["a"])))
    assert [type(c) for c in player.commands] == [Subscribe, StartTimer]
    commands = player.timer("actions/0")
    assert of(commands, Unsubscribe) == [Unsubscribe("actions/0")]
    assert of(commands, RunAction)[0].params == {"timed_out": True}


def test_a_wait_since_the_start_that_is_over_is_given_up():
    player = Player(workflow(if_(False, [wait_for()]), wait()))
    assert of(player.commands, Unsubscribe) == [Unsubscribe("wait/actions/0/then/0")]
    assert player.machine.wants(event("thing.changed"), ["wait/actions/0/then/0"]) == ""


@pytest.mark.parametrize(("where", "wanted"), [(None, "wait"), (lambda s: s["arriving"]["n"] == 1, "wait"), (lambda s: s["arriving"]["n"] == 2, ""), (raises, "")])
def test_what_a_pending_wait_wants(where, wanted):
    player = Player(workflow(wait_for(where=where)))
    assert player.machine.wants(came(1), ["wait/actions/0"]) == wanted
    player.feed("event", "", {"event": came(1), "subs": ["wait/actions/0"]})
    assert (player.finish is not None) is bool(wanted)
    player.check()


@pytest.mark.parametrize(("where", "wanted"), [(None, "exit"), (Says(lambda s: s["arriving"]["n"] == 2), ""), (Says(raises), "")])
def test_what_ends_a_run(where, wanted):
    player = Player(workflow(wait(), exit_on=(ExitOn(("a.b",), None, where),)))
    assert player.machine.wants(event("a.b"), ["exit/0"]) == wanted


# --- what is given up, and what is still wanted ---


WAIT = wait_for()
OTHER = action("other")


@pytest.mark.parametrize(
    ("made", "over"),
    [
        (if_(False, [WAIT]), None), (if_(True, [], [WAIT]), None), (choose([(False, []), (False, [WAIT])]), None), (choose([], [WAIT], guard=Says(False)), None),
        (try_([], [WAIT]), None), (try_([WAIT], guard=Says(False)), None), (action(on_error=[WAIT]), "ok"), (ask_approval(on_timeout=[WAIT]), "decision"),
        (if_(False, [if_(True, [parallel([OTHER], [OTHER, WAIT])])]), None), (parallel([action()], [WAIT], first=True), "ok"),
        (for_each([], [WAIT]), None), (repeat([WAIT], times=0), None),
    ],
)  # fmt: skip
def test_a_wait_since_the_start_is_given_up_with_the_step_that_holds_it(made, over):
    flow = workflow(made, wait())
    [held] = [f"wait/{each.path}" for each in flow.waits]
    player = Player(flow)
    if over == "ok":
        player.ok(next(iter(player.actions)))
    if over == "decision":
        player.feed("decision", "actions/0", {"approved": True, "by": "ana"})
    assert held not in player.subs
    assert of(player.commands, Unsubscribe)[-1:] == [Unsubscribe(held)]
    player.check()


def test_a_wait_in_a_loop_is_wanted_again():
    flow = workflow(repeat([wait_for(where=lambda s: s["arriving"]["n"] == s["loop"]["index"])], times=3), wait())
    player, [sub] = Player(flow), [f"wait/{each.path}" for each in flow.waits]
    assert player.machine.wants(came(2), [sub]) == "wait"  # the first round will not have it, a later one may
    for number in (2, 1):
        player.feed("event", "", {"event": came(number), "subs": [sub]})
        player.evict()
    assert [each.path for each in player.machine.pending] == ["actions/0/3/0"]
    player.feed("event", "", {"event": came(3), "subs": [sub]})
    assert player.machine.wants(came(3), [sub]) == ("wait" if sub in player.subs else "")
    player.check()


def test_an_event_of_a_subscription_that_nobody_has_is_not_kept():
    player = Player(workflow(wait(), wait_for(since_start=False, id="e"), action("a", lambda s: s["e"]["data"])))
    player.feed("event", "", {"event": came(1), "subs": ["actions/1"]})
    player.timer("actions/0")
    assert [each.path for each in player.machine.pending] == ["actions/1"]
    assert of(player.feed("event", "", {"event": came(2), "subs": ["actions/1"]}), RunAction)[0].params == {"n": 2}


@pytest.mark.parametrize(("value", "asked"), [(7, [Subscribe("actions/0", ("thing.changed",), (("order.id", "7"),))]), (None, [])])
def test_a_wait_since_the_step_pairs_what_is_known_then(value, asked):
    player = Player(workflow(wait_for(match=(Pairing("order.id", Says(value)),), since_start=False, hours=3)))
    assert of(player.commands, Subscribe) == asked
    assert player.timers["actions/0"]
    player.check()
    assert len(of(player.timer("actions/0"), Unsubscribe)) == len(asked)


def test_a_wait_whose_moment_has_passed_takes_only_what_came_before():
    player = Player(workflow(wait(), wait_for(hours=-1, id="a"), wait_for(hours=0, id="b"), action(params=lambda s: [s["a"], s["b"]])))
    player.feed("event", "", {"event": came(1), "subs": ["wait/actions/1"]})
    commands = player.timer("actions/0")
    assert of(commands, RunAction)[0].params == [{"timed_out": False, "data": {"n": 1}}, {"timed_out": True}]
    assert of(commands, StartTimer) == []
    player.check()


def test_an_event_ends_the_timer_of_its_wait():
    player = Player(workflow(wait_for(hours=3, since_start=False), action()))
    assert [type(each) for each in player.event()] == [Unsubscribe, CancelTimer, RunAction]


def test_subscriptions_are_asked_for_again_without_looking_back_again():
    player = Player(workflow(wait_for(lookback=60.0), exit_on=(ExitOn(("a.b",), None, None, 30.0),)))
    assert [each.lookback for each in of(player.commands, Subscribe)] == [30.0, 60.0]
    _, again = player.replayed()
    assert again == [replace(each, lookback=0.0) for each in player.commands]


def test_a_value_that_breaks_pairs_with_nothing_and_ends_nothing():
    player = Player(workflow(wait_for(match=(Pairing("order.id", Says(raises)),)), exit_on=(ExitOn(("a.b",), None),)))
    assert player.commands == []
    assert [each.path for each in player.machine.pending] == ["actions/0"]
    player.check()


def test_an_exit_is_asked_with_what_the_run_knows_now():
    flow = workflow(set_(n=2), wait(), exit_on=(ExitOn(("a.b",), None, Says(lambda s: s["arriving"]["n"] == s["vars"]["n"])),), vars={"n": 1})
    machine = Player(flow).machine
    assert [machine.wants(came(number), ["exit/0"]) for number in (1, 2)] == ["", "exit"]
    assert machine.wants(came(2), ["wait/exit/0"]) == ""


# --- a run that has not begun ---


def test_the_exits_of_a_run_that_has_not_begun():
    pair = (Pairing("order.id", Says(lambda s: s["vars"]["n"])),)
    exits = (ExitOn(("a.b",), pair, Says(lambda s: s["arriving"]["n"] == s["vars"]["n"]), 30.0), ExitOn(("c.d",), None))
    flow = workflow(wait_for(), exit_on=exits, vars={"n": lambda s: s["thing"]["id"]})
    waiting = Exits(flow, INFO, Entry(1, T0, "started", "", {"event": event(), "trigger": {}}))

    assert waiting.requests == [Subscribe("exit/0", ("a.b",), (("order.id", "1"),), 30.0), Subscribe("exit/1", ("c.d",), None, 900.0)]
    assert [waiting.fit(came(number), "exit/0") for number in (1, 2)] == [True, False]
    assert waiting.fit(came(5), "exit/1")


def test_a_run_that_has_not_begun_and_whose_first_step_will_fail_has_no_exits():
    def limit(_):
        raise StepFailed("limit", "too much")

    flow = workflow(wait(), exit_on=(ExitOn(("a.b",), None),), vars={"n": limit})
    assert Exits(flow, INFO, Entry(1, T0, "started", "", {"event": event(), "trigger": {}})).requests == []
