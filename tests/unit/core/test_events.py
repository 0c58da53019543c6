"""Which events a run waits for, which wait takes them, and what is given up."""

from dataclasses import replace

import pytest
from corekit import Player, Says, action, event, if_, of, parallel, wait, wait_for, workflow

from ecomflow.core.commands import RunAction, StartTimer, Subscribe, Unsubscribe
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
