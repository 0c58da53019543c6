"""Runs are brought to the current version some at a time; each is on one version or the other, whatever happens (R:V5)."""

import pytest

from ecomflow.core.machine import Machine
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.migrating import Migrating
from ecomflow.runtime.reading import Reader

OLD = "actions:\n  - {id: pause, wait: 10h}\n  - {action: probe.send, with: {to: old}}\n"
NEW = "actions:\n  - {action: probe.read, with: {x: 1}}\n  - {id: pause, wait: 99h}\n  - {action: probe.send, with: {to: new}}\n"


def deploy(desk, project, by=""):
    desk.kernel.do(lambda: desk.kernel.deploy(project, "migrate", by))


def go_on(desk):
    """Do all portions that are left, as the host does."""
    for _ in range(10_000):
        if not desk.kernel.migrating.has_step:
            return
        desk.kernel.do(desk.kernel.migrating.portion)


def reader(desk):
    return Reader(desk.store, desk.kernel.definitions, desk.kernel.events)


def migrations(desk, run):
    return [step for step in reader(desk).run(run.id).steps if step.kind == "migrated"]


def versions(desk):
    return [run.version for run in desk.runs()]


def test_portions_are_commits_of_their_own_and_events_come_in_between(open_desk, project):
    # Given more waiting runs than one portion takes
    desk = open_desk(project(w=OLD))
    desk.kernel.turn([desk.event(id=f"t{n}") for n in range(120)])
    shop = project(w=NEW)

    # When they are to go on in a new version
    deploy(desk, shop)

    # Then the deployment is done after one portion, an event starts the new version, and the rest follows
    current = desk.kernel.definitions.current["w"].version
    assert versions(desk).count(current) == 50
    desk.emit(id="new")
    assert versions(desk)[-1] == current
    go_on(desk)
    assert set(versions(desk)) == {current}
    assert {row[1].split("/")[1] for row in desk.store.db.execute("select run, path from timer where run <= 120")} == {"1"}


@pytest.mark.parametrize("portions", [0, 1, 2])
def test_a_kill_in_the_middle_leaves_each_run_on_one_version_and_the_next_engine_goes_on(open_desk, project, portions):
    desk = open_desk(project(w=OLD))
    desk.kernel.turn([desk.event(id=f"t{n}") for n in range(130)])
    shop = project(w=NEW)
    deploy(desk, shop, "ana")
    for _ in range(portions):
        desk.kernel.do(desk.kernel.migrating.portion)
    desk.kill()

    desk = open_desk(shop, now=to_moment(desk.micros))
    go_on(desk)

    assert len(set(versions(desk))) == 1
    assert all(len(migrations(desk, run)) == 1 for run in desk.runs())
    assert [each.who for each in reader(desk).audit(what="migrate")] == ["ana"] * 130
    desk.wait(hours=11)
    assert {call.params["to"] for call in desk.kernel.take_calls()} == {"new"}


def test_asked_again_nothing_happens_to_what_has_moved(open_desk, project):
    desk = open_desk(project(w=OLD))
    desk.emit(id="a")
    shop = project(w=NEW)
    deploy(desk, shop)
    deploy(desk, shop)

    assert len(migrations(desk, desk.runs()[0])) == 1
    assert not desk.kernel.migrating.has_step


def test_a_run_that_breaks_stays_and_stops_no_other(open_desk, project, monkeypatch, told):
    # Given two waiting runs of which one makes the engine stumble, When they are migrated, Then the other is, and both go on.
    desk = open_desk(project(w=OLD))
    desk.kernel.turn([desk.event(id="a"), desk.event(id="b")])
    migrate = Machine.migrate

    def broken(self, rows, *more):
        if rows[0].entry.data["event"].data["thing"]["id"] == "a":
            raise RuntimeError("a bug")
        return migrate(self, rows, *more)

    monkeypatch.setattr(Machine, "migrate", broken)
    deploy(desk, project(w=NEW))

    assert len(set(versions(desk))) == 2
    assert "stays on its version" in told.text
    desk.wait(hours=11)
    assert sorted(call.params["to"] for call in desk.kernel.take_calls()) == ["new", "old"]


@pytest.mark.parametrize("bad", [7, 60, 120])
def test_a_run_that_breaks_while_it_is_written_stays_and_stops_no_other(open_desk, project, monkeypatch, told, bad):
    # Given 120 waiting runs, When writing one of them fails however often, in the first portion or a later one
    desk = open_desk(project(w=OLD))
    desk.kernel.turn([desk.event(id=f"t{n}") for n in range(120)])
    write, tries = Migrating._write, []

    def broken(self, run, *more):
        if run.n == bad:
            self._store.run("move_run", "half done", run.n)
            tries.append(run.n)
            raise KeyError("a bug")
        write(self, run, *more)

    monkeypatch.setattr(Migrating, "_write", broken)
    deploy(desk, project(w=NEW))
    go_on(desk)

    # Then that one is where it was, told of once, and among the older ones; all others have moved, and nothing is left to do
    assert not desk.kernel.migrating.has_step
    assert len(tries) == 3  # with its portion, with each in a unit of its own, and alone
    assert told.text.count("stays on its version") == 1
    [left] = reader(desk).older_runs(to_moment(desk.micros))
    assert int(left.run.id[1:].partition("-")[0]) == bad
    assert len(set(versions(desk))) == 2
    desk.wait(hours=11)
    assert sorted(call.params["to"] for call in desk.kernel.take_calls()) == ["new"] * 119 + ["old"]


def test_the_list_of_older_runs_says_of_one_that_breaks_why_and_goes_on(open_desk, project, monkeypatch):
    desk = open_desk(project(w=OLD))
    desk.kernel.turn([desk.event(id="a"), desk.event(id="b")])
    desk.kernel.do(lambda: desk.kernel.deploy(project(w=NEW)))
    migrate, broken = Machine.migrate, [True]

    def once(self, *more):
        if broken and broken.pop():
            raise KeyError("a bug")
        return migrate(self, *more)

    monkeypatch.setattr(Machine, "migrate", once)

    assert [each.stays for each in reader(desk).older_runs(to_moment(desk.micros))] == ["it cannot be brought there: KeyError: 'a bug'", ""]


def test_an_event_whose_deliveries_go_on_finds_a_run_that_has_moved(open_desk, project):
    # Given an event that 300 runs wait for, in portions, When runs move between two portions, Then each takes it all the same.
    waits = "actions:\n  - {id: answer, wait_for: {event: part.made, match: {part.n: thing.n}, timeout: 10h}}\n  - {action: probe.send, with: {to: %s}}\n"
    desk = open_desk(project(w=waits % "old"))
    desk.kernel.turn([desk.event(id=f"t{n}", n=1) for n in range(300)])
    shop = project(w="exit_on: [{event: thing.sold, match: {thing.n: thing.n}}]\n" + waits % "new")
    event = desk.event("part.made", id="p", n=1)

    def unit():
        event()
        desk.kernel.deploy(shop, "migrate")
        for _ in range(6):
            desk.kernel.migrating.step()

    desk.kernel.do(unit)

    sent = [call.params["to"] for call in desk.kernel.take_calls()]
    assert len(sent) == 300
    assert set(sent) == {"old", "new"}


def test_what_stays_says_why_and_writes_nothing(open_desk, project):
    desk = open_desk(project(w=OLD, gone=OLD, other="actions:\n  - wait: 5h\n"))
    desk.emit(id="a")
    shop = project(w=OLD.replace("pause", "rest"), other="actions:\n  - wait: 6h\n")
    deploy(desk, shop)

    why = {each.run.workflow: each.stays for each in reader(desk).older_runs(to_moment(desk.micros))}

    assert why == {
        "gone": "its file is gone: it finishes on its version",
        "other": "the step it waits at has no `id`",
        "w": "there is no step `pause` any more",
    }
    assert [len(reader(desk).run(run.id).steps) for run in desk.runs()] == [2, 2, 2]


def test_what_was_decided_while_paused_is_kept_for_the_version_that_it_was_given_to(open_desk, project):
    # Given a decision that is kept while the workflow is paused, When runs are migrated, Then this one stays, and takes it.
    asks = "actions:\n  - {id: ask, ask_approval: {title: Pay, to: ana@acme.example}}\n  - {action: probe.send, with: {to: %s}}\n"
    desk = open_desk(project(w=asks % "old"))
    desk.emit(id="a")
    [run] = desk.runs()
    desk.kernel.do(lambda: desk.kernel.pause("w"))
    desk.kernel.do(lambda: desk.kernel.people.decide(run.id, approved=True, by="ana@acme.example", comment=""))

    deploy(desk, project(w=asks % "new"))
    desk.kernel.do(lambda: desk.kernel.resume("w"))

    assert [call.params["to"] for call in desk.kernel.take_calls()] == ["old"]


def test_a_run_that_is_erased_or_pruned_leaves_nothing_of_what_it_brought_along(open_desk, project):
    desk = open_desk(project(w=OLD))
    desk.emit(id="a")
    deploy(desk, project(w=NEW))
    desk.kernel.do(lambda: desk.kernel.erasing.ask("thing:a", [], "ana"))
    for _ in range(100):
        if not desk.kernel.erasing.has_step:
            break
        desk.kernel.do(desk.kernel.erasing.step)

    assert desk.store.db.execute("select count(*) from journal").get == 0
