"""Why an event did what it did, told again later: it says what was decided (R:V3)."""

from datetime import timedelta

from ecomflow.runtime.accept import make_event
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.reading import Reader

RESTARTS = "mode: restart\nconditions: [thing.n > 3]\nactions:\n  - wait: 1h\n"


def reader(desk):
    return Reader(desk.store, desk.kernel.definitions, desk.kernel.events)


def test_event_of_a_source_with_slashes_and_an_id_with_slashes_is_found(open_desk, project):
    # Given an event that a run emitted, whose id is a path, Then source and id together name it.
    desk = open_desk(project(w="actions:\n  - {emit: thing.noted, data: {n: 1}}\n"))
    desk.emit(id="a")
    [row] = desk.store.rows("events_of_id", desk.store.shop, f"acme/{desk.runs()[0].id}/actions/0/0")

    [found] = reader(desk).events_of(f"{row[1]}/{row[2]}")

    assert (found.event.source, found.event.id) == ("ecomflow/w", f"acme/{desk.runs()[0].id}/actions/0/0")


def test_decision_without_its_conditions_is_not_said_to_disagree_with_them(open_desk, project):
    # Given mode restart, which asks for the age of an event before the conditions, When an old event comes that would not
    # meet them, Then asking them again says nothing against the decision.
    desk = open_desk(project(w=RESTARTS))
    desk.emit(id="a", n=5)
    late = to_moment(desk.micros) - timedelta(hours=1)
    event, raw = make_event("thing.happened", {"thing": {"id": "a", "n": 1}}, id_="old", source="test", now=late)
    desk.kernel.do(lambda: desk.kernel.ingest.take(event, raw))

    [told] = reader(desk).why("old")

    assert (str(told.outcome), told.disagrees) == ("stale", "")


def test_held_decision_is_not_said_to_disagree_with_the_conditions(open_desk, project):
    desk = open_desk(project(w="conditions: [thing.n > 3]\nactions:\n  - wait: 1h\n"))
    desk.kernel.do(lambda: desk.kernel.pause(None))
    desk.emit(id_="e", id="a", n=1)

    assert [(str(one.outcome), one.disagrees) for one in reader(desk).why("e")] == [("held", "")]
