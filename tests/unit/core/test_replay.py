"""A run that is dropped and brought back goes on as one that was not; a replay evaluates nothing and feeds little."""

import random
import time
import uuid
from decimal import Decimal

import pytest
from corekit import (
    Player,
    Says,
    action,
    continue_if,
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
from fuzzing import History, Maker

from ecomflow.core.commands import RunAction, StartTimer
from ecomflow.core.machine import Machine
from ecomflow.model import Effect, RunStatus


@pytest.mark.parametrize("first", range(0, 300, 25))
def test_every_prefix_of_random_runs_is_brought_back(first):
    # Given random workflows, When random entries come, Then each prefix of the journal replays to the live state.
    for seed in range(first, first + 25):
        History(Maker(seed).workflow(), seed).play(check=True)
        assert not Says.silent


@pytest.mark.parametrize("first", range(300, 600, 25))
def test_a_run_that_is_dropped_after_each_entry_does_the_same(first):
    # Given a run that is never dropped, When the same run is dropped always, or now and then, Then it asks for the same.
    for seed in range(first, first + 25):
        flow, chance = Maker(seed).workflow(), random.Random(seed)
        kept = History(flow, seed).play()
        assert History(flow, seed, evict=lambda: True).play() == kept, seed
        assert History(flow, seed, evict=lambda chance=chance: chance.random() < 0.3).play() == kept, seed


def test_nobody_asks_for_time_or_chance(monkeypatch):
    def refuse(*_):
        raise AssertionError("impure")

    flow = Maker(3).workflow()
    for module, name in ((time, "time"), (time, "monotonic"), (random, "random"), (uuid, "uuid4")):
        monkeypatch.setattr(module, name, refuse)
    assert History(flow, 3).play()


WAITS = 10_000


def walked(flow, count):
    player = Player(flow)
    for _ in range(count):
        player.timer(next(iter(player.timers)))
    return player


@pytest.mark.parametrize(
    "flow",
    [
        workflow(repeat([wait(), set_(n=lambda s: s["vars"]["n"] + 1)], times=WAITS + 1, max=WAITS + 1), vars={"n": 0}),
        workflow(for_each(list(range(WAITS)), [wait(), set_(n=lambda s: s["vars"]["n"] + 1)]), vars={"n": 0}),
        workflow(repeat([repeat([wait()], times=50)], times=201, max=300), vars={"n": 0}),
    ],
    ids=["rounds", "items", "rounds of rounds"],
)
def test_a_loop_of_ten_thousand_waits_is_brought_back_by_few_entries(flow):
    player = walked(flow, WAITS - 1)

    machine, outstanding = player.replayed()

    assert machine.replayed < 1000
    assert [c.path for c in outstanding] == list(player.timers)


def test_what_a_closed_step_changed_is_there_again():
    # Given ids of early rounds, variables and events that closed steps took,
    seen = action("send", lambda s: {"seen": [s["vars"]["n"], s["x"], s["y"]]})
    first = if_(lambda s: s["loop"]["index"] == 1, [wait(id="w"), action("read", id="x")])
    flow = workflow(
        repeat([first, wait(), set_(n=lambda s: s["vars"]["n"] + 1)], times=3),
        try_([wait_for("thing.a", id="y")]), seen, vars={"n": 0},
    )  # fmt: skip
    player = Player(flow)
    player.event("thing.a", n=7, kind="a")
    player.timer("actions/0/1/0/then/0")
    player.ok("actions/0/1/0/then/1", "found")
    for number in (1, 2, 3):
        player.evict()  # When it is dropped before each round ends,
        commands = player.timer(f"actions/0/{number}/1")

    request = of(commands, RunAction)[0]
    assert request.params == {"seen": [3, "found", {"timed_out": False, "data": {"kind": "a"}}]}  # Then all is as it was.


def test_a_deadline_counts_from_the_call_and_not_from_the_beginning():
    # Given a call with a deadline behind a step that took ten hours,
    flow = workflow(if_(lambda _: True, [wait(10)]), action("send", retry=retry(deadline=3600.0)))
    player = Player(flow)
    player.timer("actions/0/then/0")

    player.evict()  # When the run is dropped and the call fails,
    commands = player.fails("actions/1", "retryable")

    assert of(commands, StartTimer)  # Then it is tried again.


def test_an_item_does_not_see_what_another_item_found():
    item = [action("read", lambda s: {"n": s["item"]}, id="x"), if_(lambda _: True, [wait()]), action("send", lambda s: {"x": s["x"]})]
    player = Player(workflow(for_each([1, 2], item, max_parallel=2)))
    player.ok("actions/0/0/0", "one")
    player.ok("actions/0/1/0", "two")
    player.timer("actions/0/0/1/then/0")

    player.evict()
    player.check()
    commands = player.timer("actions/0/1/1/then/0")

    assert of(commands, RunAction)[0].params == {"x": "two"}


def test_two_timers_of_one_moment_of_which_the_first_ends_the_second():
    # Given two branches that wait for the same moment, the first of which wins,
    player = Player(workflow(parallel([wait(1)], [wait(1)], first=True), wait(1)))
    player.timer("actions/0/0/0")

    commands = player.timer("actions/0/1/0", at=player.now)  # When a runtime serves the second all the same,

    assert commands == []  # Then nothing happens, live and replayed.
    player.check()
    assert player.timer("actions/1")[0].status is RunStatus.COMPLETED


def test_a_journal_that_does_not_fit_blocks_the_run():
    player = Player(workflow(action(), wait()))
    player.ok("actions/0")

    machine = Machine(workflow(wait(), wait()), player.machine._info)
    commands = machine.start(player.stored())

    assert machine.status is RunStatus.BLOCKED
    assert commands[0].reason == "replay"


def test_values_enter_the_scope_as_they_come_back_from_the_store():
    player = Player(workflow(set_(n=Decimal(5)), wait(), action("send", lambda s: {"type": type(s["vars"]["n"]).__name__})))
    assert of(player.timer("actions/1"), RunAction)[0].params == {"type": "int"}


def test_dropping_the_generators_has_no_effect():
    player = Player(workflow(try_([wait()], finally_=[action("tidy")]), action("after")))
    commands, log = player.commands, list(player.log)

    player.machine.release()

    assert player.commands == commands
    assert player.log == log


@pytest.mark.parametrize("effect", [Effect.READS, Effect.WRITES])
def test_what_an_early_round_did_is_known_when_it_is_not_walked_again(effect):
    # Given a loop whose first round alone calls an action and takes an event,
    first = if_(lambda s: s["loop"]["index"] == 1, [action(effect=effect), wait_for("thing.a", id="y"), set_(n=7)])
    last = wait_for("thing.a", since_start=False)
    player = Player(workflow(repeat([first, wait(), set_(m=lambda s: s["loop"]["index"])], times=3), last, continue_if(False), vars={"n": 0, "m": 0}))
    player.ok("actions/0/1/0/then/0")
    player.event("thing.a", n=1)
    for number in (1, 2, 3):
        player.timer(f"actions/0/{number}/1")
        player.evict()  # When it is dropped after each round,
        player.check()

    # Then its effect is known, its variables too, and its event is not given to a later wait.
    assert player.machine.effects is (effect is Effect.WRITES)
    assert [each.path for each in player.machine.pending] == ["actions/1"]
    player.event("thing.a", n=2)
    assert player.finish.declined is (effect is Effect.READS)


def test_items_that_have_ended_are_not_walked_again_whatever_their_order():
    body = [action("a", lambda s: s["item"], id="x"), set_(n=lambda s: s["vars"]["n"] + s["item"])]
    player = Player(workflow(for_each([1, 10, 100, 1000, 10000], body, max_parallel=3, id="all"), action("last", lambda s: [s["all"], s["vars"]["n"]]), vars={"n": 0}))
    for item in (2, 0, 3, 1, 4):
        player.ok(f"actions/0/{item}/0", item)
        player.evict()
        player.check()
    assert player.actions["actions/1"].params == [[None] * 5, 11111]
