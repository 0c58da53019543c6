"""Schedules: which moments, once each, over stops, pauses and edits (R:T1, V5, V6, W6)."""

import itertools
from datetime import datetime, timedelta

import pytest

SAYS = 'actions:\n  - {action: log.write, with: {message: "{{ event.time | datetime }}"}}\n'
DAILY = 'trigger: {schedule: "0 10 * * *"}\n'
HOURLY = 'trigger: {schedule: "0 * * * *"%s}\nactions:\n  - {action: log.write, with: {message: "{{ event.time.hour }}"}}\n'


# --- which moments ---


@pytest.mark.parametrize(
    ("trigger", "start", "span", "expected"),
    [
        ("every: 6h", "2026-03-02T09:00:00Z", "24h", ["02 12:00", "02 18:00", "03 00:00", "03 06:00"]),
        ("every: 7h", "2026-03-02T09:00:00Z", "24h", ["02 14:00", "02 21:00", "03 00:00", "03 07:00"]),
        ("every: 1d", "2026-03-02T09:00:00Z", "48h", ["03 00:00", "04 00:00"]),
        ("every: 24h, timezone: Europe/Berlin", "2026-10-24T09:00:00Z", "72h", ["24 22:00", "25 23:00", "26 23:00"]),
        ("every: 6h, timezone: Europe/Berlin", "2026-10-24T21:00:00Z", "27h", ["24 22:00", "25 04:00", "25 10:00", "25 16:00", "25 23:00"]),
        ("every: 2d", "2026-03-02T09:00:00Z", "96h", ["04 00:00", "06 00:00"]),
        ("every: 36h", "2026-03-02T09:00:00Z", "96h", ["03 12:00", "05 00:00"]),
        ('every: 6h, starting: "2026-03-02T10:30:00"', "2026-03-02T09:00:00Z", "10h", ["02 10:30", "02 16:30"]),
        ('every: 6h, starting: "2026-02-01T10:30:00"', "2026-03-02T09:00:00Z", "10h", ["02 10:30", "02 16:30"]),
        ('every: 1d, starting: "2026-03-28T09:00:00", timezone: Europe/Berlin', "2026-03-28T00:00:00Z", "48h", ["28 08:00", "29 07:00"]),
        ('every: 1 months, starting: "2026-01-31"', "2026-01-30T00:00:00Z", "1500h", ["31 00:00", "28 00:00", "31 00:00"]),
        ('at: "2026-03-02T12:00:00"', "2026-03-02T09:00:00Z", "48h", ["02 12:00"]),
        ('at: "2026-03-02T12:00:00+01:00"', "2026-03-02T09:00:00Z", "48h", ["02 11:00"]),
        ('at: "2026-03-02T09:00:00"', "2026-03-02T09:00:00Z", "48h", ["02 09:00"]),
        ('at: "2026-03-02T08:59:59"', "2026-03-02T09:00:00Z", "48h", []),
        ('at: "2026-03-04"', "2026-03-02T09:00:00Z", "48h", ["04 00:00"]),
        ('schedule: "0 9 * * *"', "2026-03-02T09:00:00Z", "24h", ["03 09:00"]),
    ],
)
def test_schedule_fires_at(shops, trigger, start, span, expected):
    sim = shops.open(w=f"trigger: {{{trigger}}}", start=start)

    sim.advance(span)

    assert (shops.times(sim), set(shops.outcomes(sim)) - {"started"}) == (expected, set())


CHANGES = [
    ("Europe/Berlin", "2026-10-24T22:00:00Z", 25), ("Europe/Berlin", "2026-03-28T23:00:00Z", 23),
    ("America/New_York", "2026-11-01T04:00:00Z", 25), ("America/New_York", "2026-03-08T05:00:00Z", 23),
]  # fmt: skip
"""Zones, the midnight before their clocks change, and how many hours that day has."""


def gaps(shops, midnight, minutes, trigger):
    """Return the minutes between the moments of a schedule, from a midnight on, in order."""
    before = datetime.fromisoformat(midnight) - timedelta(minutes=1)
    sim = shops.open(w=f"trigger: {{{trigger}}}", start=before)
    sim.advance(timedelta(minutes=minutes + 1))
    return [(after.at - before.at).total_seconds() / 60 for before, after in itertools.pairwise(sim.actions)]


@pytest.mark.parametrize(("every", "minutes"), [("1h", 60), ("20m", 20)])
@pytest.mark.parametrize(("zone", "midnight", "hours"), CHANGES)
def test_steps_of_an_hour_or_less_follow_each_other_through_a_change_of_the_clock(shops, zone, midnight, hours, every, minutes):
    # Given steps from each midnight, When a day has 25 hours or 23, Then each step is as long as all others, and midnight is one of them.
    found = gaps(shops, midnight, (hours + 24) * 60, f"every: {every}, timezone: {zone}")

    assert found == [minutes] * ((hours + 24) * 60 // minutes)


@pytest.mark.parametrize(
    ("midnight", "every", "expected"),
    [
        ("2026-04-04T13:00:00Z", "1h", [60] * 24 + [30, 60]), ("2026-04-04T13:00:00Z", "30m", [30] * 51),
        ("2026-10-03T13:30:00Z", "1h", [60] * 23 + [30, 60]), ("2026-10-03T13:30:00Z", "30m", [30] * 49),
    ],
)  # fmt: skip
def test_midnight_cuts_a_step_short_where_the_clock_changes_by_half_an_hour(shops, midnight, every, expected):
    # Given a day of 24 and a half hours, or of 23 and a half, Then its steps are whole, and the next day's begin at its midnight.
    assert gaps(shops, midnight, sum(expected), f"every: {every}, timezone: Australia/Lord_Howe") == expected


def test_longer_steps_are_as_many_on_a_day_of_25_hours_as_on_any_other(shops):
    found = gaps(shops, "2026-10-24T22:00:00Z", 49 * 60, "every: 90m, timezone: Europe/Berlin")

    assert found == [90] * 15 + [150] + [90] * 16


@pytest.mark.parametrize(
    ("trigger", "workflow", "project", "hour"),
    [("", "", "", 10), ("", "", "timezone: Europe/Berlin\n", 9), ("", "timezone: Asia/Tokyo\n", "timezone: Europe/Berlin\n", 1), (", timezone: Asia/Kolkata", "timezone: Asia/Tokyo\n", "", 4)],
)
def test_zone_is_the_triggers_the_workflows_the_projects_or_utc(shops, trigger, workflow, project, hour):
    sim = shops.open(w=f'{workflow}trigger: {{schedule: "0 10 * * *"{trigger}}}', project=project, start="2026-03-02T00:00:00Z")

    sim.advance("24h")

    assert [call.at.hour for call in sim.actions] == [hour]


def test_settings_may_follow_from_inputs(shops):
    sim = shops.open(w='inputs: {span: 6h}\ntrigger: {every: "{{ inputs.span }}"}')

    sim.advance("4h")

    assert shops.times(sim) == ["02 12:00"]


def test_scheduled_event_tells_its_moment_and_is_kept(shops):
    # Given a schedule that fired, Then its event has a stable id, and `why` tells of it.
    sim = shops.open(w=DAILY + "conditions:\n  - event.time.hour == 11\n")

    sim.advance("2h")

    [one] = sim.why("w/0/2026-03-02T10:00:00Z")
    assert (one.workflow, one.outcome, one.leaves[0].detail) == ("w", "not_matched", "event.time.hour = 10")


def test_scheduled_event_concerns_its_workflow_alone(shops):
    sim = shops.open(w=DAILY, other="trigger: {event: schedule.fired}")

    sim.advance("2h")

    assert [record.workflow for record in sim.decisions] == ["w"]


def test_many_runs_of_a_schedule_in_an_hour_are_no_loop(shops):
    sim = shops.open(w="trigger: {every: 30s}")

    sim.advance("2h")

    assert len(sim.runs) == 240


# --- stops ---


@pytest.mark.parametrize(("catch_up", "expected"), [("latest", ["13"]), ("all", ["10", "11", "12", "13"]), ("none", [])])
def test_missed_moments_are_caught_up(shops, catch_up, expected):
    # Given a schedule and a stop over four of its moments, mode single: those that are caught up start one after the other.
    sim = shops.open(w=HOURLY % f", catch_up: {catch_up}", start="2026-03-02T09:30:00Z")

    sim.restart("215m")
    sim.advance("10m")

    assert (shops.texts(sim), set(shops.outcomes(sim)) - {"started"}) == (expected, set())


def test_caught_up_moments_start_each_when_the_run_before_has_ended(shops):
    steps = "actions:\n  - wait: 10m\n  - {action: log.write, with: {message: '{{ event.time.hour }}'}}\n"
    sim = shops.open(w='trigger: {schedule: "0 * * * *", catch_up: all}\nmode: parallel\n' + steps, start="2026-03-02T09:30:00Z")

    sim.restart("215m")
    sim.restart("0s")
    sim.advance("25m")
    sim.restart("0s")
    sim.advance("70m")

    assert shops.texts(sim) == ["10", "11", "12", "13", "14"]
    starts = [run.started for run in sim.runs]
    assert [(after - before).total_seconds() for before, after in itertools.pairwise(starts[:4])] == [600, 600, 600]


@pytest.mark.parametrize(("catch_up", "expected"), [("latest", ["10", "13"]), ("all", ["10", "11", "12", "13"])])
def test_caught_up_moments_wait_for_the_run_that_was_open_before_the_stop(shops, catch_up, expected):
    # Given a run that waits when the engine stops, Then what is caught up is not refused because of it, but waits.
    steps = "actions:\n  - wait: 3h\n  - {action: log.write, with: {message: '{{ event.time.hour }}'}}\n"
    sim = shops.open(w=f'trigger: {{schedule: "0 10-13 * * *", catch_up: {catch_up}}}\n{steps}', start="2026-03-02T09:30:00Z")
    sim.advance("31m")

    sim.restart("200m")
    sim.advance("1m")
    sim.restart()
    sim.advance("12h")

    assert (shops.texts(sim), "refused" in shops.outcomes(sim)) == (expected, False)


def test_caught_up_moments_of_two_schedules_all_have_their_turn(shops):
    # Given two schedules of one workflow, the first moment of the one refused, so that moments of both wait for each other's runs,
    triggers = "trigger:\n  - {id: a, every: 5h, catch_up: all}\n  - {id: b, every: 6h, catch_up: all}\n"
    steps = "actions:\n  - wait: 10m\n  - {action: log.write, with: {message: '{{ trigger.id }}{{ event.time.hour }}'}}\n"
    sim = shops.open(w=triggers + "conditions:\n  - event.time.hour != 10\n" + steps, start="2026-03-02T09:00:00Z")

    # When the engine was away over them,
    sim.restart("14h")
    sim.advance("55m")

    # Then each of them starts once the run before has ended.
    assert sorted(shops.texts(sim)) == ["a15", "a20", "b12", "b18"]


def test_caught_up_moment_that_starts_nothing_does_not_hold_up_the_next(shops):
    sim = shops.open(w=HOURLY % ", catch_up: all" + "conditions:\n  - event.time.hour == 12\n", start="2026-03-02T09:30:00Z")

    sim.restart("215m")
    sim.advance("10m")

    assert shops.texts(sim) == ["12"]


def test_caught_up_moments_of_failed_starts_come_one_after_the_other(shops):
    # Given conditions that are unknown, which make failed runs, Then each moment has its own, and no other twice.
    text = HOURLY % ", catch_up: all" + "on_unknown: fail\nconditions:\n  - trigger.previous > 3\n"
    sim = shops.open(w=text, start="2026-03-02T09:30:00Z")

    sim.restart("215m")
    sim.advance("10m")

    assert [run.status for run in sim.runs] == ["failed"] * 4
    assert len({record.event_id for record in sim.decisions}) == len(sim.decisions) == 4


@pytest.mark.attack(81)
def test_at_most_a_hundred_moments_are_caught_up_the_last_ones(shops):
    sim = shops.open(w='trigger: {schedule: "* * * * *", catch_up: all}\nactions:\n  - {action: log.write, with: {message: "{{ event.time.hour * 60 + event.time.minute }}"}}\n')

    sim.restart("1000d")
    sim.advance("2m")

    assert len(sim.actions) >= 100
    assert shops.texts(sim)[0] == str(9 * 60 + 2 - 99)


def test_moment_missed_in_a_long_stop_waits_for_the_settle_time(shops):
    sim = shops.open(w=DAILY)

    sim.restart("61m")
    sim.advance("1m")
    before = len(sim.actions)
    sim.advance("1m")

    assert (before, shops.times(sim)) == (0, ["02 10:03"])


def test_moment_is_never_planned_twice(shops):
    # Given restarts right before, at, and after a moment
    sim = shops.open(w=DAILY)

    sim.advance("3599s")
    sim.restart()
    sim.advance("1s")
    sim.restart()
    sim.advance("1s")
    sim.restart("30m")
    sim.advance("20h")

    assert shops.times(sim) == ["02 10:00"]


def test_kill_between_the_firing_and_its_decision_loses_nothing(shops, monkeypatch):
    # Given a process that dies after the commit in which a schedule fired, Then the next one decides it, once.
    sim = shops.open(w=DAILY)
    kernel = sim.runtime.kernel
    with monkeypatch.context() as patch:
        patch.setattr(type(kernel), "_work_off", lambda _: None)
        sim.runtime._micros += 3_600_000_000
        kernel.some([])
    before = len(sim.runs)

    for _ in range(2):
        sim.restart()

    assert (before, shops.times(sim)) == (0, ["02 10:00"])


# --- pauses ---


def test_pause_holds_and_resume_catches_up_after_the_settle_time(shops):
    sim = shops.open(w=DAILY)

    sim.runtime.pause("w")
    sim.advance("4h")
    before = len(sim.runs)
    sim.runtime.resume("w")
    sim.advance("10m")

    assert (before, shops.times(sim)) == (0, ["02 13:02"])


def test_workflow_that_is_deployed_while_all_is_paused_holds_as_well(shops):
    sim = shops.open(other="trigger: {manual: true}")

    sim.runtime.pause()
    shops.edit(sim, w=DAILY)
    sim.advance("4h")
    before = len(sim.runs)
    sim.runtime.resume()
    sim.advance("10m")

    assert (before, len(sim.runs)) == (0, 1)


# --- edits ---


def test_edit_elsewhere_keeps_what_is_due(shops):
    # Given `every: 2d` from the first day, When its file changes otherwise, Then it goes on counting from there.
    sim = shops.open(w="trigger: {every: 2d}")
    sim.advance("24h")

    shops.edit(sim, w="description: changed\ntrigger: {every: 2d}")
    sim.advance("24h")

    assert shops.times(sim) == ["04 00:00"]


def test_edited_line_begins_anew(shops):
    sim = shops.open(w="trigger: {every: 2d}")
    sim.advance("24h")

    shops.edit(sim, w="trigger: {every: 3d}")
    sim.advance("72h")

    assert shops.times(sim) == ["06 00:00"]


def test_moments_missed_while_a_file_was_edited_are_caught_up(shops):
    sim = shops.open(w=DAILY)
    project = shops.load(w="description: changed\n" + DAILY)

    sim.runtime._project = project
    sim.restart("2h")
    sim.advance("10m")

    assert len(sim.actions) == 1


@pytest.mark.parametrize("after", [{}, {"w": "enabled: false\n" + DAILY}, {"w": "trigger: {event: thing.happened}"}])
def test_schedule_that_is_taken_away_fires_no_more_and_begins_anew(shops, after):
    sim = shops.open(w=DAILY)

    shops.edit(sim, **after)
    sim.advance("2h")
    shops.edit(sim, w=DAILY)
    sim.advance("24h")

    assert shops.times(sim) == ["03 10:00"]


def test_zone_of_the_workflow_that_changes_moves_the_next_moment(shops):
    sim = shops.open(w=DAILY)

    shops.edit(sim, w="timezone: Asia/Kolkata\n" + DAILY)
    sim.advance("24h")

    assert shops.times(sim) == ["03 04:30"]


# --- faults of files ---


@pytest.mark.parametrize(
    ("trigger", "code", "message"),
    [
        ('schedule: "0 9 * *"', "EF126", "`schedule`: a schedule has five fields"),
        ('schedule: "0 9 30 2 *"', "EF126", "never comes"),
        ('schedule: "0 9 * * *", timezone: Europe/Berlyn', "EF126", "no time zone is called `Europe/Berlyn`"),
        ('schedule: "0 9 * * *", every: 3d', "EF126", "exactly one of `schedule`, `every`, `at`"),
        ('schedule: "0 9 * * *", starting: "2026-01-01"', "EF126", "`starting`: it goes with `every`"),
        ("every: soon", "EF123", "is no duration"),
        ("every: 5", "EF110", "expected a text"),
        ("every: 3d, starting: tomorrow", "EF126", "`starting`: `tomorrow` is no moment"),
        ('at: "10:00"', "EF126", "`at`: `10:00` is no moment"),
        ('schedule: "0 9 * * *", catch_up: last', "EF110", "`last` is none of latest, all, none"),
        ('schedule: "0 9 * * *", catchup: all', "EF113", "unknown key `catchup`"),
        ('shedule: "0 9 * * *"', "EF114", "needs a key that says its kind"),
    ],
)
def test_faulty_schedule_is_told_where_it_stands(shops, trigger, code, message):
    project = shops.load(w=f"trigger: {{{trigger}}}")

    [fault] = [each for each in project.diagnostics if each.severity == "error"]
    assert (fault.code, fault.line, message in fault.message) == (code, 2, True), fault.message
