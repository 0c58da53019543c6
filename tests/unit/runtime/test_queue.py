"""People cancel runs that wait for their turn."""

import pytest

QUEUES = "mode: queued\nactions:\n  - {action: probe.send, with: {n: '{{ thing.n }}'}}\n  - wait: 1h\n"


def sent(desk):
    """What leaves now, each answered."""
    calls = desk.kernel.take_calls()
    for call in calls:
        desk.answer(call)
    return [call.params["n"] for call in calls]


@pytest.mark.parametrize("killed", [False, True])
def test_a_cancel_of_a_queued_run_leaves_the_open_one_and_a_second_cancel_leaves_none(open_desk, project, killed):
    # Given three runs of one subject, of which two wait for their turn
    made = project(w=QUEUES)
    desk = open_desk(made)
    for n in (1, 2, 3):
        desk.emit(id="a", n=n)
    one, two, three = (run.id for run in desk.runs())
    assert sent(desk) == [1]

    # When people cancel one that waits, Then the open one goes on, and the next after it is the other
    desk.kernel.do(lambda: desk.kernel.people.cancel(two, "enough", "ana"))
    if killed:
        desk.kill()
        desk = open_desk(made)
    assert desk.statuses() == ["waiting", "cancelled", "queued"]

    # When both of the others are cancelled, the one that waits first, Then none is left and nothing is sent
    desk.kernel.do(lambda: desk.kernel.people.cancel(three, "enough", "ana"))
    desk.kernel.do(lambda: desk.kernel.people.cancel(one, "enough", "ana"))
    desk.wait(days=1)
    assert desk.statuses() == ["cancelled"] * 3
    assert sent(desk) == []
