"""A waiting run goes on in another version: at its wait, with what it knew, what it asked for as it was asked (R:V5)."""

import random

import pytest
from corekit import (
    HOUR,
    T0,
    Player,
    Says,
    action,
    ask_approval,
    call,
    choose,
    continue_if,
    for_each,
    if_,
    of,
    parallel,
    reads,
    repeat,
    search,
    set_,
    try_,
    wait,
    wait_for,
    walk_pages,
    workflow,
)  # fmt: skip
from fuzzing import History, Maker

from ecomflow.core.commands import RunAction, StartChild, StartTimer, Subscribe
from ecomflow.errors import RefusedError
from ecomflow.model import AskApprovalStep, Effect, ExitOn, Pairing, RunStatus, WaitForStep, WaitStep

PAUSE = wait(5, id="pause")


def told(player):
    """The paths of the actions that are asked for."""
    return [asked.path for asked in of(player.commands, RunAction)]


def refusal(player, flow):
    with pytest.raises(RefusedError) as refused:
        player.migrate(flow)
    player.check()
    return str(refused.value)


# --- where it goes on ---


def test_it_goes_on_after_its_wait_in_the_new_version():
    # Given a run that waits, When its workflow is edited before and after the wait, Then the new steps after it run alone.
    player = Player(workflow(wait(5, id="pause"), action("old")))

    player.migrate(workflow(action("early"), wait(9, id="pause"), action("new")), hours=1)
    player.check()
    player.timer("actions/1")

    assert player.now == T0 + 5 * HOUR
    assert [asked.action for asked in of(player.commands, RunAction)] == ["new"]
    player.check()


@pytest.mark.parametrize(
    ("block", "path"),
    [
        (lambda step: if_(False, [action("no"), step, action("then")], [action("else")]), "actions/0/then/1"),
        (lambda step: if_(True, [action("no")], [step, action("then")]), "actions/0/else/0"),
        (lambda step: choose([(True, [action("no")]), (False, [step, action("then")])], [action("else")]), "actions/0/1/0"),
        (lambda step: choose([(True, [action("no")])], [step, action("then")]), "actions/0/else/0"),
        (lambda step: if_(False, [choose([(None, [step, action("then")])])]), "actions/0/then/0/0/0"),
    ],
    ids=["then", "else", "branch", "choose else", "nested"],
)
def test_blocks_around_the_wait_are_entered_without_asking(block, path):
    # Given a run that waits, When its step stands inside blocks whose conditions would not let it in, Then it is there.
    player = Player(workflow(wait(5, id="pause")))

    player.migrate(workflow(block(wait(5, id="pause")), action("last")))
    player.check()
    player.timer(path)
    player.check()

    assert [asked.action for asked in of(player.commands, RunAction)] == ["then"]
    player.ok(told(player)[0])
    player.check()
    assert told(player) == ["actions/1"]


def test_a_wait_inside_a_block_may_move_out_of_it():
    player = Player(workflow(if_(True, [wait(5, id="pause"), action("old")])))

    player.migrate(workflow(wait(5, id="pause"), action("new")))
    player.timer("actions/0")

    assert told(player) == ["actions/1"]
    player.check()


def test_the_guard_of_the_wait_is_not_asked_again():
    player = Player(workflow(wait(5, id="pause")))

    player.migrate(workflow(wait(5, id="pause", guard=Says(False)), action("new")))
    player.check()
    player.timer("actions/0")

    assert told(player) == ["actions/1"]


# --- what it brings along ---


def test_results_variables_inputs_and_event_stay_as_they_were():
    # Given a run with a result and a variable, When it goes on elsewhere with other inputs and vars, Then it knows its own.
    old = workflow(
        action("look", id="look"), set_(n=lambda s: s["vars"]["n"] + 1), wait(5, id="pause"), vars={"n": 1},
        constants={"inputs": {"size": 3}},
    )  # fmt: skip
    seen = {}
    new = workflow(
        action("look", id="look"), wait(5, id="pause"), action("tell", lambda s: seen.update(s) or {}), action("later", id="later"),
        vars={"n": 99}, constants={"inputs": {"size": 77}},
    )  # fmt: skip
    player = Player(old)
    player.ok("actions/0", {"color": "red"})

    player.migrate(new)
    player.timer("actions/1")

    assert seen["look"] == seen["steps"]["look"] == {"color": "red"}
    assert seen["vars"] == {"n": 2}
    assert seen["inputs"] == {"size": 3}
    assert seen["thing"] == {"id": 1}
    assert seen["later"] is None
    player.check()


def test_it_may_go_on_twice():
    # Given a run that went to another version, When it goes on to a third, Then it knows what it learnt on both.
    first = workflow(action("a", id="a"), wait(5, id="pause"))
    second = workflow(wait(5, id="pause"), action("b", id="b"), wait(5, id="again"), action("old"))
    player = Player(first)
    player.ok("actions/0", {"n": 1})
    player.migrate(second)
    player.timer("actions/0")
    player.ok("actions/1", {"n": 2})
    player.check()

    player.migrate(workflow(action("a", id="a"), action("b", id="b"), wait(5, id="again"), action("tell", reads("a", "b.n"))))
    player.check()
    player.migrate(workflow(action("a", id="a"), action("b", id="b"), wait(5, id="again"), action("tell", reads("a"))))
    player.check()
    player.timer("actions/2")

    assert of(player.commands, RunAction)[0].params == {"n": 1}


def test_what_was_asked_before_and_after_has_other_keys():
    # Given a run that called something at an address, When the new version calls at the same one, Then under another key.
    player = Player(workflow(action("a"), action("b"), wait(5, id="pause")))
    player.ok("actions/0")
    before = of(player.commands, RunAction)[0].key
    player.ok("actions/1")

    player.migrate(workflow(wait(5, id="pause"), action("c")))
    player.timer("actions/0")

    asked = of(player.commands, RunAction)[0]
    assert (asked.path, before, asked.key) == ("actions/1", "acme/r1-x/actions/1/0", "acme/r1-x/actions/1/1")


def test_a_run_that_has_had_an_effect_has_had_it_still():
    # Given an effect before the move, When the new version declines, Then the run is not declined: its tokens are spent.
    player = Player(workflow(action("send"), wait(5, id="pause")))
    player.ok("actions/0")

    player.migrate(workflow(wait(5, id="pause"), continue_if(False)))
    player.timer("actions/0")

    assert player.finish.status is RunStatus.STOPPED
    assert not player.finish.declined


# --- the pages of a search that it has done ---

TELL = action("tell", lambda scope: {"to": scope["item"]})


def searched(mark="m2", asks="lookup"):
    """A run that waits after a search that has found one thing, and a mark."""
    player = Player(workflow(action(asks, {"tag": "vip"}, effect=Effect.READS, id="found", connection="main"), PAUSE))
    player.page("actions/0", ["a"], mark)
    player.check()
    return player


def walk_all(player, loop):
    """Walk two pages to the end of the run, comparing replays at each entry; return the request of the second."""
    player.check()
    player.ok(f"{loop}/page/1/0/0")
    player.check()
    [asked] = player.actions.values()
    player.page(f"{loop}/page/2", ["b"])
    player.check()
    [told] = player.actions.values()
    assert told.params == {"to": "b"}
    player.ok(told.path)
    player.check()
    assert player.finish.status is RunStatus.COMPLETED
    return asked


def test_the_pages_of_a_search_from_before_are_walked():
    # Given a run that searched, When the new version searches elsewhere for something else, Then it walks what it has found.
    player = searched()

    player.migrate(workflow(action("x"), search(params={"tag": "all"}), PAUSE, walk_pages([TELL])))
    player.check()
    player.timer("actions/2")

    asked = walk_all(player, "actions/3")
    assert (asked.action, asked.connection, asked.params, asked.page) == ("lookup", "main", {"tag": "vip"}, "m2")


def test_the_pages_are_walked_after_a_second_change_of_version():
    player = searched()
    player.migrate(workflow(search(), wait(5, id="pause"), wait(5, id="again"), walk_pages([TELL])))
    player.timer("actions/1")
    player.check()

    player.migrate(workflow(search(), wait(5, id="again"), action("new"), walk_pages([TELL])))
    player.check()
    player.timer("actions/1")
    player.ok("actions/2")

    asked = walk_all(player, "actions/3")
    assert (asked.action, asked.params, asked.page) == ("lookup", {"tag": "vip"}, "m2")


def test_a_search_that_the_new_version_does_itself_is_asked_as_it_says():
    # Given a run that searched, When a person lets it go back to the search of the new version, Then the pages are that one's.
    player = searched()
    player.migrate(workflow(search(params={"tag": "all"}), PAUSE, action("a"), walk_pages([TELL])))
    player.timer("actions/1")
    player.fails("actions/2")

    player.retry("actions/0")
    player.page("actions/0", ["z"], "m9")
    player.timer("actions/1")
    player.ok("actions/2")

    asked = walk_all(player, "actions/3")
    assert (asked.action, asked.params, asked.page) == ("search", {"tag": "all"}, "m9")


def test_a_loop_that_could_walk_the_first_page_alone_keeps_the_run_on_its_version():
    # Given a search with further pages, When the step of that id is none any more, Then no loop walks a part of it in silence.
    loop = for_each(Says(lambda scope: scope["found"], "found", paths=(("found",),)), [TELL])

    assert "`found` is no search any more" in refusal(searched(), workflow(action("x", id="found"), PAUSE, if_(True, [loop])))
    assert searched(mark=None).migrate(workflow(action("x", id="found"), PAUSE, loop))
    assert searched().migrate(workflow(PAUSE, action("x", id="found"), loop))


# --- what it waits for ---


def test_an_overdue_wait_still_waits_for_its_timer():
    player = Player(workflow(wait(1, id="pause")))

    asked = player.migrate(workflow(wait(1, id="pause"), action("new")), hours=3)

    assert of(asked, StartTimer) == [StartTimer("actions/0", T0 + HOUR)]
    player.check()
    player.timer("actions/0")
    assert told(player) == ["actions/1"]


@pytest.mark.parametrize("since_start", [True, False])
def test_a_wait_for_an_event_keeps_types_texts_and_timeout(since_start):
    # Given a wait for an event, When the file names another event, text and timeout, Then it waits for what it asked for.
    match = (Pairing("thing.id", Says("a")),)
    old = workflow(wait_for("thing.a", 4, since_start, match=match, id="answer"))
    new = workflow(
        action("x"), wait_for("thing.b", 99, not since_start, lambda s: s["arriving"]["k"] > 1, (Pairing("thing.id", Says("b")),), id="answer"),
        action("tell", lambda s: {"k": s["answer"]["data"]["k"]}),
    )  # fmt: skip
    player = Player(old)

    asked = player.migrate(new, hours=1)

    assert of(asked, Subscribe) == [Subscribe("actions/1", ("thing.a",), (("thing.id", "a"),))]
    assert player.timers == {"actions/1": T0 + 4 * HOUR}
    player.check()
    player.event("thing.a", k=1)
    assert not player.actions
    player.event("thing.a", k=2)
    player.check()
    assert of(player.commands, RunAction)[0].params == {"k": 2}
    assert not player.subs
    assert not player.timers


def test_what_came_early_for_a_later_wait_is_kept():
    # Given an event that came for a wait that stands after the one that is pending, When the run goes on, Then it counts there.
    player = Player(workflow(wait(5, id="pause"), wait_for("thing.a", 9, id="answer"), action("old")))
    player.event("thing.a", k=7)
    player.event("thing.a", k=8)

    player.migrate(workflow(wait(5, id="pause"), if_(True, [wait_for("thing.a", 9), wait_for("thing.a", 9, id="answer")]), action("tell", lambda s: s["answer"]["data"])))
    player.check()
    player.timer("actions/0")
    player.check()

    assert of(player.commands, RunAction)[0].params == {"k": 8}
    player.ok("actions/2")
    player.check()


def test_a_later_wait_that_asks_for_something_else_does_not_take_it():
    match = (Pairing("thing.id", Says("z")),)
    player = Player(workflow(wait(5, id="pause"), wait_for("thing.a", 9, id="answer")))
    player.event("thing.a", k=7)

    player.migrate(workflow(wait(5, id="pause"), wait_for("thing.a", 9, match=match, id="answer")))
    player.timer("actions/0")

    assert player.timers == {"actions/1": T0 + 14 * HOUR}
    player.check()


def test_the_exits_are_those_of_the_new_version():
    # Given exits by a variable of the start, When the new version has others, Then those count, as of the start.
    def exits(type_, value):
        return (ExitOn((type_,), (Pairing("thing.id", value),)),)

    old = workflow(set_(n=5), wait(5, id="pause"), vars={"n": 1}, exit_on=exits("thing.a", reads("vars.n")))
    player = Player(old)

    asked = player.migrate(workflow(wait(5, id="pause"), vars={"n": 9}, exit_on=exits("thing.b", reads("vars.n"))))

    assert of(asked, Subscribe) == [Subscribe("exit/0", ("thing.b",), (("thing.id", "1"),))]
    player.check()
    player.end()
    assert player.finish.status is RunStatus.STOPPED


def test_a_question_stands_as_it_was_asked():
    # Given a question with reminders, When the file asks others, something else, Then who was asked decides, and is reminded.
    old = workflow(ask_approval(9, remind=2, id="ask"))
    new = workflow(action("x"), ask_approval(99, remind=3, id="ask", to=("bo",)), action("new", lambda s: s["ask"]))
    player = Player(old)
    first = player.commands[-1]
    player.timer("actions/0")

    player.migrate(new)
    player.check()
    assert player.approvals["actions/1"].to == ("ana",)
    assert player.approvals["actions/1"].due == T0 + 9 * HOUR
    player.timer("actions/1")
    reminded = player.commands[-1]
    assert reminded.key == first.key.replace("requested/0", "reminded/2")
    assert reminded.data["approval"] == {**first.data["approval"], "reminders": 2}
    assert player.timers == {"actions/1": T0 + 7 * HOUR}
    player.check()
    player.feed("decision", "actions/1", {"approved": True, "by": "ana", "comment": ""})
    assert of(player.commands, RunAction)[0].params["by"] == "ana"
    player.check()


@pytest.mark.parametrize(("before", "then"), [(2, None), (None, 2)])
def test_reminders_that_the_file_adds_or_drops_change_what_follows_alone(before, then):
    # Given a question, When the new version reminds otherwise, Then what was asked for comes, and after it what the file says.
    player = Player(workflow(ask_approval(9, remind=before, id="ask")))

    player.migrate(workflow(ask_approval(9, remind=then, id="ask")))
    player.check()

    if before:
        player.timer("actions/0")
        player.check()
    assert player.timers == {"actions/0": T0 + 9 * HOUR}


def test_a_window_is_asked_as_the_new_version_says():
    # Given a wait for a window, When it wakes much too late, Then the new version's window is asked.
    player = Player(workflow(wait(Says(lambda s: s["now"] + HOUR, reasked=True), id="pause")))

    player.migrate(workflow(wait(Says(lambda s: s["now"] + 2 * HOUR, reasked=True), id="pause"), action("new")))
    player.timer("actions/0", at=T0 + 5 * HOUR)

    assert player.timers == {"actions/0": T0 + 7 * HOUR}
    player.check()


# --- afterwards ---


def test_a_failure_after_it_is_retried_there():
    player = Player(workflow(wait(5, id="pause")))
    player.migrate(workflow(if_(True, [wait(5, id="pause"), action("new")])))
    player.timer("actions/0/then/0")
    player.fails("actions/0/then/1")
    player.check()

    player.retry()
    player.check()

    assert told(player) == ["actions/0/then/1"]
    player.ok("actions/0/then/1")
    player.check()
    assert player.finish.status is RunStatus.COMPLETED


@pytest.mark.parametrize(("step", "asked"), [("actions/0", "actions/0"), ("actions/2", "actions/2"), ("actions/3", "actions/3")])
def test_a_retry_from_a_step_does_that_step_of_the_new_version(step, asked):
    # Given a run that failed after its move, When a person goes back, also before its wait, Then there, under new keys.
    player = Player(workflow(action("a"), wait(5, id="pause")))
    player.ok("actions/0")
    player.migrate(workflow(action("a"), wait(5, id="pause"), action("b"), action("c")))
    player.timer("actions/1")
    player.ok("actions/2")
    player.fails("actions/3")

    player.retry(step)

    assert told(player) == [asked]
    assert of(player.commands, RunAction)[0].key == f"acme/r1-x/{asked}/2"
    player.check()


def test_a_retry_from_the_wait_waits_again_as_the_new_version_says():
    player = Player(workflow(wait_for("thing.a", 5, id="answer")))
    player.migrate(workflow(action("x"), wait_for("thing.b", 3, id="answer"), action("b")))
    player.event("thing.a")
    player.fails("actions/2")

    player.retry("actions/1")
    player.check()

    assert player.timers == {"actions/1": player.now + 3 * HOUR}
    player.event("thing.b")
    assert told(player) == ["actions/2"]
    player.check()


def test_blocks_that_were_entered_end_and_are_passed_over_in_a_replay():
    # Given a block that was entered and has ended, When much happens after it, Then a replay feeds little of it.
    player = Player(workflow(wait(5, id="pause")))
    player.migrate(workflow(if_(True, [wait(5, id="pause"), repeat([wait(1)], times=50)], id="block"), action("new")))
    player.timer("actions/0/then/0")
    for number in range(1, 51):
        player.timer(f"actions/0/then/1/{number}/0")
    player.check()

    machine, _ = player.replayed()

    assert machine.replayed < 5
    assert told(player) == ["actions/1"]


# --- refusals ---


@pytest.mark.parametrize(
    ("flow", "why"),
    [
        (workflow(wait(5)), "no `id`"),
        (workflow(parallel([PAUSE])), "inside another step"),
        (workflow(for_each([1], [PAUSE])), "inside another step"),
        (workflow(repeat([PAUSE], times=2)), "inside another step"),
        (workflow(try_([PAUSE], [])), "inside another step"),
        (workflow(parallel([PAUSE], [wait(3)])), "several things"),
        (workflow(action("a")), "it is running"),
        (workflow(call("other")), "a run that it has called"),
        (workflow(wait(5, id="other")), "no step `other`"),
    ],
    ids=["id", "parallel", "for_each", "repeat", "try", "several", "action", "call", "gone"],
)
def test_only_a_run_with_one_plain_wait_goes_on(flow, why):
    assert why in refusal(Player(flow), workflow(PAUSE))


@pytest.mark.parametrize(
    ("flow", "why"),
    [
        (workflow(parallel([PAUSE])), "`pause` stands inside another step now"),
        (workflow(wait_for(id="pause")), "`pause` is another kind of step now"),
        (workflow(action("a")), "no step `pause` any more"),
    ],
    ids=["inside", "kind", "gone"],
)
def test_the_step_must_stand_in_such_a_place_in_the_new_file(flow, why):
    assert why in refusal(Player(workflow(PAUSE)), flow)


def test_a_run_that_repeats_an_action_or_ends_stays():
    resting = Player(workflow(action("a", id="pause")))
    resting.fails("actions/0", "retryable")
    assert "is to be repeated" in refusal(resting, workflow(action("a", id="pause")))

    ending = Player(workflow(try_([wait(5)], None, [action("last")])))
    ending.end()
    assert "it is ending" in refusal(ending, workflow(PAUSE))


LOOKS = action("look", id="look")


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        ([LOOKS, PAUSE, action("a", reads("look.color"))], "look"),
        ([LOOKS, PAUSE, action("a", reads("steps.look.color"))], "steps.look"),
        ([set_(color="red"), PAUSE, if_(True, [action("a", reads("vars.color"))])], "vars.color"),
        ([PAUSE, if_(reads("inputs.other"))], "inputs.other"),
        ([PAUSE, for_each(reads("order.lines"), [action("a")])], "order"),
        ([PAUSE, action("a", reads("trigger.previous"))], "trigger.previous"),
        ([if_(True, [LOOKS, PAUSE]), action("a", guard=reads("look"))], "look"),
        ([LOOKS, PAUSE, parallel([try_([set_(n=reads("look"))], [])])], "look"),
        ([LOOKS, PAUSE, wait_for(match=(Pairing("thing.id", reads("look.id")),), since_start=False)], "look"),
    ],
    ids=["id", "steps", "vars", "inputs", "event", "trigger", "guard", "nested", "match"],
)
def test_names_used_after_the_wait_must_exist(steps, name):
    # Given a run, When the new version uses after the wait what it would have done before, Then it stays, and says the name.
    assert f"`{name}`" in refusal(Player(workflow(PAUSE, LOOKS)), workflow(*steps))


def test_names_of_the_output_and_of_exits_must_exist_too():
    player = Player(workflow(PAUSE))

    assert "`look`" in refusal(player, workflow(LOOKS, PAUSE, output=reads("look")))
    assert "`order`" in refusal(player, workflow(PAUSE, exit_on=(ExitOn(("thing.a",), (Pairing("thing.id", reads("order.id")),)),)))


@pytest.mark.parametrize(
    "steps",
    [
        [PAUSE, LOOKS, action("a", reads("look.color"))],
        [PAUSE, set_(color="red"), action("a", reads("vars.color"))],
        [PAUSE, for_each([1], [action("b", reads("line", "loop.index", "own"), id="own")], name="line")],
        [PAUSE, try_([action("a")], [action("b", reads("error.type"))])],
        [if_(True, [PAUSE], [LOOKS]), action("a", reads("look"))],
        [LOOKS, action("a", reads("look")), PAUSE],
        [PAUSE, action("a", reads("pause", "thing.none", "inputs.size", "run.id", "now", "event.data.x"))],
    ],
    ids=["later", "set later", "loop", "error", "not reached", "before", "there"],
)
def test_names_that_the_new_version_gives_after_the_wait_may_be_used(steps):
    player = Player(workflow(PAUSE))

    player.migrate(workflow(*steps))

    player.check()


# --- anything at all ---


def named(steps, count):
    """The same steps, each wait with an id of its own."""
    for kind, fields in steps:
        if kind in (WaitStep, WaitForStep, AskApprovalStep):
            count[0] += not str(fields.get("id")).startswith("w")
            fields["id"] = fields["id"] if str(fields.get("id")).startswith("w") else f"w{count[0]}"
        for part in fields.values():
            for inner in lists(part):
                named(inner, count)
    return steps


def lists(part):
    if isinstance(part, list) and part and all(isinstance(each, tuple) and isinstance(each[0], type) for each in part):
        yield part
    elif isinstance(part, (list, tuple)):
        for each in part:
            yield from lists(each)


def edited(steps, chance, seed):
    """Another version of steps: with others put in between, and now and then inside an ``if``."""
    made = Maker(seed)
    made.ids = 9
    found = []
    for step in steps:
        found += made.steps(chance.choice([0, 0, 1]), 1, loops=0)
        found.append(if_(False, [step]) if chance.random() < 0.2 else step)
    return [*found, *made.steps(chance.choice([0, 1]), 1, loops=0)]


class Keyed(Player):
    """Keeps the keys under which a run asks the world for something, with how often it has moved before."""

    def __init__(self, flow):
        self.moves, self.keys = 0, []
        super().__init__(flow)

    def _account(self, command):
        if isinstance(command, RunAction | StartChild):
            self.keys.append((command.key, self.moves))
        super()._account(command)


class Moving(History):
    """Moves its run to edited versions, now and then."""

    def __init__(self, seed):
        self.chance, self.count, self.seed = random.Random(seed), [0], seed
        steps = Maker(seed).steps(self.chance.randint(1, 3), 2, 0)
        self.made = named([wait(2), *steps, ask_approval(4, remind=1), wait_for("thing.a", 3)], self.count)
        flow = workflow(*self.made, vars={"n": 0})
        super().__init__(flow, seed, evict=lambda: self.chance.random() < 0.2)
        self.player = Keyed(flow)

    def once(self):
        if self.player.machine.status is RunStatus.WAITING and self.chance.random() < 0.5:
            self.move()
        return super().once()

    def move(self):
        steps = named(edited(self.made, self.chance, self.seed + 1000 * self.player.moves + 1), self.count)
        try:
            self.player.migrate(workflow(*steps, vars={"n": 7}), hours=self.chance.choice([0, 1, 9]))
        except RefusedError:
            return
        self.made, self.player.moves = steps, self.player.moves + 1
        self.player.check()


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_random_runs_that_move_are_brought_back_at_every_entry(first):
    # Given random workflows, When runs of them go on in edited versions, Then each prefix replays, evaluating nothing.
    moves = 0
    for seed in range(first, first + 50):
        history = Moving(seed)
        history.play(check=True)
        moves += history.player.moves
        assert not Says.silent
    assert moves > 60


@pytest.mark.parametrize("first", range(400, 600, 50))
def test_no_key_of_one_version_is_that_of_another(first):
    # Given runs that move, When they ask the world for something, Then never under a key from before a move.
    for seed in range(first, first + 50):
        history = Moving(seed)
        history.play()
        versions = {}
        for key, moves in history.player.keys:
            assert versions.setdefault(key, moves) == moves, (seed, key)
