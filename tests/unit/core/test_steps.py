"""What each kind of step asks for and gives."""


import pytest
from corekit import (
    Player,
    Says,
    action,
    ask_approval,
    charge,
    choose,
    continue_if,
    emit,
    fail,
    for_each,
    if_,
    of,
    parallel,
    repeat,
    retry,
    set_,
    stop,
    try_,
    wait,
    workflow,
)  # fmt: skip

from ecomflow.core.commands import (
    AskApproval,
    CancelAction,
    CancelTimer,
    Emit,
    Finish,
    GiveBack,
    RunAction,
    StartTimer,
    WithdrawApproval,
)  # fmt: skip
from ecomflow.core.encoding import MAX_EVENT
from ecomflow.errors import ExpressionError
from ecomflow.model import RunStatus, Token


def raises(_):
    raise ExpressionError("EF211", "thing.name is missing")


def finish_of(player):
    """The end of a run, after every replay of its journal agreed."""
    player.check()
    return player.finish


def called(commands):
    return [c.action for c in of(commands, RunAction)]


# --- simple steps ---


def test_an_action_gives_its_result():
    player = Player(workflow(action("look", id="look"), action("send", lambda s: {"n": s["look"]["n"], "again": s["steps"]["look"]})))
    commands = player.ok("actions/0", {"n": 7})

    assert of(commands, RunAction)[0].params == {"n": 7, "again": {"n": 7}}
    assert of(commands, RunAction)[0].key == "acme/r1-x/actions/1/0"
    player.ok("actions/1")
    assert finish_of(player).status is RunStatus.COMPLETED


@pytest.mark.parametrize(("guard", "forgiving", "does"), [(True, False, ["send"]), (False, False, ["last"]), (None, True, ["last"])])
def test_a_guard(guard, forgiving, does):
    player = Player(workflow(action(guard=Says(guard), unknown_is_else=forgiving), action("last")))
    assert called(player.commands) == does


def test_an_unknown_guard_fails_the_step():
    player = Player(workflow(action(guard=Says(None, "thing.size > 3"), id="it")))
    assert finish_of(player).error == {"type": "unknown", "message": "thing.size > 3 is unknown: as it was seen", "step": "it"}


@pytest.mark.parametrize("on_error", ["stop", "continue", "steps"])
@pytest.mark.parametrize("how", ["answer", "parameters"])
def test_on_error(on_error, how):
    steps = [action("mend", lambda s: {"why": s["error"]["type"]})]
    params = raises if how == "parameters" else None
    player = Player(workflow(action(params=params, id="it", on_error=steps if on_error == "steps" else on_error), action("last", lambda s: {"it": s["it"]})))
    if how == "answer":
        player.fails("actions/0")

    if on_error == "stop":
        assert player.finish.status is RunStatus.FAILED
    if on_error == "continue":
        assert of(player.commands, RunAction)[0].params == {"it": None}
    if on_error == "steps":
        assert of(player.commands, RunAction)[0].params == {"why": "refused" if how == "answer" else "expression"}
        assert called(player.ok("actions/0/on_error/0")) == ["last"]


def test_a_wait_in_the_past_goes_on_at_once():
    assert called(Player(workflow(wait(-1), action())).commands) == ["send"]


@pytest.mark.parametrize(("late", "asks"), [(4 / 60, 1), (1, 2)])
def test_a_window_is_asked_again_after_a_late_wake_up(late, asks):
    asked = []
    due = Says(lambda s: asked.append(s["now"]) or s["now"].replace(hour=20), reasked=True)
    player = Player(workflow(wait(due), action()))
    player.timer("actions/0", at=player.timers["actions/0"], hours=0) if asks == 0 else player.feed("timer", "actions/0", hours=11 + late)

    assert len(asked) == asks
    assert bool(player.timers) is False
    player.check()


def test_if_and_choose():
    player = Player(workflow(if_(lambda s: s["thing"]["id"] == 1, [action("a")], [action("b")]), choose([(False, [action("c")]), (True, [action("d")])], id="c"), action("e", lambda s: {"c": s["c"]})))
    assert called(player.commands) == ["a"]
    assert called(player.ok("actions/0/then/0")) == ["d"]
    assert of(player.ok("actions/1/1/0", "of d"), RunAction)[0].params == {"c": "of d"}


def test_the_first_unknown_branch_of_choose_decides():
    branches = [(False, []), (None, [action("a")]), (True, [action("b")])]
    assert finish_of(Player(workflow(choose(branches)))).error["type"] == "unknown"
    assert called(Player(workflow(choose(branches, [action("c")], unknown_is_else=True))).commands) == ["c"]


def test_set_and_emit():
    player = Player(workflow(set_(a=1, b=lambda s: s["vars"]["a"] + 1), emit(data=lambda s: {"b": s["vars"]["b"]}, id="e"), action(params=lambda s: {"e": s["e"]})))
    assert of(player.commands, Emit)[0] == Emit("actions/1", "acme/r1-x/actions/1/0", "thing.noted", {"b": 2})
    assert of(player.commands, RunAction)[0].params == {"e": {"id": "acme/r1-x/actions/1/0"}}
    assert player.machine.effects


def test_an_event_that_could_not_be_accepted_fails_its_step():
    assert finish_of(Player(workflow(emit(data={"text": "x" * MAX_EVENT})))).error["type"] == "limit"


def test_a_variable_may_hold_all_variables():
    player = Player(workflow(set_(all=lambda s: s["vars"]), set_(all=lambda s: s["vars"]), wait(), vars={"n": 1}))
    player.check()
    assert player.timers


@pytest.mark.parametrize(("effect", "declined"), [(False, True), (True, False)])
def test_continue_if_ends_quietly(effect, declined):
    steps = [action(), continue_if(False)] if effect else [continue_if(False)]
    player = Player(workflow(*steps))
    if effect:
        player.ok("actions/0")
    assert finish_of(player) == Finish(RunStatus.STOPPED, "the condition: as it was seen", declined=declined)


def test_output():
    player = Player(workflow(action(id="a"), output=Says(lambda s: {"a": s["a"]})))
    player.ok("actions/0", 3)
    assert finish_of(player).output == {"a": 3}


# --- loops and branches ---


def test_items_in_order_and_their_results():
    player = Player(workflow(for_each([5, 6], [action(params=lambda s: {"item": s["item"], "loop": s["loop"]})], id="all"), action("last", lambda s: {"all": s["all"]})))
    player.ok("actions/0/0/0", "a")
    assert of(player.commands, RunAction)[0].params == {"item": 6, "loop": {"index": 2, "first": False, "last": True, "length": 2}}
    assert of(player.ok("actions/0/1/0", "b"), RunAction)[0].params == {"all": ["a", "b"]}


def test_keys_of_items_are_parts_of_paths():
    items = [{"sku": "1/0"}, {"sku": "1"}, {"sku": "1"}]
    player = Player(workflow(for_each(items, [action(), action()], key=lambda s: s["item"]["sku"], max_parallel=9)))
    assert sorted(player.actions) == ["actions/0/1%2F0/0", "actions/0/1/0"]


def test_a_failed_item_under_continue_gives_none():
    player = Player(workflow(for_each([1, 2], [action()], go_on=True, id="all"), action("last", lambda s: {"all": s["all"]})))
    player.fails("actions/0/0/0")
    assert of(player.ok("actions/0/1/0", 2), RunAction)[0].params == {"all": [None, 2]}


def test_continue_if_ends_the_item_also_out_of_branches():
    body = [parallel([continue_if(lambda s: s["item"] != 1)], [wait(9)]), action(params=lambda s: {"item": s["item"]})]
    player = Player(workflow(for_each([1], body, id="all"), action("last", lambda s: {"all": s["all"]})))
    assert of(player.commands, RunAction)[0].params == {"all": [None]}
    assert player.timers == {}


def test_an_unknown_list_fails():
    assert finish_of(Player(workflow(for_each(None, [])))).error["type"] == "unknown"


@pytest.mark.parametrize(
    ("loop", "rounds"),
    [({"times": 3}, 3), ({"while_": lambda s: s["loop"]["index"] <= 2}, 2), ({"until": lambda s: s["loop"]["index"] == 2}, 2), ({"times": 0}, 0), ({"until": None, "times": 1}, 1)],
)
def test_rounds(loop, rounds):
    player = Player(workflow(repeat([action(params=lambda s: {"round": s["loop"]["index"]})], **loop)))
    for number in range(1, rounds + 1):
        assert player.actions[f"actions/0/{number}/0"].params == {"round": number}
        player.evict()
        player.ok(f"actions/0/{number}/0")
    assert finish_of(player).status is RunStatus.COMPLETED


@pytest.mark.parametrize(("loop", "fails"), [({"times": 3}, False), ({"times": 4}, True), ({"while_": True}, True)])
def test_a_loop_that_would_go_on_fails(loop, fails):
    player = Player(workflow(repeat([set_(n=1)], max=3, **loop)))
    assert (finish_of(player).status is RunStatus.FAILED) is fails


def test_all_branches():
    player = Player(workflow(parallel([action("a")], [action("b"), action("c")], id="p"), action("last", lambda s: {"p": s["p"]})))
    player.ok("actions/0/1/0")
    player.ok("actions/0/1/1", "c")
    assert of(player.ok("actions/0/0/0", "a"), RunAction)[0].params == {"p": ["a", "c"]}


def test_the_first_failure_ends_the_others():
    player = Player(workflow(parallel([action("a")], [wait(5)], [action("b")])))
    assert of(player.fails("actions/0/0/0"), CancelTimer) == [CancelTimer("actions/0/1/0")]
    assert player.finish is None  # b is let finish
    player.ok("actions/0/2/0")
    assert finish_of(player).error["step"] == "actions/0/0/0"


def test_the_first_branch_without_error_wins_and_losers_tidy_up():
    player = Player(workflow(parallel([fail()], [wait(2)], [try_([wait(9)], finally_=[action("tidy")])], first=True, id="p"), action("last")))
    assert called(player.timer("actions/0/1/0")) == ["tidy"]
    assert called(player.ok("actions/0/2/0/finally/0")) == ["last"]


def test_stop_in_a_branch_of_first_ends_the_run_even_after_a_failure():
    player = Player(workflow(parallel([fail()], [wait(1), stop("so")], [wait(9)], first=True)))
    player.timer("actions/0/1/0")
    assert finish_of(player) == Finish(RunStatus.STOPPED, "so")


def test_first_fails_when_all_fail():
    assert finish_of(Player(workflow(parallel([fail("a")], [fail("b")], first=True)))).reason == "b"


def test_more_live_requests_than_allowed():
    player = Player(workflow(for_each(list(range(1001)), [wait()], max_parallel=2000)))
    assert finish_of(player).error["type"] == "limit"


def test_a_scope_that_grows_too_large():
    player = Player(workflow(*[set_(**{f"v{n}": "x" * 250_000}) for n in range(5)]))
    assert finish_of(player).error["type"] == "limit"


# --- people ---


@pytest.mark.parametrize(("on_timeout", "approved"), [("reject", False), ("approve", True), ([action("ask")], False)])
def test_nobody_decides(on_timeout, approved):
    player = Player(workflow(ask_approval(3, on_timeout, id="a"), action("last", lambda s: s["a"])))
    assert [type(c) for c in player.commands] == [AskApproval, StartTimer, Emit]
    player.timer("actions/0")
    if isinstance(on_timeout, list):
        assert called(player.commands) == ["ask"]
        player.ok("actions/0/on_timeout/0")
    assert of(player.commands, RunAction)[0].params == {"approved": approved, "timed_out": True, "by": None, "comment": ""}


def test_somebody_decides():
    player = Player(workflow(ask_approval(3, id="a"), action("last", lambda s: s["a"])))
    commands = player.feed("decision", "actions/0", {"approved": True, "by": "ana", "comment": "fine"})
    assert [type(c) for c in commands] == [WithdrawApproval, CancelTimer, RunAction]
    assert commands[2].params == {"approved": True, "timed_out": False, "by": "ana", "comment": "fine"}


# --- try ---


def test_catch_sees_the_error_and_finally_runs():
    player = Player(workflow(try_([fail("broken", id="f")], [action("mend", lambda s: s["error"])], [action("tidy")], id="t"), action("last", lambda s: {"t": s["t"]})))
    assert of(player.commands, RunAction)[0].params == {"type": "fail", "message": "broken", "step": "f"}
    assert called(player.ok("actions/0/catch/0", "mended")) == ["tidy"]
    assert of(player.ok("actions/0/finally/0"), RunAction)[0].params == {"t": "mended"}


def test_an_error_in_finally_changes_nothing():
    player = Player(workflow(try_([action()], finally_=[action("tidy")]), action("last")))
    player.ok("actions/0/try/0")
    assert called(player.fails("actions/0/finally/0")) == ["last"]
    player.check()


def test_an_error_in_catch_fails_after_finally():
    player = Player(workflow(try_([fail("one")], [fail("two")], [action("tidy")])))
    player.ok("actions/0/finally/0")
    assert finish_of(player).reason == "two"


# --- ending early ---


@pytest.mark.parametrize(("how", "status"), [("exit", "stopped"), ("superseded", "superseded"), ("cancelled", "cancelled")])
def test_the_end_lets_a_call_finish_and_tidies_up_once(how, status):
    player = Player(workflow(try_([parallel([action("a", retry=retry())], [wait(9)])], finally_=[action("tidy"), action("more")])))
    assert player.end(how) == [CancelAction("actions/0/try/0/0/0"), CancelTimer("actions/0/try/0/1/0")]
    assert player.machine.status is RunStatus.ENDING
    player.evict()
    assert called(player.fails("actions/0/try/0/0/0", "retryable")) == ["tidy"]
    player.end("cancelled")
    assert called(player.ok("actions/0/finally/0")) == ["more"]
    player.ok("actions/0/finally/1")
    assert finish_of(player) == Finish(RunStatus(status), "because")


def test_between_two_attempts_it_ends_at_once_and_gives_its_tokens_back():
    token = Token("cap", "marketing", Says("k"), 2)
    player = Player(workflow(action(retry=retry(), tokens=(token,))))
    player.fails("actions/0", "retryable")
    commands = player.end()
    assert [type(c) for c in commands] == [CancelTimer, GiveBack, Finish]


def test_a_charge_is_known_to_what_tidies_up():
    player = Player(workflow(try_([charge(id="paid")], finally_=[action("refund", lambda s: {"paid": s["paid"]})])))
    player.end()
    assert of(player.ok("actions/0/try/0", {"id": 7}), RunAction)[0].params == {"paid": {"id": 7}}
