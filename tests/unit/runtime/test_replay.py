"""Runs that are brought back after a kill go on as if nothing had been: at the right step, at the right time."""

from datetime import timedelta

from ecomflow.runtime.clock import to_moment

THEN = "  - wait: 1h\n  - {action: probe.send, with: {to: end}}\n"


def again(desk, open_desk, shop):
    now = to_moment(desk.micros)
    desk.kill()
    return open_desk(shop, now=now)


def sent(desk):
    return [call.params["to"] for call in desk.kernel.take_calls()]


def test_wait_until_a_moment_that_had_passed_is_not_waited_for_again(open_desk, project):
    # Given a loop, then a wait until a moment that passed during the loop, When the run is brought back, Then it is beyond it.
    steps = "actions:\n  - repeat: {times: 2}\n    do:\n      - wait: 1h\n  - wait: {until: '{{ thing.when }}'}\n"
    shop = project(w=steps + THEN)
    desk = open_desk(shop)
    desk.emit(id="a", when=to_moment(desk.micros) + timedelta(minutes=90))
    desk.wait(hours=1)
    desk.wait(hours=1)

    desk = again(desk, open_desk, shop)
    desk.wait(hours=1)

    assert (desk.statuses(), sent(desk)) == (["running"], ["end"])


def test_race_that_a_closed_step_won_is_won_again(open_desk, project):
    # Given a race whose winner ended with a try, When the run is brought back while a loser tidies up, Then it goes on from there.
    steps = """\
actions:
  - join: first
    parallel:
      - - wait: 2h
      - - try:
            - wait: 1h
          finally:
            - {action: probe.send, with: {to: winner}}
      - - try:
            - wait: 3h
          finally:
            - {action: probe.send, with: {to: loser}}
"""
    shop = project(w=steps + THEN)
    desk = open_desk(shop)
    desk.emit(id="a")
    desk.wait(hours=1)
    [winner] = desk.kernel.take_calls()
    desk.answer(winner)

    desk = again(desk, open_desk, shop)
    [loser] = desk.kernel.take_calls()
    desk.answer(loser)
    desk.wait(hours=1)

    assert (winner.params["to"], loser.params["to"]) == ("winner", "loser")
    assert (desk.statuses(), sent(desk)) == (["running"], ["end"])


def test_branch_that_stops_the_run_after_a_closed_step_stops_it_at_its_time(open_desk, project):
    # Given a branch that stops the run after a loop, while another tidies up, When it is brought back then, Then it goes on tidying.
    steps = """\
actions:
  - parallel:
      - - repeat: {times: 2}
          do:
            - wait: 1h
        - stop: enough
      - - wait: 90m
        - try:
            - wait: 5h
          finally:
            - {action: probe.send, with: {to: tidy}}
"""
    shop = project(w=steps)
    desk = open_desk(shop)
    desk.emit(id="a")
    for _ in range(4):
        desk.wait(minutes=30)
    before = sent(desk)

    desk = again(desk, open_desk, shop)

    assert before == ["tidy"]
    [repeated] = desk.kernel.take_calls()
    desk.answer(repeated)
    assert (desk.statuses(), desk.runs()[0].reason) == (["stopped"], "enough")


def test_deadline_of_retries_counts_from_the_first_call_also_after_a_loop(open_desk, project):
    # Given a call with a deadline of an hour after a loop of two hours, When the run is brought back between two attempts,
    # Then the next attempt is still made.
    steps = "actions:\n  - repeat: {times: 2}\n    do:\n      - wait: 1h\n  - {action: probe.send, with: {to: end}, retry: {attempts: 5, delay: 1m, deadline: 1h}}\n"
    shop = project(w=steps)
    desk = open_desk(shop)
    desk.emit(id="a")
    desk.wait(hours=1)
    desk.wait(hours=1)
    [call] = desk.kernel.take_calls()
    desk.answer(call, ok=False, **{"class": "retryable", "type": "busy", "message": "later"})

    desk = again(desk, open_desk, shop)
    desk.wait(minutes=5)
    [call] = desk.kernel.take_calls()
    desk.answer(call, ok=False, **{"class": "retryable", "type": "busy", "message": "later"})
    desk.wait(minutes=10)

    assert sent(desk) == ["end"]


def test_run_cancelled_while_a_branch_was_held_back_by_a_doubt_is_brought_back(open_desk, project):
    # Given a wait that ended while a charge was in doubt, When a person cancels the run, Then what tidies up survives a kill.
    steps = """\
actions:
  - try:
      - parallel:
          - - {action: probe.charge, with: {amount: 5}}
          - - wait: 1h
            - {action: probe.send, with: {to: nobody}}
    finally:
      - {action: probe.send, with: {to: tidy}}
"""
    shop = project(w=steps)
    desk = open_desk(shop)
    desk.emit(id="a")
    desk = again(desk, open_desk, shop)
    desk.wait(hours=1)
    desk.kernel.do(lambda: desk.kernel.people.cancel("r1-x", "", "ana"))

    desk = again(desk, open_desk, shop)

    [tidy] = desk.kernel.take_calls()
    desk.answer(tidy)
    assert (tidy.params["to"], desk.statuses()) == ("tidy", ["cancelled"])
