"""Where more timers are due than one portion holds, all have gone off at one moment, and come before what comes then (R:W1)."""

from datetime import timedelta

import pytest

from ecomflow.errors import RefusedError
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.goneoff import gone_off_by

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
RESTARTS = "mode: restart\n" + WAITS
ONE = "mode: single\nactions:\n  - wait: 1h\n"
ABSENCE = """\
trigger: {event: thing.opened, without: thing.closed, match: {thing.id: thing.id}, within: 1h}
actions:
  - {action: probe.send, with: {to: "{{ thing.id }}"}}
"""
CHARGES = """\
actions:
  - parallel:
      - - {action: probe.read, with: {to: "{{ thing.id }}"}}
      - - wait: 1h
        - {action: probe.charge, with: {to: "{{ thing.id }}"}}
"""
COUNT, PORTION = 450, 200


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


@pytest.mark.parametrize("count", [3, COUNT])
@pytest.mark.parametrize(("workflow", "acts"), [(RESTARTS, True), (ONE, False)], ids=["restart", "single"])
def test_an_event_that_starts_a_run_finds_what_had_gone_off_before(open_desk, project, workflow, acts, count):
    # Given runs of one subject each whose waits end at one instant
    desk = open_desk(project(w=workflow))
    begin(desk, count)
    desk.pass_time(3600)

    # When at that instant an event of the last one's subject comes
    receipt = desk.emit(id=f"s{count - 1}")

    # Then that one had gone on: it is not superseded before it acts, and where it has ended, it is in nobody's way
    assert (f"s{count - 1}" in asked(desk)) is acts
    assert str(receipt.decisions[0].outcome) == "started"


@pytest.mark.parametrize("count", [3, COUNT])
def test_what_ends_an_absence_does_not_come_before_its_moment(open_desk, project, count):
    # Given triggers that wait for the same moment
    desk = open_desk(project(w=ABSENCE))
    desk.kernel.turn([desk.event("thing.opened", id=f"s{number}") for number in range(count)])
    desk.pass_time(3600)

    # When what the last of them misses comes then
    desk.emit("thing.closed", id=f"s{count - 1}")

    # Then it had been missed
    assert sorted(asked(desk)) == sorted(f"s{number}" for number in range(count))


def test_a_run_whose_wait_was_over_is_not_migrated_before_it_goes_on(open_desk, project):
    desk = open_desk(project(w="actions:\n  - wait: 1h\n"))
    begin(desk)
    desk.pass_time(3600)

    desk.kernel.do(lambda: desk.kernel.deploy(project(w=WAITS), "migrate"))

    assert not desk.kernel.migrating.has_step
    assert (asked(desk), set(desk.statuses())) == ([], {"completed"})


def test_what_timers_cause_comes_after_all_of_that_instant(open_desk, project):
    # Given timeouts of one instant, and before them a run that then tells of what the last of them waits for
    tells = f"actions:\n  - wait: 1h\n  - emit: money.paid\n    data: {{money: {{id: s{COUNT - 1}}}}}\n"
    desk = open_desk(project(w=LISTENS, other=f"trigger: {{event: other.happened}}\n{tells}"))
    desk.emit("other.happened")
    begin(desk)

    # When their instant comes
    desk.wait(hours=1)

    # Then the last had timed out, though its portion came later
    assert f"late s{COUNT - 1}" in asked(desk)


def test_they_stay_gone_off_though_a_unit_fails(open_desk, project):
    # Given more timeouts of one instant than a portion holds, and one portion that was served
    desk = open_desk(project(w=LISTENS))
    begin(desk, 350)
    desk.pass_time(3600)
    desk.kernel.some([])

    # When a transaction is undone, and what the last of them waits for comes
    desk.kernel._together([lambda: 1 / 0])
    desk.emit("money.paid", "paid", id="s349")

    # Then its timeout was first, and the moment is dropped with the last of them
    assert "late s349" in asked(desk)
    assert desk.outcomes("paid") == []
    assert gone_off_by(desk.store) is None


def test_an_engine_that_stops_in_between_asks_for_nothing_and_the_next_keeps_the_order(open_desk, project):
    # Given an engine that is about to stop between two portions
    shop = project(w=CHARGES)
    desk = open_desk(shop)
    begin(desk)
    last = desk.kernel.take_calls()[-1]
    desk.pass_time(3600)
    desk.kernel.some([])
    assert len(desk.kernel.take_calls()) == PORTION
    desk.kernel.draining = True

    # When an answer comes
    desk.answer(last)
    desk.kernel.turn([])

    # Then it is kept, and what had gone off goes on with the next engine
    assert (desk.kernel.behind, desk.kernel.owes, asked(desk)) == (False, True, [])
    desk.kill()
    again = open_desk(shop, now=to_moment(desk.micros))
    charged = [call.params["to"] for call in again.kernel.take_calls() if call.action == "probe.charge"]
    assert charged == [f"s{number}" for number in range(PORTION, COUNT)]


def test_what_falls_due_between_portions_waits_until_units_had_their_turn(open_desk, project):
    # Given more timers than a portion holds, and as many a second later
    desk = open_desk(project(w=WAITS, other="trigger: {event: other.happened}\nactions:\n  - {action: probe.send, with: {to: other}}\n"))
    begin(desk)
    desk.pass_time(1)
    desk.kernel.turn([desk.event(id=f"later {number}") for number in range(COUNT)])
    desk.pass_time(3599)
    came = [desk.event("other.happened")]
    desk.kernel.some(came)

    # When the others fall due before all of the first are served, and portions go on
    desk.pass_time(1)
    for _ in range(3):
        came = came[len(desk.kernel.some(came)) :]

    # Then the event had its turn after the first
    made = asked(desk)
    assert made.index("other") >= COUNT
    assert len(made) < 2 * COUNT
    desk.wait(seconds=0)
    assert len(made) + len(asked(desk)) == 2 * COUNT + 1


def test_that_they_have_gone_off_is_forgotten_once_all_are_served(open_desk, project):
    desk = open_desk(project(w=WAITS))
    begin(desk)
    desk.pass_time(3600)

    desk.kernel.some([])
    assert gone_off_by(desk.store) == desk.micros
    desk.wait(seconds=0)

    assert (gone_off_by(desk.store), desk.kernel.owes, len(asked(desk))) == (None, False, COUNT)


def test_a_clock_that_goes_back_between_portions_stops_no_engine(open_desk, project):
    # Given portions of an instant of which one is served, When the clock goes back a little, Then the others wait for it.
    desk = open_desk(project(w=WAITS))
    begin(desk)
    desk.pass_time(3600)
    desk.kernel.some([])
    desk.pass_time(-60)
    desk.emit(id="new")
    assert (desk.kernel.owes, len(asked(desk))) == (False, PORTION)

    desk.wait(minutes=1)

    assert len(asked(desk)) == COUNT - PORTION


def test_triggers_that_had_gone_off_before_a_long_stop_are_not_late(open_desk, project):
    # Given a process that died between two portions of the moments of triggers
    shop = project(w=ABSENCE)
    desk = open_desk(shop)
    desk.kernel.turn([desk.event("thing.opened", id=f"s{number}") for number in range(COUNT)])
    desk.pass_time(3600)
    desk.kernel.some([])
    desk.kill()

    # When another takes over ten minutes later, and what the last of them missed comes
    again = open_desk(shop, now=to_moment(desk.micros) + timedelta(minutes=10))
    again.emit("thing.closed", id=f"s{COUNT - 1}")

    # Then it had been missed
    assert sorted(asked(again)) == sorted(f"s{number}" for number in range(COUNT))


def test_what_had_gone_off_before_a_long_stop_does_not_wait_for_what_came_meanwhile(open_desk, project):
    # Given a process that died between two portions of one instant, and a run that was due soon after
    shop = project(w=WAITS)
    desk = open_desk(shop)
    begin(desk)
    desk.pass_time(60)
    desk.emit(id="soon")
    desk.pass_time(3540)
    desk.kernel.some([])
    assert len(asked(desk)) == PORTION
    desk.kill()

    # When another takes over ten minutes later
    again = open_desk(shop, now=to_moment(desk.micros) + timedelta(minutes=10))
    again.wait(seconds=0)

    # Then the others of that instant go on at once, and what fell due during the stop after the settle time
    made = asked(again)
    assert {f"s{number}" for number in range(PORTION, COUNT)} <= set(made)
    assert "soon" not in made
    again.wait(minutes=2)
    assert asked(again) == ["soon"]
