"""What a step sees: the names at the start, what steps before it gave, and what a replay puts back."""

from dataclasses import replace

import pytest
from corekit import (
    HOUR,
    T0,
    Player,
    Says,
    action,
    ask_approval,
    event,
    for_each,
    if_,
    of,
    parallel,
    repeat,
    set_,
    stop,
    try_,
    wait,
    wait_for,
    workflow,
)  # fmt: skip

from ecomflow.core.commands import Entry, Finish, Row, RunAction, TokenRequest
from ecomflow.core.encoding import size_of
from ecomflow.core.machine import Machine
from ecomflow.core.scope import MAX_SCOPE, RunInfo, scope_of
from ecomflow.model import MISSING, OMIT, Effect, RunStatus, Token

INFO = RunInfo(id="r7", shop="acme", subject="17", started_at=T0 - HOUR)


def seen(flow, data, info=INFO):
    """The names that the first action of a run sees."""
    machine = Machine(flow, info)
    commands = machine.start([Row(Entry(1, T0, "started", "", data))])
    return of(commands, RunAction)[0].params


def told(made):
    return {"id": made.id, "type": made.type, "source": made.source, "subject": made.subject, "time": made.time, "data": made.data}


ALL = action("see", dict)


def test_the_names_at_the_start():
    flow = workflow(ALL, set_(n=1), id_of(wait()), constants={"inputs": {"size": 3}, "shop": {"name": "Acme"}, "thing": "ours"}, vars={"n": lambda s: s["inputs"]["size"]})
    cause = replace(event(size="large"), subject="17")

    names = seen(flow, {"event": cause, "trigger": {"id": "t", "kind": "event"}})

    assert names == {
        "thing": "ours", "size": "large", "inputs": {"size": 3}, "shop": {"name": "Acme"}, "event": told(cause), "events": [told(cause)],
        "trigger": {"id": "t", "kind": "event"}, "now": T0, "later": None, "vars": {"n": 3}, "steps": {"later": None},
        "run": {"id": "r7", "workflow": "w", "started_at": T0 - HOUR, "subject": "17"},
    }  # fmt: skip


def id_of(made):
    return made[0], {**made[1], "id": "later"}


def test_a_caller_gives_inputs_and_a_window_its_events():
    several = [event(n=1), event(n=2)]
    data = {"event": several[1], "trigger": {"kind": "count"}, "inputs": {"colour": "red"}, "events": several}

    names = seen(workflow(ALL), data)

    assert names["inputs"] == {"size": 3, "colour": "red"}
    assert names["events"] == [told(each) for each in several]
    assert names["event"] == told(several[1])


def test_what_a_start_is_decided_by():
    flow = workflow(wait(), vars={"a": 1, "b": lambda s: s["vars"]["a"] + s["inputs"]["size"], "c": MISSING, "d": lambda s: len(s["vars"])})
    several = [told(event(n=1))]

    names = scope_of(flow, event(), {"id": "t", "kind": "batch", "events": several}, T0, {"size": 9})

    assert names["vars"] == {"a": 1, "b": 10, "d": 2}
    assert (names["trigger"], names["events"], names["now"]) == ({"id": "t", "kind": "batch"}, several, T0)
    assert "vars" not in scope_of(workflow(wait()), event(), {}, T0)
    assert "run" not in names


def test_a_request_says_all_that_its_performer_needs():
    token = Token("cap", "marketing", Says("k"), 2, Says(1).what)
    made = action("send", {"a": 1}, id="mail", connection="smtp", timeout=7.0, effect=Effect.SENDS, tokens=(token,))

    [asked] = Player(workflow(made)).commands

    assert asked == RunAction(
        "actions/0", "acme/r1-x/actions/0/0", "send", {"a": 1}, "smtp", 1, 7.0, Effect.SENDS, (TokenRequest("cap", "marketing", "k", 2, token.per),), "mail"
    )
    assert Player(workflow(action())).commands[0].step == ""


def test_a_variable_that_is_left_out_stays_as_it_was():
    player = Player(workflow(set_(a=OMIT, b=lambda s: s["vars"]["a"], a2=2), ALL, vars={"a": 1}))
    assert player.commands[0].params["vars"] == {"a": 1, "b": 1, "a2": 2}


# --- in loops, branches and items ---


def test_results_in_an_item_stay_there_and_those_of_a_round_are_seen_after_it():
    items = for_each([5, 6], [action("a", id="x"), action("b", lambda s: [s["x"], s["steps"]["x"], s["item"]])], max_parallel=2)
    rounds = repeat([action("c", id="y")], times=1)
    player = Player(workflow(items, rounds, action("last", lambda s: [s["y"], s["steps"], {"x", "item", "loop"} & set(s) == set()])))
    player.ok("actions/0/0/0", "of 5")
    player.evict()
    assert player.actions["actions/0/0/1"].params == ["of 5", "of 5", 5]
    player.ok("actions/0/1/0", "of 6")
    assert player.actions["actions/0/1/1"].params == ["of 6", "of 6", 6]
    player.ok("actions/0/0/1")
    player.ok("actions/0/1/1")
    player.evict()
    [last] = player.ok("actions/1/1/0", "of c")
    assert last.params == ["of c", {"y": "of c"}, True]


def test_the_first_round_knows_that_it_is():
    player = Player(workflow(repeat([action("a", lambda s: s["loop"])], times=2)))
    assert player.commands[0].params == {"index": 1, "first": True, "last": False, "length": 2}
    assert player.ok("actions/0/1/0")[0].params == {"index": 2, "first": False, "last": True, "length": 2}


def test_a_loop_inside_an_item_changes_variables_of_all():
    body = [repeat([wait(), set_(n=lambda s: s["vars"]["n"] + s["item"])], times=2)]
    player = Player(workflow(for_each([1, 10], body), action("last", lambda s: s["vars"]), vars={"n": 0}))
    for item in (0, 1):
        for number in (1, 2):
            player.timer(f"actions/0/{item}/0/{number}/0")
            player.evict()
            player.check()
    assert player.actions["actions/1"].params == {"n": 22}


def test_the_error_is_seen_in_catch_alone():
    broken = action("a", id="it")
    player = Player(workflow(try_([broken], [action("mend", lambda s: s["error"])]), action("last", lambda s: "error" in s)))
    [mend] = player.fails("actions/0/try/0")
    assert mend.params == {"type": "refused", "message": "no", "step": "it"}
    assert player.ok("actions/0/catch/0")[0].params is False


def test_steps_in_catch_and_finally_are_put_back_by_a_replay():
    tidy = if_(True, [wait(), action("t", id="t"), set_(n=2)])
    flow = workflow(try_([action("a")], [if_(True, [wait(), action("m", id="m")])], [tidy], id="r"), wait(), action("last", lambda s: [s["r"], s["m"], s["t"], s["vars"]]), vars={"n": 1})
    player = Player(flow)
    player.fails("actions/0/try/0")
    player.timer("actions/0/catch/0/then/0")
    player.ok("actions/0/catch/0/then/1", "mended")
    player.timer("actions/0/finally/0/then/0")
    player.evict()
    player.ok("actions/0/finally/0/then/1", "tidied")
    player.evict()
    player.check()
    assert player.timer("actions/1")[0].params == ["mended", "mended", "tidied", {"n": 2}]


def test_the_results_of_choices_and_branches():
    inner = parallel([set_(n=5)], [], id="none")
    flow = workflow(if_(True, [action("a")], id="i"), if_(False, [action("b")], id="j"), inner, action("last", lambda s: [s["i"], s["j"], s["none"], s["vars"]["n"]]), vars={"n": 0})
    player = Player(flow)
    assert player.ok("actions/0/then/0", 1)[0].params == [1, None, [None, None], 5]


def test_of_the_first_branch_the_result_is_the_winners():
    flow = workflow(parallel([wait_for(hours=2, id="e")], [action("a")], first=True, id="p"), action("last", lambda s: s["p"]))
    player = Player(flow)
    assert of(player.ok("actions/0/1/0", "won"), RunAction)[0].params == "won"
    player = Player(flow)
    player.timer("actions/0/0/0")
    assert of(player.ok("actions/0/1/0", "too late"), RunAction)[0].params == {"timed_out": True}


@pytest.mark.parametrize(("reason", "told"), [("so", "so"), (None, ""), (5, "5")])
def test_a_reason_is_a_text(reason, told):
    assert Player(workflow(stop(reason))).finish == Finish(RunStatus.STOPPED, told)


@pytest.mark.parametrize(("title", "told"), [(None, ""), (7, "7")])
def test_a_title_is_a_text(title, told):
    assert Player(workflow(ask_approval(title=Says(title)))).machine.pending[0].text == f"{told} (ana)"


# --- items and their keys ---


@pytest.mark.parametrize(
    ("key", "part"),
    [("a/b", "a%2Fb"), ("50%", "50%25"), ("a#1", "a%231"), ("k" * 80, "k" * 80), ("é", "é"), (1, "1")],
)
def test_an_items_key_is_one_part_of_its_path(key, part):
    assert list(Player(workflow(for_each([1], [action()], key=key))).actions) == [f"actions/0/{part}/0"]


def test_a_long_key_is_cut_and_told_apart():
    keys = [f"{'k' * 80}{number}" for number in (1, 2)]
    paths = list(Player(workflow(for_each(keys, [action()], key=lambda s: s["item"], max_parallel=2))).actions)
    parts = [path.split("/")[2] for path in paths]
    assert [part[:41] for part in parts] == [f"{'k' * 40}~"] * 2
    assert [len(part) for part in parts] == [65, 65]
    assert parts[0] != parts[1]


def test_ten_thousand_items_are_walked():
    player = Player(workflow(for_each(list(range(10_000)), [if_(False, [])], id="all"), action("last", lambda s: len(s["all"]))))
    assert player.commands[0].params == 10_000


# --- how much a run keeps ---

ROOM = MAX_SCOPE - size_of(event().data)


def kept(*sizes):
    """Set variables of so many bytes, one after the other, with an answer before each; return how the run ended."""
    steps = [step for number, size in enumerate(sizes) for step in (set_(**{f"v{number % 2}": "x" * (size - 2) if size else size}), wait())]
    player = Player(workflow(*steps))
    for number in range(len(sizes)):
        path = f"actions/{2 * number + 1}"
        if path in player.timers:
            player.timer(path)
    player.check()
    return player.finish


@pytest.mark.parametrize(
    ("sizes", "fits"),
    [
        ((ROOM,), True), ((ROOM + 1,), False), ((ROOM // 2, ROOM - ROOM // 2), True), ((ROOM // 2, ROOM - ROOM // 2 + 1), False),
        ((ROOM, 0, 10, ROOM - 10), True), ((ROOM // 2, ROOM // 2, None, ROOM), True), ((ROOM // 2, ROOM // 2, None, ROOM + 1), False), ((ROOM, None), True), ((ROOM, 10), False),
    ],
)  # fmt: skip
def test_how_much_a_run_keeps(sizes, fits):
    end = kept(*sizes)
    if fits:
        assert end.status is RunStatus.COMPLETED
    else:
        assert end.error["type"] == "limit"
        assert end.reason == "what the run keeps has more than 1048576 bytes"
