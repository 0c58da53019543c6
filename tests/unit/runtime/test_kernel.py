"""Turns of the kernel: one commit for many units, what leaves after it, and what a failure leaves behind."""

import gc
from dataclasses import replace

import apsw
import pytest

from ecomflow.errors import LeaseLostError, NotFoundError, RefusedError, StoreError
from ecomflow.runtime.reading import Reader

SENDS = "actions:\n  - {action: probe.send, with: {to: '{{ thing.id }}'}}\n"
TRIES = "actions:\n  - {action: probe.send, with: {to: ana}, retry: {attempts: 3, delay: 10s}}\n"
WAITS = "actions:\n  - wait: 1h\n  - {action: probe.send, with: {to: ana}}\n"


def poison():
    raise ZeroDivisionError("a bug in one unit")


def commits(desk):
    """How often the file was really written, as SQLite counts it."""
    counted = []
    desk.store.db.set_commit_hook(lambda: counted.append(1) is not None)
    return counted


def test_many_units_are_one_commit(open_desk, project):
    # Given three events in one turn, When it is over, Then all are decided and the file was written once.
    desk = open_desk(project(w=SENDS))
    written = commits(desk)

    outcomes = desk.kernel.turn([desk.event(id=name) for name in "abc"])

    assert len(written) == 1
    assert [value.decisions[0].outcome for value, _ in outcomes] == ["started"] * 3


def test_poisoned_unit_is_undone_alone(open_desk, project, told):
    # Given a batch with one unit that raises, When the turn is over, Then the others are done once, and it alone failed.
    desk = open_desk(project(w=SENDS))

    outcomes = desk.kernel.turn([desk.event(id="a"), poison, desk.event(id="b")])

    assert [type(error) for _, error in outcomes] == [type(None), ZeroDivisionError, type(None)]
    assert [run.subject for run in desk.runs()] == ["a", "b"]
    assert sorted(call.params["to"] for call in desk.kernel.take_calls()) == ["a", "b"]
    assert "a unit failed and was undone" in told.text


def test_what_a_poisoned_unit_wrote_is_undone(open_desk, project, told):
    # Given a unit that starts a run and then raises, Then no run, no event and no call is left of it, on disk or in memory.
    desk = open_desk(project(w=SENDS))
    take = desk.event(id="a")

    def half_done():
        take()
        poison()

    with pytest.raises(ZeroDivisionError):
        desk.kernel.do(half_done)

    assert desk.runs() == []
    assert desk.kernel.take_calls() == []
    assert desk.kernel.do(take).duplicate is False
    assert "ZeroDivisionError" in told.text


def test_unit_that_is_refused_leaves_its_batch_alone(open_desk, project):
    # Given a request for a run that does not exist, When it stands in a batch, Then the batch needs no second try.
    desk = open_desk(project(w=SENDS))
    written = commits(desk)

    def cancel():
        desk.kernel.people.cancel("r9-x", "", "ana")

    outcomes = desk.kernel.turn([desk.event(id="a"), cancel])

    assert isinstance(outcomes[1][1], NotFoundError)
    assert len(written) == 1
    assert desk.statuses() == ["running"]


def test_call_leaves_only_after_its_commit(open_desk, project):
    # Given a disk that refuses the commit, When an event asks for a call, Then nobody gets to make it.
    desk = open_desk(project(w=SENDS))
    seen = []

    def refuse():
        seen.extend(desk.kernel.take_calls())
        return True  # turns the commit into a rollback

    desk.store.db.set_commit_hook(refuse)
    with pytest.raises(StoreError, match="unknown"):
        desk.emit(id="a")

    assert seen == []
    assert desk.kernel.take_calls() == []
    assert desk.runs() == []


def test_commit_that_fails_is_believed_from_the_file(open_desk, project):
    # Given a commit that fails, When the same event comes again, Then it is new, and its run starts from a clean memory.
    desk = open_desk(project(w=SENDS))
    desk.emit(id="a")
    desk.store.db.set_commit_hook(lambda: True)
    with pytest.raises(StoreError):
        desk.emit(id_="late", id="b")

    receipt = desk.emit(id_="late", id="b")

    assert receipt.duplicate is False
    assert [run.id for run in desk.runs()] == ["r1-x", "r2-x"]
    assert desk.statuses() == ["running", "running"]


def test_commit_that_fails_puts_calls_in_flight_in_doubt(open_desk, project):
    # Given a call in flight, When a commit fails, Then it is asked for again under its key, and the old answer is late.
    desk = open_desk(project(w=TRIES))
    desk.emit(id="a")
    [first] = desk.kernel.take_calls()
    desk.store.db.set_commit_hook(lambda: True)
    with pytest.raises(StoreError):
        desk.emit(id="b")

    [second] = desk.kernel.take_calls()
    desk.answer(first)

    assert (first.key, first.attempt) == (second.key, 1)
    assert second.attempt == 2
    assert desk.statuses() == ["running"]
    desk.answer(second)
    assert desk.statuses() == ["completed"]


def test_disk_that_fails_in_the_middle_of_a_unit_loses_no_answer(open_desk, project, told):
    # Given an answer whose unit meets a fault of the disk, Then its call is in doubt and repeated: the run is not stuck.
    desk = open_desk(project(w=TRIES))
    desk.emit(id="a")
    [call] = desk.kernel.take_calls()
    write, desk.store.run = desk.store.run, _failing_once(desk.store, "add_entry")
    with pytest.raises((StoreError, apsw.Error)):
        desk.answer(call)
    desk.store.run = write

    [again] = desk.kernel.take_calls()
    desk.answer(again)

    assert again.key == call.key
    assert desk.statuses() == ["completed"]


def _failing_once(store, name):
    write, failures = store.run, [apsw.IOError("the disk says no")]

    def run(query, *values):
        if query == name and failures:
            raise failures.pop()
        write(query, *values)

    return run


def test_attempts_of_a_step_share_one_key(open_desk, project):
    # Given an action that fails twice, When it is tried again, Then the other side sees the same key each time.
    desk = open_desk(project(w=TRIES))
    desk.emit(id="a")
    keys = []
    for _ in range(3):
        [call] = desk.kernel.take_calls()
        keys.append(call.key)
        desk.answer(call, ok=False, **{"class": "retryable", "type": "busy", "message": "later"})
        desk.wait(hours=2)

    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_second_arrival_of_an_event_changes_nothing(open_desk, project):
    # Given an event that was taken, When it comes again, also in one turn and after a kill, Then it is a duplicate.
    shop = project(w=SENDS)
    desk = open_desk(shop)
    once, twice = desk.kernel.turn([desk.event(id_="e", id="a"), desk.event(id_="e", id="a")])
    desk.kill()
    desk = open_desk(shop)

    again = desk.emit(id_="e", id="a")

    assert (once[0].duplicate, twice[0].duplicate, again.duplicate) == (False, True, True)
    assert desk.outcomes() == ["started", "duplicate", "duplicate"]
    assert len(desk.runs()) == 1


def test_wait_survives_the_process(open_desk, project):
    # Given a run that waits, When the process dies and another one lives on, Then the wait ends at its time, once.
    shop = project(w=WAITS)
    desk = open_desk(shop)
    desk.emit(id="a")
    desk.kill()
    desk = open_desk(shop)

    desk.wait(minutes=59)
    before = desk.kernel.take_calls()
    desk.wait(minutes=1)
    after = desk.kernel.take_calls()
    desk.wait(hours=5)

    assert (len(before), len(after), desk.kernel.take_calls()) == (0, 1, [])


def test_timer_comes_before_what_arrives_at_its_instant(open_desk, project):
    # Given a wait for an answer that times out now, When the answer comes at that instant, Then the timer was first.
    waits = "actions:\n  - id: reply\n    wait_for: {event: answer.given, match: {answer.id: thing.id}, timeout: 1h}\noutput: {late: '{{ reply.timed_out }}'}\n"
    desk = open_desk(project(w=waits))
    desk.emit(id="a")
    desk.pass_time(3600)

    receipt = desk.emit("answer.given", id="a")

    assert receipt.decisions == []
    assert [run.output for run in desk.runs()] == [{"late": True}]


def test_wait_that_another_one_of_its_instant_ended_is_not_served(open_desk, project):
    # Given a race of two waits that fall due together, and a loser that tidies up, When the process dies then, Then the next
    # one does not stumble over a wait that nobody waited for any more.
    race = """\
actions:
  - join: first
    parallel:
      - - wait: 1h
      - - wait: 1h
      - - try:
            - wait: 5h
          finally:
            - {action: probe.send, with: {to: tidy}}
"""
    shop = project(w=race)
    desk = open_desk(shop)
    desk.emit(id="a")
    desk.wait(hours=1)
    now = desk.kernel.turn_state.moment
    desk.kill()
    desk = open_desk(shop, now=now)

    [tidy] = desk.kernel.take_calls()
    desk.answer(tidy)

    assert (tidy.attempt, desk.statuses()) == (2, ["completed"])


def test_poisoned_timer_does_not_stop_the_others(open_desk, project, told):
    # Given a run whose next entry cannot be kept, When its wait ends together with another's, Then the other goes on.
    big = "actions:\n  - wait: 1h\n  - emit: thing.grown\n    data: {thing: {text: '{{ thing.text ~ thing.text }}'}}\n"
    desk = open_desk(project(big=big, calm=WAITS))
    desk.emit(id="a", text="x" * 200_000)

    desk.wait(hours=1)

    calm = [run for run in desk.runs() if run.workflow == "calm"]
    assert [str(run.status) for run in calm] == ["running"]
    grown = [run for run in desk.runs() if run.workflow == "big"]
    assert [str(run.status) for run in grown] == ["failed"]


# --- the lease ---


def test_second_process_waits_for_the_lease(open_desk, project):
    shop = project(w=SENDS)
    open_desk(shop, holder="one")

    second = open_desk(shop, holder="two", takes_over=False)

    assert not second.is_engine


@pytest.mark.attack(74)
def test_engine_that_lost_its_lease_writes_and_calls_nothing(open_desk, project):
    # Given an engine that slept while another took over, When it wakes with an event, Then it leaves no trace of it.
    shop = project(w=SENDS)
    old = open_desk(shop, holder="one")
    new = open_desk(shop, holder="two")

    with pytest.raises(LeaseLostError):
        old.emit(id="a")

    assert old.kernel.take_calls() == []
    assert new.runs() == []
    assert new.emit(id="a").duplicate is False


def test_new_engine_repeats_what_the_old_one_had_in_flight(open_desk, project):
    # Given a call that the old engine made, When a new one takes over, Then it is made again under its key, and the old
    # engine's answer does not count.
    shop = project(w=TRIES)
    old = open_desk(shop, holder="one")
    old.emit(id="a")
    [call] = old.kernel.take_calls()
    new = open_desk(shop, holder="two")

    with pytest.raises(LeaseLostError):
        old.answer(call)

    [again] = new.kernel.take_calls()
    assert (again.key, again.attempt) == (call.key, 2)


# --- what is damaged ---


@pytest.mark.attack(73)
def test_run_with_a_damaged_journal_does_not_stop_the_timers_of_others(open_desk, project, told):
    # Given two runs that wait, one with a journal that cannot be read, When both fall due, Then the other goes on.
    shop = project(w=WAITS)
    desk = open_desk(shop)
    desk.kernel.turn([desk.event(id="a"), desk.event(id="b")])
    desk.store.db.execute("update journal set trail = x'00' where run = 1")

    desk.wait(hours=1)
    first = desk.kernel.take_calls()
    desk.wait(hours=1)

    assert [call.run_id for call in first] == ["r2-x"]
    assert desk.kernel.take_calls() == []
    assert "it cannot be served" in told.text


def test_run_that_nobody_can_read_any_more_does_not_keep_an_event_from_others(open_desk, project, catalog):
    # Given a run whose version needs a plugin that is gone, When an answer for it and for another comes, Then the other has it.
    answered = "actions:\n  - wait_for: {event: answer.given, match: {answer.id: thing.id}, timeout: 9d}\n"
    desk = open_desk(project(gone=answered + "  - {action: probe.send, with: {}}\n", here=answered))
    desk.emit(id="a")
    desk.kill()
    without = {name: spec for name, spec in catalog.actions.items() if name != "probe.send"}
    desk = open_desk(project(here=answered), catalog=replace(catalog, actions=without))

    receipt = desk.emit("answer.given", id="a")

    assert [(d.workflow, d.outcome) for d in receipt.decisions] == [("here", "delivered")]
    assert {run.workflow: str(run.status) for run in desk.runs()} == {"gone": "blocked", "here": "completed"}


# --- a disk that stays broken ---


@pytest.mark.attack(71)
def test_disk_that_stays_full_refuses_events_and_takes_them_again_when_there_is_room(open_desk, project, told):
    # Given a disk that is full for a while, Then each event is refused, nothing goes round in circles, and then all goes on.
    desk = open_desk(project(w=TRIES))
    desk.emit(id="a")
    [call] = desk.kernel.take_calls()
    full = desk.store.commit
    desk.store.commit = _full
    for name in "bc":
        with pytest.raises(StoreError):
            desk.emit(id_=name, id=name)
    desk.store.commit = full

    receipt = desk.emit(id_="b", id="b")

    assert receipt.duplicate is False
    assert min((c.key, c.attempt) for c in desk.kernel.take_calls()) == (call.key, 2)
    assert [run.subject for run in desk.runs()] == ["a", "b"]


def _full():
    raise apsw.FullError("the disk is full")


def test_events_that_runs_emitted_are_decided_once_though_a_commit_failed(open_desk, project):
    # Given more emitted events than one transaction takes, When the commit of the first ones fails, Then each starts one run.
    emits = "actions:\n  - emit: thing.noted\n    data: {thing: {id: '{{ thing.id }}'}}\n"
    desk = open_desk(project(w=emits, echo=f"trigger: {{event: thing.noted}}\n{SENDS}"))
    commit, works = desk.store.commit, [True, False]

    def second_fails():
        return commit() if not works or works.pop(0) else _full()

    desk.store.commit = second_fails
    desk.kernel.turn([desk.event(id=f"t{n}") for n in range(210)])

    assert sorted(c.params["to"] for c in desk.kernel.take_calls()) == sorted(f"t{n}" for n in range(210))
    assert [run.workflow for run in desk.runs()].count("echo") == 210


def test_result_that_is_too_large_fails_its_step_at_once_as_after_a_replay(open_desk, project):
    # Given a run whose action answers a text of 300,000 characters and then waits,
    # When the engine goes on, and when another brings the run back, Then for both the step has failed with the same reason.
    flow = project(w="actions:\n  - try: [{id: found, action: probe.send, with: {to: ana}}]\n    catch: [{wait: 1h}, {fail: '{{ error.type }}'}]\n")
    desk = open_desk(flow)
    desk.emit(id="a")

    desk.answer(*desk.kernel.take_calls(), ok=True, result="x" * 300_000)
    waiting = desk.statuses()
    desk.kill()
    again = open_desk(flow)
    again.wait(hours=25)

    assert waiting == ["waiting"]
    assert [(str(run.status), run.reason) for run in again.runs()] == [("failed", "limit")]


SHAPES = {
    "plain": SENDS,
    "waits": WAITS,
    "each": "actions:\n  - {for_each: thing.list, as: x, do: [{wait: 1h}], max_parallel: 2}\n",
    "parallel": "actions:\n  - {parallel: [[{wait: 1h}], [{wait: 2h}]], join: first}\n",
    "try": "actions:\n  - try: [{fail: no}]\n    catch: [{wait: 1h}]\n    finally: [{set: {a: '1'}}]\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_machines_that_are_dropped_leave_nothing_to_a_collector(open_desk, project, shape):
    # Given runs that began, waited and ended, When their machines are dropped, Then their memory is free at once:
    # a collection finds as little after many runs as after one.
    desk = open_desk(project(w=SHAPES[shape]))

    def run():
        desk.emit(id="a", list=[1, 2])
        desk.wait(hours=3)
        for call in desk.kernel.take_calls():
            desk.answer(call)

    def left_by(times):
        run()
        gc.collect()
        gc.disable()
        try:
            for _ in range(times):
                run()
            return gc.collect()
        finally:
            gc.enable()

    assert left_by(20) - left_by(1) < 20
    assert set(desk.statuses()) <= {"completed"}


def test_run_that_had_failed_and_cannot_be_read_any_more_is_listed_as_blocked(open_desk, project):
    # Given a failed run with a journal that cannot be read
    shop = project(w="actions:\n  - fail: no\n")
    desk = open_desk(shop)
    desk.emit(id="a")
    desk.store.db.execute("update journal set trail = x'00' where run = 1")
    desk.kill()
    desk = open_desk(shop)

    # When a person retries it
    with pytest.raises(RefusedError):
        desk.kernel.do(lambda: desk.kernel.people.retry("r1-x", None, "ana"))

    # Then it is among those that are blocked
    newest = Reader(desk.store, desk.kernel.definitions, desk.kernel.events).newest(None, None, "blocked", None, 10)
    assert (desk.statuses(), [run.id for run in newest]) == (["blocked"], ["r1-x"])
