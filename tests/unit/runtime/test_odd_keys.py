"""Keys of items that look like numbers and are none, in runs that are brought back."""

import pytest


@pytest.mark.parametrize("key", ["\u00b2", "\u2460", "\u0663", "7", "-1", "1.0"])
def test_a_run_goes_on_whatever_the_key_of_an_item_looks_like(open_desk, project, key):
    # Given a loop over items of such keys, with a wait in each, When its run is brought back again and again,
    # Then it comes to its end, and its subject is free for the next one.
    steps = "mode: single\nactions:\n  - {for_each: thing.list, as: x, key: x, do: [{wait: 1h}]}\n  - wait: 9h\n"
    desk = open_desk(project(w=steps))
    desk.emit(id="a", list=["b", key])
    for _ in range(12):
        desk.wait(hours=1)

    assert desk.statuses() == ["completed"]
    desk.emit(id="a", list=["b"])
    assert desk.statuses() == ["completed", "waiting"]
