"""An erasure in the engine's units: lines of events, memories that are shared, runs that cannot be read, busy engines."""

from datetime import UTC, datetime

from ecomflow.runtime.clock import to_micros
from ecomflow.runtime.erasing import ERASED
from ecomflow.runtime.reading import Reader
from ecomflow.store import Lease, Store

WAIT = "actions: [{wait: 30d}]\n"


def erase(desk, subject="thing:a", also=()):
    """Ask for an erasure and do its steps as far as they go; return where it stands."""
    number = desk.kernel.do(lambda: desk.kernel.erasing.ask(subject, list(also), "bo"))
    while desk.kernel.erasing.has_step:
        desk.kernel.do(desk.kernel.erasing.step)
    if outside := desk.kernel.erasing.outside:
        desk.kernel.do(lambda: desk.kernel.erasing.told_outside(outside.number, {}))
    if desk.kernel.erasing.wants_files:
        assert desk.kernel.write_files_anew(None)
        desk.kernel.do(lambda: desk.kernel.erasing.done(number))
    return Reader(desk.store, desk.kernel.definitions, desk.kernel.events).erasure(number)


def test_a_batch_of_several_goes_on_without_the_one_who_is_erased(open_desk, project):
    # Given a batch for all, in which two things are
    desk = open_desk(project(all="trigger: {event: thing.happened, collect_for: 1d}\n" + WAIT))
    for id in ("b", "a"):
        desk.emit(id=id, id_=f"event-{id}")
    # When one of them is erased, Then the batch starts with the other alone
    assert erase(desk).done
    desk.wait(days=2)
    (run,) = desk.runs()
    assert (run.event_id, run.reason) == ("event-b", "")


def test_a_batch_of_nobody_else_starts_nothing(open_desk, project):
    desk = open_desk(project(all="trigger: {event: thing.happened, collect_for: 1d}\n" + WAIT, calm="trigger: {event: thing.happened}\ndebounce: 1h\n" + WAIT))
    desk.emit(id="a")
    assert erase(desk).done
    desk.wait(days=2)
    assert desk.runs() == []


def test_queued_runs_of_one_who_is_erased_do_not_begin_first(open_desk, project):
    desk = open_desk(project(one="mode: queued\n" + "trigger: {event: thing.happened}\nsubject: thing.id\nactions:\n  - {action: probe.send}\n  - {wait: 1d}\n"))
    for _ in range(3):
        desk.emit(id="a")
    asked = desk.kernel.take_calls()
    assert len(asked) == 1
    desk.answer(asked[0])
    assert erase(desk).counts["run ended"] == 3
    assert desk.kernel.take_calls() == []
    assert {run.reason for run in desk.runs()} == {ERASED}


def test_a_run_that_cannot_be_read_any_more_is_emptied_too(open_desk, project, told):
    desk = open_desk(project(one=WAIT))
    desk.emit(id="a")
    desk.store.db.execute("update journal set trail = x'7b'")
    assert erase(desk).done
    assert [(str(run.status), run.reason) for run in desk.runs()] == [("cancelled", ERASED)]
    desk.wait(days=31)
    assert not told.records or all("blocked" in record.message for record in told.records)


def test_the_next_engine_goes_on_where_a_killed_one_was(open_desk, project):
    files = project(one=WAIT)
    steps = 0
    while True:
        desk = open_desk(files)
        desk.emit(id="a", id_=f"e{steps}")
        desk.emit(id="b")
        number = desk.kernel.do(lambda desk=desk: desk.kernel.erasing.ask("thing:a", [], "bo"))
        for _ in range(steps):
            desk.kernel.do(desk.kernel.erasing.step)
        over = not desk.kernel.erasing.has_step
        desk.kill()
        desk = open_desk(files)
        while desk.kernel.erasing.has_step:
            desk.kernel.do(desk.kernel.erasing.step)
        assert desk.kernel.erasing.outside.number == number
        desk.kernel.do(lambda desk=desk, number=number: desk.kernel.erasing.told_outside(number, {}))
        desk.kernel.do(lambda desk=desk, number=number: desk.kernel.erasing.done(number))
        assert {run.subject for run in desk.runs()} == {None, "b"}
        assert desk.emit(id="a", id_=f"e{steps}").duplicate
        desk.kill()
        if over:
            break
        steps += 1
    assert steps > 5


def test_an_engine_that_is_busy_keeps_its_lease_for_a_while(tmp_path):
    now = to_micros(datetime(2026, 3, 2, tzinfo=UTC))
    first, second = Store(tmp_path / "s.db", "acme"), Store(tmp_path / "s.db", "acme")
    held, other = Lease(first, "one"), Lease(second, "two")
    assert held.take(now)
    with held.ahead(lambda: now):
        assert not other.take(now + 60_000_000)
        assert other.take(now + 60_000_000, alive=lambda _: False)
        held.take(now + 60_000_000, alive=lambda _: False)
    assert other.take(now + 60_000_000)
    first.close()
    second.close()
