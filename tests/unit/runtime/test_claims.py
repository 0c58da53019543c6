"""Where more timers are due than one portion holds, all have gone off, and those that are not served yet come before what comes then (R:W1)."""

from datetime import timedelta

import pytest

from ecomflow.errors import RefusedError
from ecomflow.runtime.clock import to_moment

SAYS = "  - {action: probe.send, with: {to: \"{{ 'late' if answer.timed_out else 'in time' }} {{ thing.id }}\"}}\n"
LISTENS = "actions:\n  - {id: answer, wait_for: {event: money.paid, match: {money.id: thing.id}, timeout: 1h}}\n" + SAYS
ASKS = """\
actions:
  - ask_approval:
      title: Send it?
      to: ana@acme.example
      timeout: 1h
      on_timeout:
        - {action: probe.send, with: {to: "late {{ thing.id }}"}}
"""
RACES = """\
actions:
  - parallel:
      - - {action: probe.send, with: {to: "{{ thing.id }}"}}
        - {action: probe.send, with: {to: "in time {{ thing.id }}"}}
      - - wait: 1h
    join: first
"""
WAITS = "actions:\n  - wait: 1h\n  - {action: probe.send, with: {to: '{{ thing.id }}'}}\n"
COUNT = 450


def asked(desk):
    return [call.params["to"] for call in desk.kernel.take_calls()]


def begin(desk, count=COUNT):
    """Let so many runs begin to wait, all at one moment."""
    outcomes = desk.kernel.turn([desk.event(id=f"s{number}") for number in range(count)])
    return [receipt.decisions[0].run_id for receipt, _ in outcomes]


def test_an_event_of_that_instant_does_not_come_before_a_timeout_whose_portion_has_not_come(open_desk, project):
    # Given more timeouts of one instant than a portion holds
    desk = open_desk(project(w=LISTENS))
    begin(desk)
    desk.pass_time(3600)

    # When at that instant the event comes that the last of the runs waits for
    desk.emit("money.paid", "paid", id=f"s{COUNT - 1}")

    # Then its timeout was first, and nobody took the event
    assert f"late s{COUNT - 1}" in asked(desk)
    assert desk.outcomes("paid") == []


def test_a_decision_does_not_come_before_a_timeout_whose_portion_has_not_come(open_desk, project):
    # Given more approvals that time out at one instant than a portion holds
    desk = open_desk(project(w=ASKS))
    runs = begin(desk)
    desk.pass_time(3600)

    # When somebody decides the last one then
    with pytest.raises(RefusedError):
        desk.kernel.do(lambda: desk.kernel.people.decide(runs[-1], approved=True, by="ana@acme.example", comment=""))

    # Then it had timed out
    assert f"late s{COUNT - 1}" in asked(desk)


def test_an_answer_of_that_instant_does_not_come_before_a_timer_whose_portion_has_not_come(open_desk, project):
    # Given more calls that race with a wait of one hour than a portion holds
    desk = open_desk(project(w=RACES))
    begin(desk)
    last = desk.kernel.take_calls()[-1]
    desk.pass_time(3600)

    # When the last one is answered at the end of that hour
    desk.answer(last)

    # Then the wait had won
    assert asked(desk) == []


def test_each_goes_off_once_though_another_brought_some_of_them_forward(open_desk, project):
    # Given the timeouts of one instant, some of them served before their portion for what came
    desk = open_desk(project(w=LISTENS))
    begin(desk)
    desk.pass_time(3600)
    for number in range(COUNT - 1, COUNT - 20, -1):
        desk.emit("money.paid", id=f"s{number}")

    # When the portions come
    desk.wait(seconds=0)

    # Then each run was told of its timeout once
    assert sorted(asked(desk)) == sorted(f"late s{number}" for number in range(COUNT))
    assert desk.kernel.next_fire is None


def test_what_had_gone_off_before_a_long_stop_does_not_wait_for_what_came_meanwhile(open_desk, project):
    # Given a process that died between two portions of one instant, and a run that was due soon after
    shop = project(w=WAITS)
    desk = open_desk(shop)
    begin(desk)
    desk.pass_time(60)
    desk.emit(id="soon")
    desk.pass_time(3540)
    desk.kernel.turn([])
    assert len(asked(desk)) == 200
    desk.kill()

    # When another takes over ten minutes later
    again = open_desk(shop, now=to_moment(desk.micros) + timedelta(minutes=10))
    again.wait(seconds=0)

    # Then the others of that instant go on at once, and what fell due during the stop after the settle time
    made = asked(again)
    assert {f"s{number}" for number in range(200, COUNT)} <= set(made)
    assert "soon" not in made
    again.wait(minutes=2)
    assert asked(again) == ["soon"]
