"""Many calls asked for at once: so many are under way, the others are held until there is room, whatever was asked for first goes first."""

import pytest

from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.reading import Reader

WAITS = "actions:\n  - wait: 1h\n  - {action: probe.charge, with: {to: '{{ thing.id }}'}}\n"
TWO = WAITS + "  - {action: probe.send, with: {to: 'then {{ thing.id }}'}}\n"
OTHER = "trigger: {event: other.happened}\nsubject: other.id\nactions:\n  - {action: probe.send, with: {to: '{{ other.id }}'}}\n"
LISTENS = "actions:\n  - {id: paid, wait_for: {event: money.paid, match: {money.id: thing.id}, timeout: 1h}}\n  - {action: probe.send, with: {to: 'late {{ thing.id }}'}}\n"
COUNT, PLACES = 450, 20


@pytest.fixture
def small(open_desk):
    """Return what opens a desk on which few calls may be under way at once."""

    def open_(shop, **more):
        desk = open_desk(shop, **more)
        desk.kernel.gates.most = PLACES
        return desk

    return open_


def begin(desk, count=COUNT):
    desk.kernel.turn([desk.event(id=f"s{number}") for number in range(count)])


def work_off(desk):
    """Answer call after call until none is left; return what was asked for in order, and how many were under way at most."""
    said, most, under_way = [], 0, desk.kernel.take_calls()
    while under_way:
        most = max(most, len(under_way))
        said.append(under_way[0].params["to"])
        desk.answer(under_way.pop(0))
        desk.wait()
        under_way += desk.kernel.take_calls()
    return said, most


def test_however_many_timers_are_due_at_once_few_calls_are_under_way_and_few_runs_in_memory(small, project):
    # Given many more timers of one instant than calls may be under way
    desk = small(project(w=WAITS))
    begin(desk)

    # When they go off
    desk.wait(hours=1)

    # Then so many calls are made as may be, all others are held, and no machine is kept for them
    assert len(desk.kernel.runs.live) == PLACES
    assert desk.statuses().count("running") == PLACES
    said, most = work_off(desk)
    assert (said, most) == ([f"s{number}" for number in range(COUNT)], PLACES)
    assert set(desk.statuses()) == {"completed"}


def test_what_runs_ask_for_next_waits_behind_what_was_asked_for_before(small, project):
    desk = small(project(w=TWO))
    begin(desk, 50)
    desk.wait(hours=1)

    said, most = work_off(desk)

    assert (said, most) == ([f"s{n}" for n in range(50)] + [f"then s{n}" for n in range(50)], PLACES)


def test_all_timers_of_an_instant_are_first_though_calls_wait_for_a_place(small, project):
    # Given more timeouts of one instant than a portion holds, and than calls may be under way
    desk = small(project(w=LISTENS))
    begin(desk)
    desk.pass_time(3600)

    # When at that instant the event comes that the last of the runs waits for
    desk.emit("money.paid", "paid", id=f"s{COUNT - 1}")

    # Then its timeout was first
    assert desk.outcomes("paid") == []
    assert f"late s{COUNT - 1}" in work_off(desk)[0]


def test_calls_that_wait_for_a_place_are_in_no_doubt_after_a_kill(small, project):
    # Given charges, of which few are under way, When the process dies
    shop = project(w=WAITS)
    desk = small(shop)
    begin(desk)
    desk.wait(hours=1)
    now = to_moment(desk.micros)
    desk.kill()
    desk = small(shop, now=now)
    desk.wait()

    # Then nobody knows of those alone whether they took effect; all others are made, each once
    said, _ = work_off(desk)
    assert desk.statuses().count("blocked") == PLACES
    assert sorted(said) == sorted(f"s{number}" for number in range(PLACES, COUNT))


def test_another_workflow_is_not_behind_the_thousands_of_one(small, project):
    desk = small(project(w=WAITS, z=OTHER))
    begin(desk)
    desk.wait(hours=1)
    desk.emit("other.happened", id="z")

    said, _ = work_off(desk)

    assert said.index("z") <= PLACES + 1


def test_a_paused_workflow_keeps_its_calls_and_is_in_nobodys_way(small, project):
    # Given calls that wait for a place, of a workflow that is paused
    desk = small(project(w=WAITS, z=OTHER))
    begin(desk, 30)
    desk.wait(hours=1)
    desk.kernel.do(lambda: desk.kernel.pause("w", "ana"))

    # When those under way are answered and another workflow asks for a call
    assert len(work_off(desk)[0]) == PLACES
    desk.emit("other.happened", id="z")

    # Then that one is made, and the others when the workflow goes on
    assert work_off(desk)[0] == ["z"]
    desk.kernel.do(lambda: desk.kernel.resume("w", "ana"))
    desk.wait()
    assert len(work_off(desk)[0]) == 30 - PLACES
    assert set(desk.statuses()) == {"completed"}


def test_people_see_that_a_run_waits_for_a_place(small, project):
    desk = small(project(w=WAITS))
    begin(desk, PLACES + 1)
    desk.wait(hours=1)

    run = Reader(desk.store, desk.kernel.definitions, desk.kernel.events).run(desk.runs()[-1].id)

    assert (run.status, [(each.kind, each.text) for each in run.waiting_for]) == (
        "waiting", [("place", "a place among the calls that are under way")]
    )  # fmt: skip


def test_a_run_that_is_cancelled_gives_up_its_place_in_the_line(small, project):
    desk = small(project(w=WAITS))
    begin(desk, PLACES + 2)
    desk.wait(hours=1)
    first = next(run for run in desk.runs() if run.status == "waiting")

    desk.kernel.do(lambda: desk.kernel.people.cancel(first.id, "", "ana"))

    said, _ = work_off(desk)
    assert len(said) == PLACES + 1
    assert desk.statuses().count("cancelled") == 1
