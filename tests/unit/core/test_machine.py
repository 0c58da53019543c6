"""A machine never raises: a journal that does not fit blocks the run, a bug of ours ends it, and neither wedges the engine."""

from types import SimpleNamespace

import pytest
from corekit import (
    HOUR,
    INFO,
    T0,
    Player,
    Says,
    action,
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

from ecomflow.core.commands import Block, Entry, Finish, RunAction, StartTimer
from ecomflow.core.encoding import decode
from ecomflow.core.machine import Machine
from ecomflow.model import Effect, ExitOn, RunStatus

ENTRY = Entry(2, T0, "timer", "actions/0")


def brought_back(flow, player):
    machine = Machine(flow, INFO)
    return machine, machine.start(player.stored())


def test_a_machine_that_was_not_begun_stands_for_nothing():
    machine = Machine(workflow(wait()), INFO)

    assert machine.feed(ENTRY) == machine.pending == machine.in_flight == []
    assert machine.wants(event(), ["exit/0", "wait/actions/0"]) == ""
    assert machine.take_kept() == (None, None)
    assert (machine.status, machine.standing) == (RunStatus.WAITING, (RunStatus.WAITING, False))
    assert (machine.effects, machine.blocked_path, machine.replayed) == (False, None, 0)
    machine.release()


def broken(flow):
    """A workflow with a step in which ours is at fault."""
    return SimpleNamespace(**{name: getattr(flow, name) for name in flow.__slots__ if name != "actions"}, actions=(*flow.actions, SimpleNamespace(guard=None, id=None)))


@pytest.mark.parametrize("steps", [(), (wait(),)])
def test_a_bug_of_ours_ends_the_run_as_failed(steps):
    player = Player(broken(workflow(*steps, exit_on=(ExitOn(("a.b",), None),))))
    if steps:
        player.timer("actions/0")

    told = player.finish
    assert told.status is RunStatus.FAILED
    assert told.reason.startswith("KeyError: ")
    assert told.error == {"type": "internal", "message": told.reason, "step": None}
    assert (player.machine.status, player.machine.in_flight) == (RunStatus.FAILED, [])
    assert player.machine.wants(event("a.b"), ["exit/0"]) == ""
    assert player.timer("actions/0") == []


# --- a journal that does not fit ---


BEFORE = [action("a"), parallel([wait()], [wait(2)])]


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ([wait(), *BEFORE[1:]], ""),  # what was found is of no use to the first step,
        ([BEFORE[0], action("b")], "actions/1"),  # or missing,
        ([BEFORE[0], parallel([if_(True, [wait()])], [wait(2)])], "actions/1/0/0/then/0"),  # deeper as well,
        ([BEFORE[0], parallel([wait()])], "actions/1/1/0"),  # and an entry is for nobody
    ],
)
def test_a_journal_that_does_not_fit_blocks_the_run(steps, path):
    player = Player(workflow(*BEFORE, exit_on=(ExitOn(("a.b",), None),)))
    player.ok("actions/0")
    player.timer("actions/1/1/0")

    machine, commands = brought_back(workflow(*steps, exit_on=(ExitOn(("a.b",), None),)), player)

    assert commands == [Block(path, "replay")]
    assert (machine.status, machine.standing) == (RunStatus.BLOCKED, (RunStatus.BLOCKED, False))
    assert machine.feed(ENTRY) == []
    assert machine.wants(event("a.b"), ["exit/0"]) == ""
    assert machine.take_kept() == (None, None)


def test_what_breaks_in_a_replay_and_did_not_when_it_was_live_blocks_the_run():
    player = Player(workflow(action("a"), wait(), wait()))
    player.ok("actions/0")
    player.timer("actions/1")

    _, commands = brought_back(workflow(action("a"), action("b"), wait()), player)

    assert commands == [Block("actions/0", "replay")]


def test_what_broke_when_it_was_live_is_found_broken_again():
    player = Player(broken(workflow(wait())))
    player.timer("actions/0")

    machine, commands = brought_back(player.flow, player)

    assert commands == [player.finish]
    assert machine.status is RunStatus.FAILED


def test_a_step_that_has_ended_where_nothing_ends_it_blocks_the_run():
    # Given two items side by side, of which the second has ended, and then the first after a doubt,
    body = [if_(lambda s: s["item"] == 1, [charge()], [wait()])]
    player = Player(workflow(for_each([1, 2], body, max_parallel=2), wait()))
    player.timer("actions/0/1/0/else/0")
    player.fails("actions/0/0/0/then/0", "in_doubt")
    player.feed("settle", "actions/0/0/0/then/0", {"how": "skip"})

    # When the workflow takes one after the other now, Then the second begins after the entry that ended it.
    _, commands = brought_back(workflow(for_each([1, 2], body, max_parallel=1), wait()), player)

    assert commands == [Block("actions/0/1", "replay")]


# --- how it stands ---


@pytest.mark.parametrize(
    ("made", "status", "flies"),
    [(action(), RunStatus.RUNNING, True), (wait(), RunStatus.WAITING, False), (parallel([action()], [wait()]), RunStatus.RUNNING, True), (call(), RunStatus.WAITING, False)],
)
def test_how_a_run_stands(made, status, flies):
    machine = Player(workflow(made)).machine
    assert (machine.status, machine.standing) == (status, (status, flies))


def test_how_an_ending_and_a_blocked_run_stand():
    player = Player(workflow(parallel([charge("a")], [action("b")])))
    player.fails("actions/0/0/0", "in_doubt")
    assert player.machine.standing == (RunStatus.BLOCKED, True)
    player.ok("actions/0/1/0")
    assert player.machine.standing == (RunStatus.BLOCKED, False)

    player = Player(workflow(action()))
    player.end()
    assert player.machine.standing == (RunStatus.ENDING, True)
    player.ok("actions/0")
    assert player.machine.standing == (RunStatus.STOPPED, False)


@pytest.mark.parametrize(("effect", "had"), [(Effect.READS, False), (Effect.WRITES, True)])
def test_what_has_had_an_effect(effect, had):
    # Whether it was asked for, is on the way, failed for good or succeeded: the other side may have seen it.
    player = Player(workflow(action(effect=effect, retry=retry(2)), wait()))
    assert player.machine.effects is had
    player.fails("actions/0", "retryable")
    player.evict()
    assert player.machine.effects is had
    player.timer("actions/0")
    player.ok("actions/0")
    player.evict()
    assert player.machine.effects is had
    player.timer("actions/1")
    assert player.machine.effects is had


def test_an_event_for_a_run_that_will_end_is_not_wanted():
    player = Player(workflow(parallel([charge()], [wait_for()]), exit_on=(ExitOn(("a.b",), None),)))
    wants = lambda: (player.machine.wants(event("a.b"), ["exit/0"]), player.machine.wants(event("thing.changed"), ["wait/actions/0/1/0"]))
    assert wants() == ("exit", "wait")
    player.fails("actions/0/0/0", "in_doubt")
    assert wants() == ("exit", "wait")
    player.end()
    assert wants() == ("", "")


def test_an_event_that_nobody_waits_for_any_more_is_wanted_by_nobody():
    player = Player(workflow(wait_for(), wait()))
    player.event()
    assert player.machine.wants(event("thing.changed"), ["wait/actions/0"]) == ""


# --- a person's retry that cannot be ---


@pytest.mark.parametrize("step", ["three", "nobody", "actions/2", "actions/9"])
def test_a_retry_from_a_step_after_the_failure_or_unknown_changes_nothing(step):
    player = Player(workflow(action("a"), action("b"), action("c", id="three")))
    player.ok("actions/0")
    player.fails("actions/1")
    failed = player.finish

    assert player.retry(step) == [failed]
    player.check()
    assert player.machine.status is RunStatus.FAILED
    assert [each.key for each in player.retry("actions/1")] == ["acme/r1-x/actions/1/1"]


def test_a_retry_of_a_run_that_waits_changes_nothing():
    player = Player(workflow(wait(2), action()))

    assert player.retry() == []
    player.timers = {"actions/0": T0 + 2 * HOUR}
    player.check()
    assert [each.action for each in of(player.timer("actions/0"), RunAction)] == ["send"]


# --- what the store is given ---


def test_each_row_keeps_what_its_entry_caused_and_nothing_twice():
    player = Player(workflow(if_(True, [wait()]), action(params={"n": 1})))
    player.timer("actions/0/then/0")

    (_, first, none), (_, second, closed) = player.rows

    assert [path for path, *_ in decode(first)] == ["actions/0", "actions/0/then/0"]
    assert none is None
    assert decode(second) == [["actions/1", [{"n": 1}, []]]]
    assert decode(closed) == [["actions/0", None, {}]]
    assert player.machine.take_kept() == (None, None)


def test_a_run_that_ended_is_brought_back_with_nothing_to_ask():
    player = Player(workflow(wait(), output=None))
    player.timer("actions/0")

    machine, commands = brought_back(player.flow, player)

    assert commands == []
    assert machine.status is RunStatus.COMPLETED
    assert of(player.commands, Finish)[0].status is RunStatus.COMPLETED


def test_an_entry_that_the_journal_does_not_have_yet_is_fed_to_what_was_brought_back():
    player = Player(workflow(wait(), wait(3)))
    rows = player.stored()
    machine = Machine(player.flow, INFO)

    commands = machine.start([*rows, rows[0]._replace(entry=Entry(2, T0 + HOUR, "timer", "actions/0"), trail=None)])

    assert commands == [StartTimer("actions/1", T0 + 4 * HOUR)]


def test_rows_of_today_are_found_by_the_addresses_of_yesterday():
    # Stores outlive releases: under these names rows were written, and under these they are looked for.
    loop = repeat([wait(), set_(n=2), action("a", id="x")], times=lambda s: 2)
    waiting = if_(True, [wait(), wait_for(type_="thing.a", since_start=False)])
    flow = workflow(loop, waiting, for_each([7], [wait()]), vars={"n": 1}, exit_on=(ExitOn(("a.b",), None),), output=Says({"done": True}))
    player = Player(flow)
    for number in (1, 2):
        player.timer(f"actions/0/{number}/0")
        player.ok(f"actions/0/{number}/2", number)
    player.timer("actions/1/then/0")
    player.event("thing.a")
    player.timer("actions/2/0/0")

    written = [decode(trail) for _, trail, _ in player.rows]
    closed = [decode(each) for _, _, each in player.rows if each]

    assert written[0] == [["vars", {"n": 1}], ["subscriptions", [[True, None]]], ["actions/0", 2], ["actions/0/1/0", T0 + HOUR]]
    assert written[1] == [["actions/0/1/1", {"n": 2}], ["actions/0/1/2", [{}, []]]]
    assert written[-1] == [["output", {"done": True}]]
    assert closed[0] == [["actions/0/1", 1, {"vars": {"n": 2}, "ids": {"x": 1}, "effects": True, "loop": "actions/0", "round": 1}]]
    assert closed[2] == [["actions/1", {"timed_out": False, "data": {}}, {"took": [7]}]]
    assert closed[3] == [["actions/2/0", None, {}], ["actions/2", [None], {}]]


def test_the_row_of_a_retry_tells_what_it_undid():
    tidy = [action("tidy"), if_(True, [wait(), action("x")])]
    player = Player(workflow(action("a"), try_([action("b")], finally_=tidy)))
    player.ok("actions/0")
    player.fails("actions/1/try/0")
    player.ok("actions/1/finally/0")
    player.timer("actions/1/finally/1/then/0")
    assert decode(player.rows[-1][1]) == [["actions/1/finally/1/then/1", [{}, []], {"message": "", "ending": True}]]
    player.ok("actions/1/finally/1/then/1")
    assert decode(player.rows[-1][2]) == [["actions/1/finally/1", None, {"effects": True, "ending": True}]]

    player.retry()
    assert decode(player.rows[-1][1]) == [["!retry/", {"from": None, "failures": [[3, 0, "actions/1/try/0", True]], "gone": []}]]
    player.fails("actions/1/try/0")
    player.ok("actions/1/finally/0")
    player.timer("actions/1/finally/1/then/0")
    player.ok("actions/1/finally/1/then/1")
    player.retry("actions/0")

    [[mark, note]] = [item for item in decode(player.rows[-1][1]) if item[0].startswith("!")]
    assert (mark, note["from"]) == ("!retry/", 0)
