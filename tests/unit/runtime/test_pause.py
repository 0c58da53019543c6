"""Pausing: events and entries are held, in order, and everything goes on at resume (R:V6)."""

import pytest

from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.upcoming import upcoming

SENDS = "actions:\n  - {action: probe.send, with: {to: '{{ thing.id }}'}}\n  - {action: probe.send, with: {to: 'after {{ thing.id }}'}}\n"
WAITS = "actions:\n  - wait: 1h\n  - {action: probe.send, with: {to: '{{ thing.id }}'}}\n"
ASKS = "actions:\n  - id: word\n    ask_approval: {title: May I?, to: ana@acme.example}\noutput: {by: '{{ word.by }}'}\n"


def pause(desk, workflow=None):
    desk.kernel.do(lambda: desk.kernel.pause(workflow))


def resume(desk, workflow=None):
    desk.kernel.do(lambda: desk.kernel.resume(workflow))


def again(desk, open_desk, shop):
    now = to_moment(desk.micros)
    desk.kill()
    return open_desk(shop, now=now)


def test_events_for_a_paused_workflow_are_decided_at_resume_in_order(open_desk, project):
    desk = open_desk(project(w=SENDS, other=SENDS))
    pause(desk, "w")
    receipts = [desk.emit(id=name) for name in "abc"]
    started = [run.workflow for run in desk.runs()]

    resume(desk, "w")

    held = [d.outcome for receipt in receipts for d in receipt.decisions if d.workflow == "w"]
    assert (held, started) == (["held"] * 3, ["other"] * 3)
    assert [run.subject for run in desk.runs() if run.workflow == "w"] == ["a", "b", "c"]


def test_an_event_that_is_held_for_three_workflows_is_one_event(open_desk, project):
    desk = open_desk(project(w=SENDS, other=SENDS, third=SENDS))
    pause(desk)

    assert [decision.outcome for decision in desk.emit(id="a").decisions] == ["held"] * 3
    assert str(upcoming(desk.kernel.store, desk.micros)) == "1 event waits to be decided"


def test_what_was_held_is_decided_before_what_comes_with_the_resume(open_desk, project):
    # Given a held event, When one about the same subject comes in the turn of the resume, Then the held one is decided first.
    desk = open_desk(project(w=f"{SENDS}mode: single\n"))
    pause(desk, "w")
    first = desk.emit("thing.happened", id_="first", id="a", n=1)

    desk.kernel.turn([lambda: desk.kernel.resume("w"), desk.event("thing.happened", id_="second", id="a", n=2)])

    assert first.decisions[0].outcome == "held"
    assert [run.event_id for run in desk.runs()] == ["first"]


# --- portions


@pytest.fixture
def portions(monkeypatch):
    """Two units a portion, so that few are many."""
    monkeypatch.setattr("ecomflow.runtime.kernel._PORTION", 2)


def held(open_desk, shop, *names, workflow="w"):
    """Return a desk whose workflow is paused, with events about these things held."""
    desk = open_desk(shop)
    pause(desk, workflow)
    for name in names:
        desk.emit("thing.happened", id_=f"held {name}", id=name)
    return desk


def test_what_was_held_is_let_go_in_portions_and_what_comes_meanwhile_waits(open_desk, project, portions):
    # Given five held events, When one comes right after the resume, Then it is decided when they are, two at a time.
    desk = held(open_desk, project(w=SENDS), *"abcde")
    came, seen = [lambda: desk.kernel.resume("w"), desk.event(id_="later", id="f")], []
    for _ in range(9):
        came = came[len(desk.kernel.some(came)) :]
        seen.append("".join(run.subject for run in desk.runs()))

    assert seen[:5] == ["ab", "abcd", "abcde", "abcdef", "abcdef"]
    assert (came, desk.kernel.behind) == ([], False)


@pytest.mark.parametrize("turns", range(5))
def test_a_kill_between_portions_loses_nothing_and_repeats_nothing(open_desk, project, portions, turns):
    # Given a resume of five held events, When the process dies after so many portions, Then each is decided once, in order.
    shop = project(w=SENDS)
    desk = held(open_desk, shop, *"abcde")
    desk.kernel.some([lambda: desk.kernel.resume("w")])
    for _ in range(turns):
        desk.kernel.some([])
    desk = again(desk, open_desk, shop)

    assert [run.subject for run in desk.runs()] == list("abcde")
    assert desk.outcomes() == ["held"] * 5 + ["started"] * 5


def test_a_timeout_that_is_due_at_the_resume_comes_after_what_was_held(open_desk, project, portions):
    # Given a wait whose answer is the last of what was held, When its time is over between two portions, Then the answer came first.
    awaits = "actions:\n  - id: word\n    wait_for: {event: answer.given, match: {answer.id: thing.id}, timeout: 1h}\noutput: {timed_out: '{{ word.timed_out }}'}\n"
    desk = open_desk(project(w=awaits))
    desk.emit(id="x")
    pause(desk, "w")
    for name in "abcd":
        desk.emit(id=name)
    desk.emit("answer.given", id="x")
    desk.wait(minutes=59)
    desk.kernel.some([lambda: desk.kernel.resume("w")])
    desk.pass_time(120)
    while desk.kernel.behind:
        desk.kernel.some([])
    desk.kernel.turn([])

    assert desk.runs()[0].output == {"timed_out": False}


def test_what_a_resume_has_caused_comes_after_what_was_held_though_the_process_died(open_desk, project, portions):
    # Given held events whose runs emit, When the process dies between portions, Then what they emitted comes after all that was held.
    shop = project(
        w="actions:\n  - {emit: noted.once, data: {noted: {id: '{{ thing.id }}'}}}\n",
        z="trigger: [{event: thing.happened}, {event: noted.once}]\nactions:\n  - wait: 1h\n",
    )
    desk = held(open_desk, shop, *"abcde", workflow=None)
    desk.kernel.some([lambda: desk.kernel.resume(None)])
    desk = again(desk, open_desk, shop)

    started = [(run.workflow, run.event_id.startswith("held")) for run in desk.runs() if run.workflow == "z"]
    assert started == [("z", True)] * 5 + [("z", False)] * 5


def test_answer_of_a_call_in_flight_is_held_and_its_run_goes_on_at_resume(open_desk, project):
    # Given a call in flight, When its answer comes during a pause, Then nothing new is asked for until the resume.
    desk = open_desk(project(w=SENDS))
    desk.emit(id="a")
    [call] = desk.kernel.take_calls()
    pause(desk)
    desk.answer(call)
    during = desk.kernel.take_calls()

    resume(desk)

    assert during == []
    assert [c.params["to"] for c in desk.kernel.take_calls()] == ["after a"]


def test_what_is_held_survives_a_kill_and_the_pause_too(open_desk, project):
    # Given an event and an answer held, When the process dies during the pause and again after the resume, Then both count once.
    shop = project(w=SENDS)
    desk = open_desk(shop)
    desk.emit(id="a")
    [call] = desk.kernel.take_calls()
    pause(desk)
    desk.answer(call)
    desk.emit(id="b")
    desk = again(desk, open_desk, shop)
    before = desk.kernel.take_calls()

    resume(desk)

    assert before == []
    assert sorted(c.params["to"] for c in desk.kernel.take_calls()) == ["after a", "b"]
    assert desk.outcomes() == ["started", "held", "started"]


def test_kill_right_after_the_resume_loses_nothing_held(open_desk, project):
    # Given a resume that is durable, When the process dies before it released anything, Then the next one releases it.
    shop = project(w=SENDS)
    desk = open_desk(shop)
    pause(desk)
    desk.emit(id="a")
    desk.kernel._backlog = _Dying()
    resume(desk)
    stayed = desk.runs()

    desk = again(desk, open_desk, shop)

    assert stayed == []
    assert [run.subject for run in desk.runs()] == ["a"]


class _Dying(list):
    """What the process meant to do next, and did not live to do."""

    def __bool__(self):
        return False


def test_waits_hold_during_a_pause_and_are_served_after_the_settle_time(open_desk, project):
    # Given a wait that falls due during a pause, When it is resumed, Then it is served two minutes later; another, not due
    # yet, at its own time.
    desk = open_desk(project(w=WAITS))
    desk.emit(id="late")
    desk.wait(minutes=30)
    desk.emit(id="early")
    pause(desk)
    desk.wait(minutes=40)
    during = desk.kernel.take_calls()
    resume(desk)
    desk.wait(seconds=119)
    settling = desk.kernel.take_calls()
    desk.wait(seconds=1)
    settled = [c.params["to"] for c in desk.kernel.take_calls()]
    desk.wait(minutes=18)

    assert (during, settling, settled) == ([], [], ["late"])
    assert [c.params["to"] for c in desk.kernel.take_calls()] == ["early"]


def test_decision_of_a_person_during_a_pause_counts_at_resume(open_desk, project):
    desk = open_desk(project(w=ASKS))
    desk.emit(id="a")
    [run] = desk.runs()
    pause(desk)
    desk.kernel.do(lambda: desk.kernel.people.decide(run.id, approved=True, by="ana@acme.example", comment=""))
    during = desk.statuses()

    resume(desk)

    assert (during, desk.statuses(), desk.runs()[0].output) == (["waiting"], ["completed"], {"by": "ana@acme.example"})


def test_resuming_one_workflow_does_not_resume_another(open_desk, project):
    desk = open_desk(project(w=SENDS, other=SENDS))
    pause(desk, "w")
    pause(desk, "other")
    desk.emit(id="a")

    resume(desk, "w")

    assert [run.workflow for run in desk.runs()] == ["w"]


def test_a_call_that_is_gone_when_its_pause_ends_is_dropped(open_desk, project):
    # Given a call that is kept while its workflow is paused, When it is erased with its caller before the resume, Then no trace of it stays.
    desk = open_desk(project(w="actions:\n  - call: other\n", other="trigger: {event: never.happened}\nactions:\n  - stop: yes\n"))
    desk.kernel.do(lambda: desk.kernel.pause("other"))
    desk.emit(id="a")
    [held] = desk.store.db.execute("select kind from held").fetchall()
    assert held == ("call",)
    desk.store.db.execute("delete from child")

    desk.kernel.do(lambda: desk.kernel.resume("other"))

    assert desk.store.db.execute("select count(*) from held").get == 0
