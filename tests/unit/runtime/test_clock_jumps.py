"""The machine's clock jumps, drifts, and stands while the machine sleeps (R:V8, W6), on a real kernel and virtual clocks."""

import logging
from datetime import UTC, datetime

import pytest

from ecomflow.errors import RefusedError
from ecomflow.language import load_project
from ecomflow.runtime.clock import DAY, HOUR, MINUTE, SECOND, to_micros, to_moment
from ecomflow.runtime.goneoff import gone_off_by
from ecomflow.runtime.reading import Reader
from ecomflow.runtime.timekeeping import Clock, MachineClock, jump_in
from ecomflow.store import Lease, Store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
YEAR = 365 * DAY
WAITS = "actions:\n  - wait: 1h\n  - {action: probe.send, with: {to: '{{ thing.id }}'}}\n"
RETRIES = "actions:\n  - {action: probe.read, retry: {attempts: 3, delay: 10m}}\n"
LIMITED = "trigger: {event: thing.happened}\nactions:\n  - {action: http.request, with: {path: '/'}}\n"
EVERY_HOUR = "trigger: {every: 1h}\nactions:\n  - {action: probe.send, with: {to: all}}\n"
AWAITED = "actions:\n  - wait_for: {event: answer.given, match: {answer.id: thing.id}, timeout: 1h}\n  - {action: probe.send, with: {to: late}}\n"
QUIET = "debounce: 30m\nactions:\n  - {action: probe.send, with: {to: '{{ thing.id }}'}}\n"


class Machine:
    """A machine whose clock can be set, and which can sleep and be started anew."""

    def __init__(self):
        self.reference, self.passed, self.asleep, self.offset = "boot 1", 0, 0, to_micros(START)

    def __call__(self):
        return self.offset + self.passed

    def steady(self):
        return self.passed

    def awake(self):
        return self.passed - self.asleep

    def boot(self, after=0):
        self.offset += self.passed + after
        self.reference, self.passed, self.asleep = f"{self.reference}+", 0, 0


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def opened(open_desk, project, machine):
    """Return what opens an engine of these workflows on the machine."""

    def open_(**workflows):
        return open_desk(project(**workflows), clock=machine)

    return open_


def passes(desk, machine, micros, step=MINUTE):
    """Let time pass, with a turn now and then, as the engine's heartbeat makes them; return where calls went."""
    end, sent = machine.passed + micros, []
    for _ in range(100_000):
        machine.passed = min(machine.passed + step, end)
        desk.kernel.turn([])
        sent += [call.params.get("to", call.action) for call in desk.kernel.take_calls()]
        if machine.passed >= end:
            return sent
    raise AssertionError("time does not pass")


def again(desk, open_desk, machine, project):
    desk.kill()
    return open_desk(project, clock=machine)


# --- jumps


@pytest.mark.attack(79)
@pytest.mark.parametrize("jump", [HOUR + MINUTE, -HOUR - MINUTE, YEAR, -YEAR])
def test_a_jump_of_more_than_an_hour_holds_what_is_due_and_raises_an_alarm(opened, machine, told, jump):
    # Given a run that waits for an hour, When the clock jumps, and the hour passes
    desk = opened(w=WAITS)
    desk.emit(id="a")
    machine.offset += jump
    sent = passes(desk, machine, 3 * HOUR)

    # Then nothing goes off, and people are told once
    assert sent == []
    alarms = [record for record in told.records if record.levelno == logging.ERROR]
    assert ["has jumped from 2026-03-02 09:01:00 UTC to" in each.getMessage() for each in alarms] == [True]
    assert jump_in(desk.store).wall - jump_in(desk.store).believed == jump


@pytest.mark.parametrize(
    ("text", "span"), [(WAITS, HOUR), (RETRIES, 11 * MINUTE), (EVERY_HOUR, HOUR), (AWAITED, HOUR), (QUIET, 30 * MINUTE)],
    ids=["wait", "retry", "schedule", "timeout", "debounce"],
)  # fmt: skip
@pytest.mark.parametrize("jump", [YEAR, -2 * HOUR])
def test_every_kind_of_moment_holds_and_comes_once_when_the_clock_is_put_right(opened, machine, text, span, jump):
    # Given a moment that comes soon, When the clock jumps before and is put right after it, Then it comes once, two minutes later.
    desk = opened(w=text)
    desk.emit(id="a")
    for call in desk.kernel.take_calls():
        desk.answer(call, **{"ok": False, "class": "retryable", "type": "down", "message": ""})
    machine.offset += jump
    held = passes(desk, machine, span)
    machine.offset -= jump
    settling = passes(desk, machine, MINUTE)
    came = passes(desk, machine, 3 * MINUTE)

    assert (held, settling, len(came)) == ([], [], 1)


@pytest.fixture
def limited(open_desk, machine, tmp_path, catalog):
    """Return an engine with two calls for a connection that lets one go in a minute."""
    (tmp_path / "shop" / "workflows").mkdir(parents=True)
    (tmp_path / "shop" / "ecomflow.yaml").write_text('shop: acme\nconnections: {hook: {plugin: http, base_url: "http://127.0.0.1:9", rate: {limit: 1, per: 1m}}}\n')
    (tmp_path / "shop" / "workflows" / "w.yaml").write_text(f"name: w\n{LIMITED}")
    desk = open_desk(load_project(tmp_path / "shop", catalog), clock=machine)
    desk.emit(id="a")
    desk.emit(id="b")
    return desk


def test_calls_that_a_connection_holds_stay_held(limited, machine):
    # Given a call held by a rate, When the clock jumps a year ahead, Then it is not let through before the minute is over.
    first = limited.kernel.take_calls()
    machine.offset += YEAR
    held = passes(limited, machine, 30 * SECOND, SECOND)
    limited.kernel.do(lambda: limited.kernel.accept_time(machine()))
    accepted = passes(limited, machine, 29 * SECOND, SECOND)

    assert (len(first), held, accepted) == (1, [], [])
    assert passes(limited, machine, 2 * SECOND, SECOND) == ["http.request"]


def test_what_a_connection_waits_for_moves_with_a_clock_that_is_set_back(limited, machine):
    # Given a rate that is used up, When a clock set back by a year is accepted, Then the call waits its minute, not a year.
    limited.kernel.take_calls()
    machine.offset -= YEAR
    limited.kernel.turn([])
    limited.kernel.do(lambda: limited.kernel.accept_time(machine()))

    assert passes(limited, machine, 61 * SECOND, SECOND) == ["http.request"]


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_events_go_on_and_are_dated_by_the_time_that_was_expected(opened, machine, jump):
    # Given a clock that has jumped, When an event comes and the clock is put right, Then nothing is dated by the wrong time.
    desk = opened(w=WAITS + "once: {key: thing.id, per: 1d}\n")
    machine.offset += jump
    passes(desk, machine, MINUTE)
    desk.emit(id="a")
    machine.offset -= jump
    sent = passes(desk, machine, 2 * HOUR)
    passes(desk, machine, DAY, 10 * MINUTE)
    desk.emit(id="a")

    assert sent == ["a"]
    assert desk.outcomes() == ["started", "started"]
    assert max(run.started for run in desk.runs()) <= to_moment(machine())


def test_calls_that_events_cause_are_made_while_timers_hold(opened, machine):
    desk = opened(w="actions:\n  - {action: probe.send, with: {to: '{{ thing.id }}'}}\n")
    machine.offset += YEAR
    desk.kernel.turn([])
    desk.emit(id="a")

    assert [call.params["to"] for call in desk.kernel.take_calls()] == ["a"]


# --- no jumps


@pytest.mark.attack(79)
@pytest.mark.parametrize("step", [HOUR, -HOUR, 59 * MINUTE])
def test_an_hour_is_no_jump(opened, machine, step):
    desk = opened(w=WAITS)
    desk.emit(id="a")
    machine.offset += step
    desk.kernel.turn([])

    assert jump_in(desk.store) is None
    assert passes(desk, machine, 3 * HOUR) == ["a"]


@pytest.mark.attack(79)
@pytest.mark.parametrize("slew", [30 * SECOND, -30 * SECOND])
def test_a_clock_that_is_slewed_is_followed_however_far(open_desk, project, machine, slew):
    # Given a clock that goes half a minute wrong in each minute, When it is hours off, Then it has not jumped; after a restart neither.
    shop = project(w=WAITS)
    desk = open_desk(shop, clock=machine)
    for _ in range(600):
        machine.passed += MINUTE
        machine.offset += slew
        desk.kernel.turn([])
    desk = again(desk, open_desk, machine, shop)
    desk.kernel.turn([])

    assert jump_in(desk.store) is None
    assert desk.kernel.time.now() == machine()


@pytest.mark.attack(79)
def test_a_machine_that_slept_for_two_weeks_has_had_a_stop_and_no_jump(opened, machine):
    # Given two waits, When the machine is suspended for two weeks, Then they go off two minutes after it wakes.
    desk = opened(w=WAITS)
    desk.emit(id="a")
    machine.passed += 30 * MINUTE
    desk.emit(id="b")
    machine.passed, machine.asleep = machine.passed + 14 * DAY, machine.asleep + 14 * DAY
    woken = passes(desk, machine, 0)
    settling = passes(desk, machine, 119 * SECOND, SECOND)
    settled = passes(desk, machine, SECOND, SECOND)

    assert (jump_in(desk.store), woken, settling, settled) == (None, [], [], ["a", "b"])


def test_a_nap_lets_nothing_settle(opened, machine):
    desk = opened(w=WAITS)
    desk.emit(id="a")
    machine.passed, machine.asleep = HOUR, 50 * SECOND

    assert passes(desk, machine, 0) == ["a"]


def test_a_clock_that_is_a_plain_function_is_believed(open_desk, project):
    desk = open_desk(project(w=WAITS))
    desk.emit(id="a")
    desk.wait(days=365)

    assert [call.params["to"] for call in desk.kernel.take_calls()] == ["a"]
    assert jump_in(desk.store) is None


# --- people


@pytest.mark.attack(79)
@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_a_time_that_is_accepted_is_gone_by(opened, machine, told, jump):
    # Given a clock that has jumped, When a person takes its time for right, Then new waits go by it, and what is overdue settles.
    desk = opened(w=WAITS)
    desk.emit(id="old")
    machine.offset += jump
    passes(desk, machine, 2 * HOUR)
    desk.kernel.do(lambda: desk.kernel.accept_time(machine(), by="ana"))
    settling = passes(desk, machine, MINUTE)
    desk.emit(id="new")
    sent = passes(desk, machine, 2 * HOUR)

    assert settling == []
    assert sent == (["old", "new"] if jump > 0 else ["new"])
    assert (jump_in(desk.store), desk.kernel.time.now()) == (None, machine())
    assert [(each.who, each.what) for each in Reader(desk.store, desk.kernel.definitions, desk.kernel.events).audit()] == [("ana", "accept the time")]


def test_a_time_is_accepted_only_after_a_jump_and_only_the_one_that_was_seen(opened, machine):
    desk = opened(w=WAITS)
    with pytest.raises(RefusedError, match="has not jumped"):
        desk.kernel.do(lambda: desk.kernel.accept_time(machine()))
    machine.offset += DAY
    desk.kernel.turn([])
    seen = machine()
    machine.offset += DAY
    with pytest.raises(RefusedError, match="was to be accepted"):
        desk.kernel.do(lambda: desk.kernel.accept_time(seen))

    assert jump_in(desk.store) is not None


def test_a_time_that_was_accepted_is_so_after_a_kill(open_desk, project, machine):
    # Given a time that was accepted, When the process dies before timers went on, or the machine is started anew, Then they go on.
    shop = project(w=WAITS)
    desk = open_desk(shop, clock=machine)
    desk.emit(id="a")
    machine.offset += YEAR
    desk.kernel.turn([])
    desk.kernel.do(lambda: desk.kernel.accept_time(machine()))
    machine.boot()
    desk = again(desk, open_desk, machine, shop)

    assert passes(desk, machine, 3 * MINUTE) == ["a"]
    assert jump_in(desk.store) is None


def test_an_acceptance_whose_commit_fails_is_none(open_desk, project, machine):
    # Given a jump, When what accepts it is undone, Then timers hold on.
    shop = project(w=WAITS)
    desk = open_desk(shop, clock=machine)
    desk.emit(id="a")
    machine.offset += YEAR
    desk.kernel.turn([])

    def undone():
        desk.kernel.accept_time(machine())
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        desk.kernel.do(undone)

    assert passes(desk, machine, HOUR) == []
    assert desk.kernel.time.holds


# --- restarts


def test_a_restart_while_timers_hold_puts_none_of_them_off(open_desk, project, machine):
    # Given a wait of five hours, a clock that is set back by a day, and a restart when the wait would have been over,
    desk = open_desk(project(w=WAITS.replace("1h", "5h")), clock=machine)
    desk.emit(id="a")
    machine.offset -= DAY
    passes(desk, machine, 9 * HOUR, 10 * MINUTE)
    desk = again(desk, open_desk, machine, project(w=WAITS.replace("1h", "5h")))

    # When the time is accepted, Then the wait is over at its moment by that time, and not later.
    desk.kernel.do(lambda: desk.kernel.accept_time(machine()))
    assert passes(desk, machine, 19 * HOUR, 10 * MINUTE) == []
    assert passes(desk, machine, 2 * HOUR) == ["a"]


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_timers_hold_after_a_restart_too(open_desk, project, machine, told, jump):
    shop = project(w=WAITS)
    desk = open_desk(shop, clock=machine)
    desk.emit(id="a")
    machine.offset += jump
    desk.kernel.turn([])
    desk = again(desk, open_desk, machine, shop)
    held = passes(desk, machine, 2 * HOUR)
    machine.offset -= jump

    assert len([record for record in told.records if record.levelno == logging.ERROR]) == 2
    assert (held, passes(desk, machine, 5 * MINUTE)) == ([], ["a"])


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_a_jump_while_no_engine_ran_is_noticed(open_desk, project, machine, jump):
    # Given an engine that ended, When the clock jumps before the next one opens on the same machine, Then it holds timers.
    shop = project(w=WAITS)
    desk = open_desk(shop, clock=machine)
    desk.emit(id="a")
    machine.offset += jump
    desk = again(desk, open_desk, machine, shop)
    held = passes(desk, machine, 2 * HOUR)

    assert held == []
    assert jump_in(desk.store) is not None


def test_a_machine_that_was_off_for_two_weeks_has_had_a_stop(open_desk, project, machine):
    shop = project(w=WAITS)
    desk = open_desk(shop, clock=machine)
    desk.emit(id="a")
    machine.boot(after=14 * DAY)
    desk = again(desk, open_desk, machine, shop)

    assert jump_in(desk.store) is None
    assert passes(desk, machine, 3 * MINUTE) == ["a"]


def test_timers_that_went_off_by_a_wrong_clock_have_not_by_the_right_one(open_desk, project, machine):
    # Given a clock that is a day ahead, and jumps back between two portions of one instant
    shop = project(w=WAITS)
    machine.offset += DAY
    desk = open_desk(shop, clock=machine)
    desk.kernel.turn([desk.event(id=f"s{number}") for number in range(450)])
    machine.passed += HOUR
    desk.kernel.some([])
    machine.offset -= DAY
    desk.kernel.turn([])
    assert (desk.kernel.time.holds, gone_off_by(desk.store) is not None) == (True, True)

    # When that time is taken for the right one, and another run falls due in a stop
    desk.kernel.do(lambda: desk.kernel.accept_time(machine()))
    assert gone_off_by(desk.store) is None
    desk.kernel.turn([])
    desk.micros = machine()
    desk.emit(id="x")
    desk.kill()
    machine.passed += 2 * HOUR
    desk = open_desk(shop, clock=machine)

    # Then it is late, and waits for what came meanwhile
    assert "x" not in passes(desk, machine, MINUTE)
    assert "x" in passes(desk, machine, 2 * MINUTE)


@pytest.mark.attack(79)
def test_a_machine_that_starts_with_a_clock_behind_its_store_holds_timers(open_desk, project, machine):
    # Given a store, When the machine starts with an empty battery in 1970, and is put right, Then timers hold, and go on.
    shop = project(w=WAITS)
    desk = open_desk(shop, clock=machine)
    desk.emit(id="a")
    right = machine()
    machine.boot()
    machine.offset = 0
    desk = again(desk, open_desk, machine, shop)
    held = passes(desk, machine, HOUR)
    desk.emit(id="b")
    machine.offset = right + 30 * MINUTE

    assert held == []
    assert passes(desk, machine, 2 * HOUR) == ["a", "b"]


@pytest.mark.parametrize(("jump", "righted"), [(YEAR, False), (YEAR, True), (-YEAR, False), (-YEAR, True)])
def test_a_machine_that_starts_anew_after_a_jump(open_desk, project, machine, jump, righted):
    # Given a clock that has jumped, When the machine starts anew, Then timers hold unless it was put right.
    shop = project(w=WAITS)
    desk = open_desk(shop, clock=machine)
    desk.emit(id="a")
    machine.offset += jump
    desk.kernel.turn([])
    machine.boot(after=MINUTE)
    machine.offset -= jump if righted else 0
    desk = again(desk, open_desk, machine, shop)

    assert passes(desk, machine, 2 * HOUR) == (["a"] if righted else [])
    assert (jump_in(desk.store) is None) == righted


# --- the machine's clock


def test_other_processes_see_that_the_engine_lives_while_its_clock_has_jumped(opened, machine):
    # Given a clock that has jumped back, When the engine has made a turn, Then its lease is one of the wall's time.
    desk = opened(w=WAITS)
    machine.offset -= YEAR
    desk.kernel.turn([])

    other = Store(desk.store.path, "acme")
    assert not Lease(other, "other").take(machine())
    other.close()


def test_the_clock_of_this_machine_is_one_that_can_be_watched():
    clock = MachineClock()
    steady = [clock.steady() for _ in range(100)]

    assert isinstance(clock, Clock)
    assert steady == sorted(steady)
    assert clock.steady() - clock.awake() > -SECOND
    assert clock.reference == MachineClock().reference or "process" in clock.reference
