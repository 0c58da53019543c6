"""Stages that hold events back, as tables: what each happening makes of a state (R:T7, R:T8)."""

from datetime import UTC, datetime, timedelta

import pytest

from ecomflow.model import Debounce, Duration, Firing, Happening, Reaction
from ecomflow.policies.holding import Quiet, Stretch

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
QUIET = Quiet(Debounce(Duration(seconds=300)))
STRETCH = Stretch(Duration(seconds=3600))


def happening(kind="event", after=timedelta(0), zone="UTC", **more):
    return Happening(kind=kind, now=NOW + after, workflow="w", timezone=zone, **more)


@pytest.mark.parametrize("watch", [QUIET, STRETCH])
def test_each_subject_is_held_for_itself(watch):
    assert watch.key(happening(subject="order/7")) == "order/7"
    assert watch.key(happening()) is None
    assert watch.needs == "subject"


# --- debounce ---


def test_the_first_event_of_a_burst_waits_for_quiet():
    # Given nothing held, When an event comes, Then it is held for the quiet time, and the burst has an end.
    assert QUIET.react(None, happening(number=4, data={"to": "paid"})) == Reaction(
        {"end": NOW + HOUR, "adds": {"to": "paid"}}, wake=NOW + 5 * MINUTE, outcome="held", reason="debounce", holds=(4,)
    )


def test_a_further_event_waits_again_but_not_beyond_the_end_of_the_burst():
    # Given a burst, When another event comes, Then the quiet time begins anew, and what it adds replaces what was added.
    state = {"end": NOW + HOUR, "adds": {"to": "paid"}}
    assert QUIET.react(state, happening(after=4 * MINUTE, number=6, held=(4,), data={"to": "sent"})) == Reaction(
        {"end": NOW + HOUR, "adds": {"to": "sent"}}, wake=NOW + 9 * MINUTE, outcome="merged", reason="debounce", holds=(4, 6)
    )
    # And near the end of the burst it is woken at that end.
    assert QUIET.react(state, happening(after=57 * MINUTE, number=6, held=(4,))).wake == NOW + HOUR


def test_quiet_hands_the_burst_over_and_forgets_it():
    state = {"end": NOW + HOUR, "adds": {"to": "paid"}}
    over = QUIET.react(state, happening("due", 5 * MINUTE, due=NOW + 5 * MINUTE, held=(4, 6)))
    assert over == Reaction(None, (Firing(adds={"to": "paid"}, events=(4, 6)),))


def test_a_burst_of_a_thousand_events_is_over():
    # Given 998 events held, Then the next is held, and the one after it hands all over, with what the last one adds.
    state, held = {"end": NOW + HOUR, "adds": {"to": "paid"}}, tuple(range(998))
    assert QUIET.react(state, happening(number=998, held=held)).holds == (*held, 998)
    over = QUIET.react(state, happening(number=999, held=(*held, 998), data={"to": "sent"}))
    assert over == Reaction(None, (Firing(adds={"to": "sent"}, events=tuple(range(1000))),))


@pytest.mark.parametrize(
    ("settings", "end"),
    [
        (Debounce(Duration(seconds=60)), NOW + 12 * MINUTE),
        (Debounce(Duration(seconds=60), Duration(seconds=90)), NOW + 1.5 * MINUTE),
        # 12 days and 12 months are those of the zone, whose clocks go forward in the night to come.
        (Debounce(Duration(days=1)), NOW + timedelta(days=12) - HOUR),
        (Debounce(Duration(months=1)), datetime(2027, 3, 28, 11, tzinfo=UTC)),
    ],
)
def test_how_long_a_burst_lasts_at_most(settings, end):
    assert Quiet(settings).react(None, happening(zone="Europe/Berlin", number=1)).state["end"] == end


def test_the_quiet_time_is_counted_in_the_zone():
    quiet = Quiet(Debounce(Duration(days=1)))
    assert quiet.react(None, happening(zone="Europe/Berlin", number=1)).wake == NOW + 23 * HOUR


# --- holds_for ---


def test_the_clock_starts_runs_on_and_stops():
    # Given conditions that become true, Then the clock starts,
    began = STRETCH.react(None, happening(number=4, data={"was": 1}))
    state = {"due": NOW + HOUR, "adds": {"was": 1}}
    assert began == Reaction(state, wake=NOW + HOUR, outcome="held", reason="holds_for", holds=(4,))

    # And another event that passes leaves the moment; the newest event is held, with what it adds.
    again = STRETCH.react(state, happening(after=MINUTE, number=5, held=(4,), data={"was": 2}))
    newer = {"due": NOW + HOUR, "adds": {"was": 2}}
    assert again == Reaction(newer, wake=NOW + HOUR, outcome="merged", reason="holds_for", holds=(5,))

    # And one in which the trigger finds nothing new adds nothing.
    stale = STRETCH.react(newer, happening(after=MINUTE, number=6, held=(5,), data={}, fresh=False))
    assert stale == Reaction(newer, wake=NOW + HOUR, outcome="merged", reason="holds_for", holds=(6,))


@pytest.mark.parametrize("passed", [False, None])
@pytest.mark.parametrize("state", [None, {"due": NOW, "adds": {}}, {"fired": True}])
def test_conditions_that_do_not_hold_stop_the_clock(state, passed):
    assert STRETCH.react(state, happening(passed=passed)) == Reaction(None, reason="holds_for: the conditions do not hold")


def test_nothing_begins_with_an_event_that_brings_nothing_new():
    assert STRETCH.react(None, happening(number=4, fresh=False)) == Reaction(None)


def test_it_fires_once_in_a_stretch():
    # Given a clock that has run out, Then it fires with the event that is held, And that it did is remembered.
    state = {"due": NOW + HOUR, "adds": {"was": 2}}
    fired = STRETCH.react(state, happening("due", HOUR, due=NOW + HOUR, held=(5,)))
    assert fired == Reaction({"fired": True, "adds": {"was": 2}}, (Firing(adds={"was": 2}, events=(5,)),))

    # And a further event that passes starts nothing.
    assert STRETCH.react(fired.state, happening(after=2 * HOUR, number=7)) == Reaction(
        fired.state, reason="holds_for: it has fired since the conditions became true"
    )


def test_the_span_is_counted_in_the_zone():
    assert Stretch(Duration(days=1)).react(None, happening(zone="Europe/Berlin")).wake == NOW + 23 * HOUR
