"""What a stop leaves: calls in doubt, late timers that settle, deliveries that go on, letters that are answered once."""

from datetime import timedelta

from ecomflow.core.encoding import decode, encode
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.letters import Letters
from ecomflow.store import Inbox

CHARGES = "actions:\n  - {action: probe.charge, with: {amount: 5}}\n"
READS = "actions:\n  - {action: probe.read, with: {id: 1}}\n"
EXITS = """\
exit_on:
  - {event: thing.closed, match: {thing.id: thing.id}}
actions:
  - wait: 1h
  - {action: probe.send, with: {to: "{{ thing.id }}"}}
"""
ANSWERED = """\
actions:
  - id: reply
    wait_for: {event: answer.given, match: {answer.topic: thing.topic}, timeout: 10d}
output: {n: "{{ reply.data.answer.n }}"}
"""


def killed(desk, open_desk, shop, **down):
    """Let the process die, and another one live after a while."""
    now = to_moment(desk.micros) + timedelta(**down)
    desk.kill()
    return open_desk(shop, now=now)


# --- calls in doubt (R:P9) ---


def test_read_in_flight_is_repeated_after_a_kill(open_desk, project):
    shop = project(w=READS)
    desk = open_desk(shop)
    desk.emit(id="a")
    [first] = desk.kernel.take_calls()

    desk = killed(desk, open_desk, shop)

    [second] = desk.kernel.take_calls()
    assert (second.key, second.params, second.attempt) == (first.key, first.params, 2)


def test_charge_in_flight_waits_for_a_person_after_a_kill(open_desk, project):
    # Given a charge that nobody knows the end of, Then it is not made again until a person says so, under its old key.
    shop = project(w=CHARGES)
    desk = open_desk(shop)
    desk.emit(id="a")
    [first] = desk.kernel.take_calls()

    desk = killed(desk, open_desk, shop)
    desk = killed(desk, open_desk, shop, hours=3)

    assert (desk.statuses(), desk.kernel.take_calls()) == (["blocked"], [])
    [run] = desk.runs()
    desk.kernel.do(lambda: desk.kernel.people.retry(run.id, None, "ana"))
    [second] = desk.kernel.take_calls()
    assert second.key == first.key


def test_charge_in_doubt_inside_finally_ends_with_its_run_where_a_person_cancels_it(open_desk, project):
    # Given a refund in a finally block that nobody knows the end of, When a person cancels the run, Then it ends, and refunds no more.
    steps = "actions:\n  - try:\n      - wait: 1h\n    finally:\n      - {action: probe.charge, with: {amount: 5}}\n"
    shop = project(w=steps)
    desk = open_desk(shop)
    desk.emit(id="a")
    desk.wait(hours=1)
    desk = killed(desk, open_desk, shop)
    desk = killed(desk, open_desk, shop)

    desk.kernel.do(lambda: desk.kernel.people.cancel("r1-x", "by hand", "ana"))

    assert (desk.statuses(), desk.kernel.take_calls()) == (["cancelled"], [])


def test_charge_in_doubt_in_a_branch_that_lost_ends_with_its_run_where_a_person_cancels_it(open_desk, project):
    # Given a race that was won while a charge of the loser is in doubt, When a person cancels the run, Then it ends.
    race = "actions:\n  - join: first\n    parallel:\n      - - {action: probe.charge, with: {amount: 5}}\n      - - emit: thing.won\n          data: {thing: {id: '1'}}\n"
    shop = project(w=race)
    desk = open_desk(shop)
    desk.emit(id="a")
    desk = killed(desk, open_desk, shop)

    desk.kernel.do(lambda: desk.kernel.people.cancel("r1-x", "by hand", "ana"))

    assert (desk.statuses(), desk.kernel.take_calls()) == (["cancelled"], [])


def test_calls_are_in_doubt_once_for_each_stop(open_desk, project):
    # Given a process that dies twice with the same call in flight, Then each stop counts as one attempt.
    shop = project(w=READS)
    desk = open_desk(shop)
    desk.emit(id="a")
    attempts = []
    for _ in range(3):
        attempts += [call.attempt for call in desk.kernel.take_calls()]
        desk = killed(desk, open_desk, shop)

    assert attempts == [1, 2, 3]


def test_run_that_only_waits_is_left_alone_by_a_start(open_desk, project):
    shop = project(w=EXITS)
    desk = open_desk(shop)
    desk.emit(id="a")

    desk = killed(desk, open_desk, shop, seconds=5)

    assert (desk.statuses(), desk.kernel.take_calls(), desk.kernel.runs.live) == (["waiting"], [], {})


# --- the settle time (R:W6) ---


def test_what_came_during_a_long_stop_is_heard_before_late_timers(open_desk, project):
    # Given a reminder that fell due while the process was down, When the purchase arrives after the start, Then no reminder.
    shop = project(w=EXITS)
    desk = open_desk(shop)
    desk.emit(id="a")

    desk = killed(desk, open_desk, shop, hours=5)
    desk.kernel.turn([])
    desk.wait(minutes=1)
    desk.emit("thing.closed", id="a")
    desk.wait(hours=1)

    assert (desk.statuses(), desk.kernel.take_calls()) == (["stopped"], [])


def test_late_timers_fire_after_two_minutes_at_most_500_a_second(open_desk, project):
    # Given 501 reminders that fell due during a stop, Then 500 go off two minutes after the start, and the last a second later.
    shop = project(w=EXITS)
    desk = open_desk(shop)
    desk.kernel.turn([desk.event(id=f"t{n}") for n in range(501)])

    desk = killed(desk, open_desk, shop, hours=5)
    desk.wait(seconds=119)
    early = len(desk.kernel.take_calls())
    desk.wait(seconds=1)
    first = len(desk.kernel.take_calls())
    desk.wait(seconds=1)

    assert (early, first, len(desk.kernel.take_calls())) == (0, 500, 1)


def test_timers_that_are_late_after_a_short_stop_fire_at_once(open_desk, project):
    shop = project(w=EXITS)
    desk = open_desk(shop)
    desk.emit(id="a")
    desk.wait(minutes=59, seconds=50)

    desk = killed(desk, open_desk, shop, seconds=30)
    desk.kernel.turn([])

    assert len(desk.kernel.take_calls()) == 1


# --- deliveries in portions (R:E2) ---


def answers(desk, number=1):
    return desk.emit("answer.given", id_=f"answer-{number}", topic="prices", n=number)


def waiting(desk, count):
    desk.kernel.turn([desk.event(id=f"t{n}", topic="prices") for n in range(count)])


def test_event_for_more_than_200_runs_reaches_each_once(open_desk, project):
    desk = open_desk(project(w=ANSWERED))
    waiting(desk, 450)

    receipt = answers(desk)

    assert len(receipt.decisions) == 200
    assert desk.outcomes("answer-1") == ["delivered"] * 450
    assert [run.output for run in desk.runs()] == [{"n": 1}] * 450


def test_delivery_goes_on_after_a_kill_between_portions(open_desk, project):
    # Given a process that dies when the first portion is durable, Then the next one delivers the rest, to each run once.
    shop = project(w=ANSWERED)
    desk = open_desk(shop)
    waiting(desk, 450)
    desk.kernel._backlog = _Dying()
    answers(desk)
    reached = desk.statuses().count("completed")

    desk = killed(desk, open_desk, shop)

    assert reached == 200
    assert desk.outcomes("answer-1") == ["delivered"] * 450
    assert desk.statuses() == ["completed"] * 450


class _Dying(list):
    """What the process meant to do next, and did not live to do."""

    def __bool__(self):
        return False


def test_run_that_waits_again_does_not_meet_the_rest_of_the_same_event(open_desk, project):
    # Given runs that wait twice for the same answer, When one answer is delivered in portions, Then each takes it once.
    twice = ANSWERED.replace("output:", "  - wait_for: {event: answer.given, match: {answer.topic: thing.topic}, timeout: 1d}\noutput:")
    desk = open_desk(project(w=twice))
    waiting(desk, 250)

    answers(desk, 1)
    between = set(desk.statuses())
    answers(desk, 2)

    assert (between, set(desk.statuses())) == ({"waiting"}, {"completed"})


# --- letters of clients ---


def letter_about(desk, path, kind, body, request="q1"):
    inbox = Inbox(path, "acme")
    inbox.put(kind, request, encode(body).decode(), desk.micros)
    [letter] = inbox.letters()
    inbox.close()
    return letter


def answer_of(desk, request="q1"):
    return decode(desk.store.value("answer", desk.store.shop, request).encode())


def read(desk, letter):
    desk.kernel.do(lambda: Letters(desk.kernel, lambda: None).unit(letter))


def test_letter_read_again_after_a_kill_is_carried_out_once(open_desk, project, tmp_path):
    # Given an engine that died after the commit and before the letter was dropped, Then the answer stands, and nothing is done.
    shop = project(w=CHARGES)
    desk = open_desk(shop)
    desk.emit(id="a")
    desk.kernel.take_calls()
    desk = killed(desk, open_desk, shop)
    letter = letter_about(desk, tmp_path / "store.db", "retry", {"run": "r1-x", "from": None, "by": "ana"})
    read(desk, letter)
    made = len(desk.kernel.take_calls())

    desk = killed(desk, open_desk, shop)
    read(desk, letter)

    assert (made, desk.kernel.take_calls(), desk.statuses()) == (1, [], ["blocked"])
    assert answer_of(desk) == {"value": None}


def test_start_by_hand_in_a_letter_is_carried_out_once(open_desk, project, tmp_path):
    shop = project(w="trigger: {manual: true}\n" + READS)
    desk = open_desk(shop)
    body = {"workflow": "w", "data": {}, "force": False, "id": "e", "subject": None, "by": "ana"}
    letter = letter_about(desk, tmp_path / "store.db", "start", body)
    read(desk, letter)

    desk = killed(desk, open_desk, shop)
    read(desk, letter)

    assert (desk.statuses(), desk.outcomes("e")) == (["running"], ["started"])


def test_event_in_a_letter_is_decided_in_the_commit_of_its_answer(open_desk, project, tmp_path):
    shop = project(w=READS)
    desk = open_desk(shop)
    body = {"type": "thing.happened", "data": {"thing": {"id": "a"}}, "id": "e", "source": "client", "subject": None, "time": None}
    letter = letter_about(desk, tmp_path / "store.db", "event", body)

    read(desk, letter)
    read(desk, letter)

    assert answer_of(desk)["value"]["decisions"][0]["outcome"] == "started"
    assert desk.outcomes() == ["started"]


def test_letter_that_is_refused_is_answered_with_the_error(open_desk, project, tmp_path):
    desk = open_desk(project(w=READS))
    letter = letter_about(desk, tmp_path / "store.db", "cancel", {"run": "r7-x", "reason": "", "by": "ana"})

    read(desk, letter)

    assert answer_of(desk) == {"error": "there is no run r7-x", "class": "NotFoundError"}


def test_letter_whose_body_is_damaged_does_not_come_back_for_ever(open_desk, project, tmp_path, told):
    # Given a letter that lacks what its kind needs, When it is read, Then its sender is told, and it is done with.
    desk = open_desk(project(w=READS))
    letter = letter_about(desk, tmp_path / "store.db", "cancel", {"who": "cares"})

    read(desk, letter)

    assert "error" in answer_of(desk)
