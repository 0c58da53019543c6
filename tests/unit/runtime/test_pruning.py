"""What is over goes after a time, what something still needs stays, and a second event of one id stays a duplicate."""

from decimal import Decimal

import pytest

from ecomflow.errors import NotFoundError
from ecomflow.language import load_project
from ecomflow.runtime.clock import DAY
from ecomflow.runtime.reading import Reader

SEND = "actions:\n  - {action: probe.send, with: {to: a}}\n"
WAITS = "actions:\n  - wait_for: {event: thing.paid, match: {thing.id: thing.id}, timeout: 200d}\n"
TABLES = ("run", "event", "decision", "journal", "story", "child", "firing")


@pytest.fixture
def project(project, catalog):
    """Return what writes workflows into a project that says how long things are kept."""

    def write(**workflows):
        root = project(**workflows).root
        (root / "ecomflow.yaml").write_text("shop: acme\nretention: {runs: 90d, events: 30d}\n", "utf-8")
        return load_project(root, catalog)

    return write


def prune(desk, most=500):
    """Keep the store up until there is nothing more to do; return how many steps that took."""
    steps = 1
    while desk.kernel.do(lambda: desk.kernel.upkeep.step(most)):
        steps += 1
    return steps


def counts(desk, *tables):
    return [desk.store.db.execute(f"select count(*) from {table}").get for table in tables or TABLES]


def reader(desk):
    return Reader(desk.store, desk.kernel.definitions, desk.kernel.events)


def complete(desk, **thing):
    """Start a run and let it complete."""
    receipt = desk.emit(**thing)
    for call in desk.kernel.take_calls():
        desk.answer(call)
    return receipt


def test_an_ended_run_goes_when_its_time_is_over_and_what_it_saw_with_it(open_desk, project):
    # Given a completed run, and one that comes long after it
    desk = open_desk(project(mail=SEND))
    old = complete(desk, id="a")
    desk.wait(days=89)
    prune(desk)
    assert [run.event_id for run in desk.runs()] == [old.event_id]  # its event is older than 30 days, and stays with it
    desk.wait(days=2)
    complete(desk, id="b")
    # When the store is pruned
    desk.wait(minutes=2)
    prune(desk)
    # Then the old one has gone with all that belongs to it
    assert [run.subject for run in desk.runs()] == ["b"]
    assert counts(desk) == [1, 1, 1, 0, 1, 0, 0]
    with pytest.raises(NotFoundError):
        reader(desk).why(old.event_id)


def test_an_event_that_concerned_no_run_goes_after_thirty_days(open_desk, project):
    # Given an event to which nobody listens, and a newer one
    desk = open_desk(project(mail=SEND))
    desk.emit("thing.seen", id_="old")
    desk.wait(days=29)
    prune(desk)
    assert counts(desk, "event") == [1]
    # When its time is over
    desk.wait(days=2)
    desk.emit("thing.seen", id_="new")
    prune(desk)
    # Then it is gone
    assert [each.event.id for each in reader(desk).newest_events(None, None, 10)] == ["new"]


def test_an_open_run_keeps_itself_what_it_began_with_and_what_it_took(open_desk, project):
    # Given a run that took an event and waits for another for long
    steps = "actions:\n  - wait_for: {event: thing.seen, match: {thing.id: thing.id}, timeout: 200d}\n  - wait_for: {event: thing.paid, match: {thing.id: thing.id}, timeout: 300d}\n  - {action: probe.send, with: {to: a}}\n"
    files = project(mail=steps)
    desk = open_desk(files)
    desk.emit(id_="began")
    desk.emit("thing.seen", id_="took")
    desk.wait(days=190)
    desk.emit("thing.other", id_="newest", thing="z")
    prune(desk)
    # When the engine is killed and comes back, and what the run waits for arrives
    desk.kill()
    desk = open_desk(files, now=desk.kernel.turn_state.moment)
    desk.emit("thing.paid", id_="paid")
    # Then the run is read again and goes on
    assert [call.action for call in desk.kernel.take_calls()] == ["probe.send"]
    assert {"began", "took"} <= {each.event.id for each in reader(desk).newest_events(None, None, 10)}


def test_an_id_is_remembered_though_its_event_is_gone(open_desk, project):
    # Given an event that was pruned
    desk = open_desk(project(mail=SEND))
    desk.emit("thing.seen", id_="once", id="a", price=1)
    desk.wait(days=40)
    desk.emit("thing.seen", id_="newest")
    prune(desk)
    assert counts(desk, "remembered") == [1]
    # When it comes again, as it was and otherwise
    same = desk.emit("thing.seen", id_="once", id="a", price=1)
    other = desk.emit("thing.seen", id_="once", id="a", price=2)
    # Then it is a duplicate, and said to be in conflict where it says something else
    assert (same.duplicate, [each.reason for each in same.decisions]) == (True, [""])
    assert other.duplicate
    assert other.decisions[0].reason.startswith("conflict")
    # And after the time for which ids are remembered it is new
    desk.wait(days=51)
    assert not desk.emit("thing.seen", id_="once", id="a", price=1).duplicate
    prune(desk)
    assert desk.store.db.execute("select id from remembered").fetchall() == [("newest",)]


def test_two_ways_of_writing_one_value_are_no_conflict(open_desk, project):
    # Given an event with a number, pruned
    desk = open_desk(project(mail=SEND))
    desk.emit("thing.seen", id_="once", price=Decimal("10.0"), tags=["x", {"b": 0, "a": None}])
    desk.wait(days=40)
    desk.emit("thing.seen", id_="newest")
    prune(desk)
    # When it comes again with the same values in another writing and order
    again = desk.emit("thing.seen", id_="once", tags=["x", {"a": None, "b": Decimal("0.00")}], price=10)
    # Then it is the same
    assert [each.reason for each in again.decisions] == [""]


def test_a_called_run_stays_as_long_as_its_caller(open_desk, project):
    # Given a failed caller whose called run has ended long before it, and could be taken up by a retry
    files = project(
        caller="actions:\n  - {call: called}\n  - wait_for: {event: thing.paid, match: {thing.id: thing.id}, timeout: 200d}\n  - {action: probe.send, with: {to: a}}\n",
        called="trigger: {event: thing.never}\nsubject: thing.id\nactions:\n  - {action: probe.read, with: {to: a}}\n",
    )
    desk = open_desk(files)
    complete(desk)
    desk.wait(days=120)
    desk.emit("thing.seen", id_="newest")
    prune(desk)
    # Then both are there while the caller is open
    assert [run.workflow for run in desk.runs()] == ["caller", "called"]
    desk.emit("thing.paid")
    for call in desk.kernel.take_calls():
        desk.answer(call)
    # When the caller has ended, and its time is over, and there is a newer call
    desk.wait(days=91)
    complete(desk, id="c")
    desk.wait(minutes=2)
    prune(desk)
    # Then both have gone, the caller first
    assert [(run.workflow, run.subject) for run in desk.runs()] == [("caller", "c"), ("called", "c")]
    assert counts(desk, "child") == [1]


def test_the_call_with_the_highest_number_stays_with_its_caller(open_desk, project):
    # Given one call alone, long over
    desk = open_desk(project(
        caller="actions:\n  - {call: called}\n",
        called="trigger: {event: thing.never}\nsubject: thing.id\nactions:\n  - {action: probe.read, with: {to: a}}\n",
        mail="trigger: {event: thing.seen}\nsubject: thing.id\n" + SEND,
    ))  # fmt: skip
    complete(desk)
    desk.wait(days=100)
    desk.emit("thing.seen", id_="newest")
    # When the store is pruned
    prune(desk)
    # Then it stays, for numbers are never given twice
    assert [run.workflow for run in desk.runs()] == ["caller", "called", "mail"]


def test_numbers_are_never_given_twice(open_desk, project):
    # Given one run alone, long over
    files = project(mail=SEND)
    desk = open_desk(files)
    complete(desk)
    desk.wait(days=200)
    prune(desk)
    # When the engine comes back and another run starts
    desk.kill()
    desk = open_desk(files, now=desk.kernel.turn_state.moment)
    complete(desk, id="b")
    # Then it has a number of its own
    assert [run.id for run in desk.runs()] == ["r1-x", "r2-x"]


def test_what_a_pause_holds_is_decided_after_any_time(open_desk, project):
    # Given a paused workflow and an event for it, long ago
    desk = open_desk(project(mail=SEND))
    desk.kernel.do(lambda: desk.kernel.pause("mail"))
    desk.emit(id_="held")
    desk.wait(days=100)
    desk.emit("thing.seen", id_="newest")
    prune(desk)
    # When it is resumed
    desk.kernel.do(lambda: desk.kernel.resume("mail"))
    # Then the event starts its run
    assert [run.event_id for run in desk.runs()] == ["held"]


def test_what_a_trigger_holds_back_stays(open_desk, project):
    # Given an event that a batch collects for longer than events are kept
    desk = open_desk(project(mail=f"trigger: {{event: thing.happened, holds_for: 60d}}\nsubject: thing.id\nconditions: thing.id == 'a'\n{SEND}"))
    desk.emit(id_="held")
    desk.wait(days=45)
    desk.emit("thing.seen", id_="newest")
    prune(desk)
    # When its moment comes
    desk.wait(days=16)
    # Then the run starts with it
    assert [run.event_id for run in desk.runs()] == ["held"]


def test_once_is_for_ever_and_a_throttle_is_not(open_desk, project):
    # Given tokens of both kinds whose runs are long over
    limits = "once: {key: thing.id}\nthrottle: {per: 7d, key: thing.id}\n"
    desk = open_desk(project(mail=limits + SEND))
    for number in range(5):
        complete(desk, id=f"t{number}")
    desk.wait(days=100)
    complete(desk, id="new")
    # When the store is pruned
    prune(desk, most=3)
    # Then the throttle's old tokens are gone, those of once are not, and once still holds
    assert desk.store.db.execute("select kind, count(*) from token group by kind").fetchall() == [("once", 6), ("throttle", 1)]
    assert [each.outcome for each in complete(desk, id="t1").decisions] == ["deduplicated"]


def test_a_pass_writes_at_most_so_many_rows_at_a_time(open_desk, project):
    # Given a hundred events that are over
    desk = open_desk(project(mail=SEND))
    for _ in range(100):
        desk.emit("thing.seen")
    desk.wait(days=40)
    desk.emit("thing.seen", id_="newest")
    # When the store is pruned in small steps
    before, most = desk.store.db.total_changes(), 0
    while desk.kernel.do(lambda: desk.kernel.upkeep.step(20)):
        now = desk.store.db.total_changes()
        most, before = max(most, now - before), now
    # Then no step wrote more, but for the lease and the rows that belong together
    assert most <= 20 + 5
    assert counts(desk, "event", "decision") == [1, 0]


def test_a_pass_that_is_killed_after_each_step_leaves_what_is_needed_and_nothing_else(open_desk, project):
    # Given runs that are over, and one that still waits with what came before them
    files = project(mail=SEND, waits="actions:\n  - wait_for: {event: thing.paid, match: {thing.id: thing.id}, timeout: 200d}\n")
    desk = open_desk(files)
    for _ in range(20):
        complete(desk)
    desk.wait(days=100)
    desk.emit("thing.seen", id_="newest")
    prune_steps = 0
    # When the engine is killed after each small step, and comes back
    while desk.kernel.do(lambda: desk.kernel.upkeep.step(30)):
        prune_steps += 1
        assert prune_steps < 200
        now = desk.kernel.turn_state.moment
        desk.kill()
        desk = open_desk(files, now=now)
        for _ in range(3):
            desk.kernel.do(lambda: desk.kernel.upkeep.step(30))
    # Then the runs that wait are there with their events, and each of them can be read
    prune(desk)
    assert [run.workflow for run in desk.runs()] == ["waits"] * 20
    assert all(reader(desk).run(run.id).event_id for run in desk.runs())
    assert counts(desk, "event") == [21]


def test_pages_are_given_back_to_the_disk(open_desk, project, tmp_path):
    # Given a store that has become large
    desk = open_desk(project(mail=SEND))
    desk.kernel.do(lambda: [desk.event("thing.seen", text="x" * 20_000)() for _ in range(200)])
    desk.wait(days=40)
    desk.emit("thing.seen", id_="newest")
    pages = desk.store.db.pragma("page_count")
    # When it is pruned
    prune(desk)
    # Then the file has shrunk
    assert desk.store.db.pragma("page_count") < pages / 3


def test_forever_keeps_all(open_desk, project, tmp_path):
    # Given a project that keeps all
    files = project(mail=SEND)
    (files.root / "ecomflow.yaml").write_text("shop: acme\nretention: {runs: forever, events: forever}\n", "utf-8")
    desk = open_desk(files)
    desk.kernel.definitions.use(load_project(files.root, desk.kernel.definitions._catalog))
    complete(desk)
    desk.emit("thing.seen", id_="x")
    # When ten years have gone by
    desk.wait(days=3650)
    complete(desk, id="b")
    prune(desk)
    # Then nothing is missing
    assert counts(desk, "run", "event") == [2, 3]


def test_a_run_that_ended_and_is_retried_tells_its_end_though_that_of_before_is_gone(open_desk, project):
    # Given a workflow that hears of the end of another one, whose run failed and was told of long ago
    files = project(mail=SEND, after="trigger: {workflow: mail, status: failed}\nconditions: false\nactions: []\n")
    desk = open_desk(files)
    desk.emit()
    (call,) = desk.kernel.take_calls()
    desk.answer(call, ok=False, **{"class": "permanent", "type": "refused", "message": "no"})
    (run,) = desk.runs()
    ends = "select count(*) from event where type like 'workflow.%'"
    assert desk.store.db.execute(ends).get == 1
    desk.wait(days=40)
    desk.emit("thing.seen", id_="newest")
    prune(desk)
    assert desk.store.db.execute(ends).get == 0
    # When it is retried and fails again
    desk.kernel.do(lambda: desk.kernel.people.retry(run.id, None, "ana"))
    (call,) = desk.kernel.take_calls()
    desk.answer(call, ok=False, **{"class": "permanent", "type": "refused", "message": "no"})
    # Then that end is told, too
    assert desk.store.db.execute(ends).get == 1


def test_a_decision_whose_run_is_gone_names_its_number(open_desk, project):
    # Given an event whose run is gone while it is held for another workflow
    desk = open_desk(project(mail=SEND, other=SEND))
    desk.kernel.do(lambda: desk.kernel.pause("other"))
    complete(desk, id="a")
    desk.wait(days=100)
    complete(desk, id="b")
    prune(desk)
    # When somebody looks at it
    first = reader(desk).decisions()[0]
    # Then the decision names what was
    assert (first.run_id, str(first.outcome)) == ("r1", "started")


def test_a_queued_run_still_finds_the_exit_that_came_while_it_waited(open_desk, project):
    # Given a queue whose second run has an exit with a condition, and that exit came longer ago than events are kept
    text = "mode: queued\nexit_on: {event: thing.gone, match: {thing.id: thing.id}, where: thing.id == 'a'}\n"
    files = project(mail=text + "actions:\n  - wait_for: {event: thing.paid, match: {thing.id: thing.id}, timeout: 200d}\n  - {action: probe.send, with: {to: a}}\n")
    (files.root / "ecomflow.yaml").write_text("shop: acme\n", "utf-8")
    desk = open_desk(files)
    desk.kernel.definitions.keep_events = DAY
    desk.emit(id_="first", id="a", queue=1)
    desk.emit(id_="second", id="a", queue=2)
    desk.wait(days=3)
    desk.emit("thing.gone", id_="exit", id="a")
    desk.wait(days=3)
    desk.emit("thing.seen", id_="newest")
    prune(desk)
    # Then it is still there for the run that waits
    assert desk.store.db.execute("select count(*) from event where id = 'exit'").get == 1
