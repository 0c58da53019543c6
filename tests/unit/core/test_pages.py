"""Walking the pages of a search: each page a request of its own, asked for when it is needed (R:P5)."""


import pytest
from corekit import (
    Player,
    Says,
    action,
    continue_if,
    for_each,
    if_,
    of,
    parallel,
    repeat,
    retry,
    search,
    set_,
    stop,
    wait,
    walk_pages,
    workflow,
)

from ecomflow.core import commands as c
from ecomflow.core import questions
from ecomflow.model import RunStatus

SEND = action(params=lambda scope: {"to": scope["item"]})


def walked(*body, **more):
    """A run that searches, and walks what is found."""
    return Player(workflow(search(), walk_pages(body or (SEND,), **more)))


def asked(player):
    """Paths and marks of the pages that are asked for."""
    return {path: request.page for path, request in player.actions.items() if request.action == "search"}


def sent(commands):
    return [command.params["to"] for command in of(commands, c.RunAction) if command.action == "send"]


def send_all(player):
    """Answer what is sent until nothing is, and return to whom it went, in order."""
    told = []
    while sends := sorted(path for path, request in player.actions.items() if request.action == "send"):
        told.append(player.actions[sends[0]].params["to"])
        player.ok(sends[0])
    return told


def test_the_second_page_is_asked_for_when_the_first_one_is_walked_and_not_before():
    player = walked()

    player.page("actions/0", ["a", "b"], "m2")
    before = asked(player)
    told = send_all(player)

    assert before == {}
    assert told == ["a", "b"]
    assert asked(player) == {"actions/1/page/2": "m2"}


def test_a_page_is_a_request_under_a_key_of_its_own_with_the_parameters_of_the_first():
    player = Player(workflow(search(params={"tag": "vip"}), walk_pages([SEND])))

    player.page("actions/0", [], "m2")

    request = player.actions["actions/1/page/2"]
    assert (request.action, request.params, request.page) == ("search", {"tag": "vip"}, "m2")
    assert request.key == "acme/r1-x/actions/1/page/2/0"


def test_all_pages_are_walked_and_the_last_one_asks_for_no_other():
    player = walked()
    player.page("actions/0", ["a"], "m2")
    told = send_all(player)

    player.page("actions/1/page/2", ["b", "c"], "m3")
    told += send_all(player)
    player.page("actions/1/page/3", ["d"])
    told += send_all(player)

    assert told == ["a", "b", "c", "d"]
    assert player.finish.status is RunStatus.COMPLETED


def test_items_of_all_pages_run_side_by_side():
    # Given two at once, When the first item of a page of two takes long, Then the next page is asked for beside it.
    player = walked(max_parallel=2)
    player.page("actions/0", ["slow", "b"], "m2")

    player.ok("actions/1/page/1/1/0")
    after = asked(player)
    commands = player.page("actions/1/page/2", ["c", "d"])

    assert after == {"actions/1/page/2": "m2"}
    assert sent(commands) == ["c"]


def test_a_key_drops_doubles_across_pages():
    player = walked(key=lambda scope: scope["item"])
    player.page("actions/0", ["a", "a", "b"], "m2")
    told = send_all(player)

    player.page("actions/1/page/2", ["b", "c"])
    told += send_all(player)

    assert told == ["a", "b", "c"]


def test_the_results_of_all_pages_are_one_list():
    player = Player(workflow(search(), walk_pages([SEND], id="sent"), output=Says(lambda scope: scope["sent"])))
    player.page("actions/0", ["a"], "m2")
    player.ok("actions/1/page/1/0/0", {"n": 1})
    player.page("actions/1/page/2", ["b"])

    player.ok("actions/1/page/2/1/0", {"n": 2})

    assert player.finish.output == [{"n": 1}, {"n": 2}]


def test_a_list_that_nobody_can_name_is_not_kept():
    player = walked()
    player.page("actions/0", ["a"])

    player.ok("actions/1/page/1/0/0", {"n": 1})

    ended = {path: result for row in player.stored() for path, result, _ in row.closed or ()}
    assert ended["actions/1"] is None


def test_a_page_is_tried_again_like_any_call():
    player = Player(workflow(search(retry=retry(2)), walk_pages([SEND])))
    player.page("actions/0", [], "m2")

    player.fails("actions/1/page/2", "retryable")
    player.timer("actions/1/page/2")

    assert player.actions["actions/1/page/2"].attempt == 2
    assert player.actions["actions/1/page/2"].page == "m2"


def test_a_page_that_fails_for_good_fails_the_loop_also_where_items_may_fail():
    player = walked(go_on=True)
    player.page("actions/0", [], "m2")

    player.fails("actions/1/page/2")

    assert player.finish.status is RunStatus.FAILED
    assert player.finish.error["step"] == "actions/1"


def test_a_persons_retry_asks_for_the_page_that_failed_under_its_key():
    player = walked()
    player.page("actions/0", ["a"], "m2")
    send_all(player)
    player.fails("actions/1/page/2")

    player.retry()
    request = player.actions["actions/1/page/2"]
    player.page("actions/1/page/2", ["b"])

    assert (request.key, request.page) == ("acme/r1-x/actions/1/page/2/0", "m2")
    assert send_all(player) == ["b"]


@pytest.mark.parametrize("end", ["exit", "superseded", "cancelled"])
def test_a_run_that_ends_asks_for_no_further_page(end):
    player = walked()
    player.page("actions/0", ["a"], "m2")

    player.end(end)
    player.ok("actions/1/page/1/0/0")

    assert asked(player) == {}
    assert player.finish is not None


def test_a_page_that_comes_when_the_run_has_ended_is_not_walked():
    player = walked()
    player.page("actions/0", [], "m2")

    player.end()
    player.page("actions/1/page/2", ["a"], "m3")

    assert player.actions == {}
    assert player.finish.status is RunStatus.STOPPED


def test_an_item_that_stops_the_run_asks_for_no_further_page():
    player = walked(SEND, stop())
    player.page("actions/0", ["a", "b"], "m2")

    player.ok("actions/1/page/1/0/0")

    assert player.finish.status is RunStatus.STOPPED
    assert asked(player) == {}


def test_an_item_that_need_not_go_on_ends_alone():
    player = walked(continue_if(lambda scope: scope["item"] != "a"), SEND)
    player.page("actions/0", ["a", "b"], "m2")

    assert send_all(player) == ["b"]


def test_more_items_than_are_walked_fail_the_loop_before_any_of_that_page(monkeypatch):
    monkeypatch.setattr(questions, "MAX_FOUND", 3)
    player = walked()
    player.page("actions/0", ["a", "b"], "m2")
    send_all(player)

    player.page("actions/1/page/2", ["c", "d"])

    assert player.finish.error["type"] == "limit"
    assert player.finish.error["message"] == "found has more than 3 items; 2 were walked, at most 3 are"


def test_pages_without_end_fail_the_loop_also_where_nothing_is_on_them(monkeypatch):
    monkeypatch.setattr(questions, "MAX_PAGES", 2)
    player = walked()
    player.page("actions/0", [], "m2")

    player.page("actions/1/page/2", [], "m3")

    assert player.finish.error["message"] == "found has more than 2 pages; at most so many are asked for"


def test_a_page_that_names_itself_as_the_next_one_fails_the_loop():
    player = walked()
    player.page("actions/0", [], "m2")

    player.page("actions/1/page/2", ["a"], "m2")

    assert player.finish.error["type"] == "pages"


def test_a_key_that_is_missing_on_a_later_page_can_be_retried():
    broken = {"is": True}
    key = Says(lambda scope: None if broken["is"] and scope["item"] == "b" else scope["item"], "item")
    player = walked(key=key)
    player.page("actions/0", ["a"], "m2")
    send_all(player)
    player.page("actions/1/page/2", ["b"])
    failed = player.finish

    broken["is"] = False
    player.retry()

    assert failed.error["type"] == "unknown"
    assert send_all(player) == ["b"]


def test_a_search_whose_step_has_ended_with_what_is_around_it_is_walked_after_a_restart():
    # Given a search inside of an `if` that is closed, When the run is brought back, Then its pages are still known.
    player = Player(workflow(if_(True, [search(), wait()]), walk_pages([SEND])))
    player.page("actions/0/then/0", ["a"], "m2")
    player.timer("actions/0/then/1")
    player.evict()

    told = send_all(player)

    assert told == ["a"]
    assert asked(player) == {"actions/1/page/2": "m2"}


def test_a_search_in_a_round_is_forgotten_with_the_next_one():
    player = Player(workflow(repeat([search(), walk_pages([SEND])], times=2)))
    player.page("actions/0/1/0", ["a"], "m2")
    send_all(player)
    player.page("actions/0/1/1/page/2", ["b"])
    send_all(player)

    player.page("actions/0/2/0", ["c"])
    told = send_all(player)

    assert told == ["c"]
    assert player.finish.status is RunStatus.COMPLETED


def test_each_item_may_search_and_walk_its_own_pages():
    player = Player(workflow(for_each(["x", "y"], [search("inner"), walk_pages([SEND], "inner", name="one")], max_parallel=2)))

    player.page("actions/0/0/0", [], "mx")
    player.page("actions/0/1/0", [], "my")

    assert asked(player) == {"actions/0/0/1/page/2": "mx", "actions/0/1/1/page/2": "my"}


def test_a_page_beside_other_branches_is_cancelled_with_its_branch():
    flow = workflow(search(), parallel([walk_pages([SEND])], [wait()], first=True), set_(done=True))
    player = Player(flow)
    player.page("actions/0", [], "m2")

    player.timer("actions/1/1/0")
    player.page("actions/1/0/0/page/2", ["a"])

    assert player.finish.status is RunStatus.COMPLETED
    assert player.actions == {}


def test_a_long_walk_wakes_with_few_entries():
    player = walked()
    player.page("actions/0", [str(n) for n in range(50)], "2")
    for page in range(2, 11):
        send_all(player)
        player.page(f"actions/1/page/{page}", [f"{page}-{n}" for n in range(50)], str(page + 1))

    machine, _ = player.replayed()

    assert len(player.rows) > 450
    assert machine.replayed < 10
