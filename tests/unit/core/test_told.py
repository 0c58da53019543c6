"""What people are told: what a run waits for, what it asks of them, and why it ended."""

from dataclasses import replace
from decimal import Decimal

import pytest
from corekit import (
    HOUR,
    INFO,
    T0,
    Player,
    Says,
    action,
    ask_approval,
    call,
    charge,
    continue_if,
    emit,
    event,
    for_each,
    if_,
    of,
    repeat,
    retry,
    set_,
    wait,
    wait_for,
    workflow,
)  # fmt: skip

from ecomflow.core.commands import AskApproval, Block, Emit, Entry, Row
from ecomflow.core.encoding import MAX_EVENT
from ecomflow.core.machine import Machine
from ecomflow.errors import ExpressionError, LimitError
from ecomflow.model import MISSING, RunStatus, Waiting


def waits(made):
    return Player(workflow(made)).machine.pending


def error_of(*made, **more):
    player = Player(workflow(*made, **more))
    player.check()
    assert player.finish.status is RunStatus.FAILED
    assert player.finish.reason == player.finish.error["message"]
    return player.finish.error["type"], player.finish.reason


# --- what it waits for ---


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (wait(2), Waiting("timer", "actions/0", T0 + 2 * HOUR)),
        (wait_for(hours=4), Waiting("event", "actions/0", T0 + 4 * HOUR, "thing.changed")),
        (wait_for(types=("a.b", "c.d")), Waiting("event", "actions/0", None, "a.b, c.d")),
        (action("send"), Waiting("action", "actions/0", None, "send")),
        (call("other"), Waiting("run", "actions/0", None, "other")),
        (ask_approval(3, to=("ana", "bo")), Waiting("person", "actions/0", T0 + 3 * HOUR, "May I? (ana, bo)")),
    ],
)  # fmt: skip
def test_what_a_run_waits_for(made, told):
    assert waits(made) == [told]


def test_a_call_that_is_made_again_later_says_when():
    player = Player(workflow(action("send", retry=retry(3))))
    player.fails("actions/0", "retryable")
    player.timer("actions/0")
    player.fails("actions/0", "retryable")

    [told] = player.machine.pending

    assert told == Waiting("retry", "actions/0", player.timers["actions/0"], "send, attempt 3")


def test_a_call_in_doubt_waits_for_a_person_and_is_asked_nothing_else():
    # Given a charge whose outcome nobody knows,
    player = Player(workflow(charge("charge", id="c"), action("last", lambda s: s["c"])))
    assert player.fails("actions/0", "in_doubt") == [Block("actions/0", "outcome_unknown")]
    assert player.machine.pending == [Waiting("person", "actions/0", None, "charge: its outcome is not known")]

    # When an answer, or the timer of another attempt, comes late, Then nothing of it is taken: a person's word counts.
    assert player.ok("actions/0", {"n": 1}) == []
    assert player.feed("timer", "actions/0") == []
    player.check()
    assert player.feed("settle", "actions/0", {"how": "skip", "result": {"n": 2}})[0].params == {"n": 2}


# --- what it asks of people ---


def asked_by(**more):
    constants = {"inputs": {}, "people": {"team": ("ana", "bo"), "boss": ("bo", "cy")}}
    step = ask_approval(3, remind=1, title=Says("Refund?"), details=Says({"sum": 5}), to=("team", "boss", "dee"), **more)
    return Player(workflow(step, constants=constants))


def test_people_are_told_of_a_question_by_an_event():
    player = asked_by()
    key = "acme/r1-x/actions/0/0"
    about = {
        "id": key, "run_id": "r1-x", "workflow": "w", "title": "Refund?", "details": {"sum": 5},
        "to": ["ana", "bo", "cy", "dee"], "due_at": T0 + 3 * HOUR, "asked_at": T0, "reminders": 0,
    }  # fmt: skip

    assert of(player.commands, AskApproval) == [AskApproval("actions/0", "Refund?", {"sum": 5}, ("team", "boss", "dee"), T0 + 3 * HOUR)]
    assert of(player.commands, Emit) == [Emit("actions/0", f"{key}/approval.requested/0", "approval.requested", {"approval": about})]
    reminded = of(player.timer("actions/0"), Emit)
    assert reminded == [Emit("actions/0", f"{key}/approval.reminded/1", "approval.reminded", {"approval": {**about, "reminders": 1}})]


def test_a_question_too_large_to_tell_is_asked_and_told_in_short():
    player = Player(workflow(ask_approval(title=Says("x" * 2000), details=Says({"text": "y" * MAX_EVENT}))))

    told = of(player.commands, Emit)[0].data["approval"]

    assert (told["title"], told["details"]) == ("x" * 1000, None)
    assert of(player.commands, AskApproval)[0].details == {"text": "y" * MAX_EVENT}


def test_a_decision_may_come_without_a_word():
    player = Player(workflow(ask_approval(id="a"), action("last", lambda s: s["a"])))
    [asked] = player.feed("decision", "actions/0", {"approved": False, "by": "ana"})[1:]
    assert asked.params == {"approved": False, "timed_out": False, "by": "ana", "comment": ""}


def test_a_reminder_that_cannot_be_reckoned_fails_the_step_and_withdraws_the_question():
    remind = Says(lambda s: s["now"] + HOUR if s["now"] == T0 else 1 / 0)
    player = Player(workflow(ask_approval(9, remind=remind)))
    player.timer("actions/0")
    assert player.finish.status is RunStatus.FAILED
    assert player.approvals == player.timers == {}


# --- why it ended ---


@pytest.mark.parametrize(
    ("made", "type_", "told"),
    [
        (for_each(list(range(1001)), [wait()], max_parallel=2000), "limit", "a run has at most 1000 live requests"),
        (repeat([set_(n=1)], max=3, while_=True), "limit", "the loop would go on after 3 rounds"),
        (for_each(list(range(10_001)), []), "limit", "said has 10001 items; at most 10000 are walked"),
        (for_each({"a": 1}, []), "unknown", "said is no list: {'a': 1}"),
        (for_each("x" * 60, []), "unknown", f"said is no list: '{'x' * 39}"),
        (for_each([1], [], key=None), "unknown", "said is missing, null, or no key"),
        (for_each([1], [], key=[1]), "unknown", "said is missing, null, or no key"),
        (repeat([], times="3"), "expression", "times is a whole number, not '3'"),
        (repeat([], times=Decimal("1.5")), "expression", "times is a whole number, not Decimal('1.5')"),
        (repeat([], times=True), "expression", "times is a whole number, not True"),
        (repeat([], times=-1), "expression", "times is a whole number, not -1"),
        (repeat([], times=Says(None)), "expression", "times is a whole number, not None"),
        (emit(data=[1]), "expression", "the data of an event are a mapping, not list"),
        (emit(data={"x": "y" * MAX_EVENT}), "limit", f"the data have {MAX_EVENT + 8} bytes; an event has at most {MAX_EVENT}"),
        (continue_if(None), "unknown", "the condition is unknown: as it was seen"),
        (if_(None), "unknown", "said is unknown: as it was seen"),
        (set_(n=float("nan")), "limit", "NaN is no number that can be kept"),
        (set_(n=lambda s: {}["x"]), "expression", "KeyError: 'x'"),
    ],
)  # fmt: skip
def test_why_a_step_failed(made, type_, told):
    assert error_of(made) == (type_, told)


def test_a_loop_that_never_waits_is_ended():
    player = Player(workflow(repeat([repeat([set_(n=1)], times=10_000, max=10_000)], times=10, max=10)))
    assert player.finish.error == {"type": "limit", "message": "more than 100000 steps without waiting for anything", "step": player.finish.error["step"]}


class Bare(Says):
    """A condition of which there is nothing to say but its words."""

    def decisive(self, scope):
        return replace(super().decisive(scope), detail="")


def raising(error):
    def say(_):
        raise error

    return say


@pytest.mark.parametrize(
    ("made", "type_", "told"),
    [
        (for_each(MISSING, []), "unknown", "said is missing"),
        (if_(Bare(None, "a > b")), "unknown", "a > b is unknown"),
        (set_(n=raising(ExpressionError("unknown", "nobody knows"))), "unknown", "nobody knows"),
        (set_(n=raising(ExpressionError("limit", "too much"))), "limit", "too much"),
        (set_(n=raising(ExpressionError("EF211", "it is missing"))), "expression", "it is missing"),
        (set_(n=raising(LimitError("too deep"))), "limit", "too deep"),
    ],
)
def test_why_an_expression_failed(made, type_, told):
    assert error_of(made) == (type_, told)


def test_why_a_run_stopped():
    assert Player(workflow(continue_if(Bare(False, "a > b")))).finish.reason == "a > b"


def test_a_value_that_tells_a_secret_is_kept_nowhere():
    machine = Machine(workflow(set_(n="the key is s3cr3t")), INFO._replace(tells=lambda value: "s3cr3t" in repr(value)))

    [end] = machine.start([Row(Entry(1, T0, "started", "", {"event": event(), "trigger": {}}))])

    assert end.error == {"type": "secret", "message": "a value contains a secret; secrets belong to connections", "step": "actions/0"}
    assert b"s3cr3t" not in machine.take_kept()[0]
