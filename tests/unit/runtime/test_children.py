"""Calls of other workflows across kills: each step of a call is durable, none is lost, none is done twice."""

import pytest

from ecomflow.runtime.reading import Reader

CALLER = """\
actions:
  - id: made
    call: child
    with: {n: "{{ thing.n }}"}
  - {action: probe.send, with: {text: "{{ made.text }}"}}
"""
CHILD = """\
trigger: {event: never.happened}
inputs: {n: 0}
actions:
  - {action: probe.read, with: {n: "{{ inputs.n }}"}}
output: {text: "n{{ inputs.n }}"}
"""


@pytest.fixture
def shop(project):
    return project(caller=CALLER, child=CHILD)


def stopped_before(desk, what):
    """Let the process die where the kernel is about to do this for a call."""

    def die(_):
        raise SystemExit(what)

    setattr(desk.kernel.children, what, die)


def again(desk, open_desk, shop):
    desk.kill()
    return open_desk(shop)


@pytest.mark.parametrize("times", [1, 3])
def test_kill_between_the_request_and_the_start_starts_it_once(open_desk, shop, times):
    # Given a call whose request is on disk, When the process dies before the run is started, however often
    desk = open_desk(shop)
    stopped_before(desk, "_begin")
    with pytest.raises(SystemExit):
        desk.emit(id="a", n=7)
    for _ in range(times):
        desk = again(desk, open_desk, shop)

    # Then it is started once, with its inputs
    assert [call.params for call in desk.kernel.take_calls()] == [{"n": 7}]
    assert desk.statuses() == ["waiting", "running"]


def test_kill_between_the_end_and_the_telling_tells_it_once(open_desk, shop):
    # Given a called run that has ended on disk, When the process dies before its caller is told
    desk = open_desk(shop)
    desk.emit(id="a", n=7)
    [call] = desk.kernel.take_calls()
    stopped_before(desk, "_tell")
    with pytest.raises(SystemExit):
        desk.answer(call)
    assert desk.statuses() == ["waiting", "completed"]

    # Then the caller is told after the kill, and not again after the next
    desk = again(desk, open_desk, shop)
    assert [call.params for call in desk.kernel.take_calls()] == [{"text": "n7"}]
    desk = again(desk, open_desk, shop)
    [call] = desk.kernel.take_calls()
    desk.answer(call)
    assert desk.statuses() == ["completed", "completed"]


def test_kill_between_the_end_of_the_caller_and_that_of_the_called_ends_it(open_desk, project):
    waits = CHILD.replace("  - {action", "  - wait: 1d\n  - {action")
    shop = project(caller=CALLER, child=waits)
    desk = open_desk(shop)
    desk.emit(id="a", n=7)
    stopped_before(desk, "_end")
    with pytest.raises(SystemExit):
        desk.kernel.do(lambda: desk.kernel.people.cancel("r1-x", "by hand", "ana"))
    assert desk.statuses() == ["ending", "waiting"]

    desk = again(desk, open_desk, shop)

    assert desk.statuses() == ["cancelled", "cancelled"]


def test_caller_and_called_name_each_other(open_desk, shop):
    desk = open_desk(shop)
    desk.emit(id_="e1", id="a", n=7)
    reader = Reader(desk.store, desk.kernel.definitions, desk.kernel.events)

    caller, called = reader.run("r1-x"), reader.run("r2-x")

    assert (caller.calls, caller.caller) == (("r2-x",), None)
    assert [waiting.text for waiting in caller.waiting_for] == ["child r2-x"]
    assert (called.caller, called.event_id) == ("r1-x", "e1")
    [told] = reader.why("e1", "child")
    assert (told.run_id, told.reason, told.disagrees) == ("r2-x", "called by r1-x (caller)", "")


def test_inputs_that_are_too_large_are_an_error_of_the_step(open_desk, project):
    both = CALLER.replace('{n: "{{ thing.n }}"}', '{n: "{{ thing.text }}", m: "{{ thing.text }}"}')
    desk = open_desk(project(caller=both, child=CHILD.replace("n: 0", "n: 0, m: 0")))

    desk.emit(id="a", text="x" * 140_000)

    assert desk.statuses() == ["failed"]
    assert "at most" in desk.runs()[0].error["message"]


def test_an_output_that_is_too_large_is_an_error_of_the_step(open_desk, project):
    gives = CHILD.replace('{text: "n{{ inputs.n }}"}', '{text: "{{ thing.text }}", more: "{{ thing.text }}"}')
    desk = open_desk(project(caller=CALLER.replace("thing.n", "thing.id"), child=gives))
    desk.emit(id="a", text="x" * 140_000)
    [call] = desk.kernel.take_calls()

    desk.answer(call)

    assert desk.statuses() == ["failed", "completed"]
    assert desk.runs()[0].error["type"] == "limit"


def test_a_store_of_before_calls_is_opened(open_desk, shop):
    # Given a store without the table of calls, as an earlier ecomflow made it
    desk = open_desk(shop)
    desk.store.db.execute("drop table child")

    desk = again(desk, open_desk, shop)
    desk.emit(id="a", n=7)

    assert desk.statuses() == ["waiting", "running"]
