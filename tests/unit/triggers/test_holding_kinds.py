"""Kinds that hold events back: absence, count, batch, date (R:T4, T5, T6), over kills, pauses and edits (V5, V6)."""

from decimal import Decimal

import pytest

SAYS = 'actions:\n  - {action: log.write, with: {message: "%s"}}\n'
LAST = SAYS % "{{ sale.n | default('?') }}"
QUIET = "trigger: {event: sale.made, without: sale.made, match: {sale.customer: sale.customer}, within: 60d%s}\n"
OPENED = "trigger: {event: thing.opened, without: thing.closed, match: {thing.id: thing.id}, within: 1h%s}\n"
COUNT = "trigger: {event: thing.happened, at_least: %s, within: %s%s}\n"
BATCH = "trigger: {event: thing.happened, collect_for: 10m%s}\n"
ALL = SAYS % "{{ events | map(attribute='data.thing.n') | join(' ') }}"
DATE = "trigger: {event: thing.changed, date: thing.due%s}\nsubject: thing.id\n"
DUE = SAYS % "{{ thing.due }}"


def sale(sim, n, customer="c", **more):
    return sim.emit("sale.made", {"sale": {"n": n, "customer": customer}}, **more)


def thing(sim, type="thing.happened", id="a", time=None, **fields):
    return sim.emit(type, {"thing": {"id": id, **fields}}, time=time)


def outcomes(sim, receipt):
    return [str(each.outcome) for each in sim.why(receipt.event_id)]


# --- absence ---


def test_no_order_for_sixty_days_counts_from_the_last_one(shops):
    # Given a type that is both what begins and what ends the wait, Then each order begins it anew, for its customer.
    sim = shops.open(w=QUIET % "" + LAST)

    for n in (1, 2, 3):
        sale(sim, n)
        sim.advance("480h")
        sim.restart()
    sale(sim, 4, "d")
    sim.advance("2000h")

    assert (shops.texts(sim), shops.times(sim)) == (["3", "4"], ["10 09:00", "30 09:00"])


@pytest.mark.parametrize("times", [("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"), ("2026-03-02T09:00:00Z", "2026-03-02T08:59:00Z")])
def test_two_orders_of_one_moment_or_in_the_wrong_order_are_one_wait_and_not_none(shops, times):
    sim = shops.open(w=QUIET % "" + LAST)

    for n, time in enumerate(times):
        sale(sim, n, time=time)
    sim.advance("1500h")

    assert shops.texts(sim) == ["1"]


def test_order_that_fails_the_conditions_still_ends_the_wait(shops):
    sim = shops.open(w=QUIET % "" + "conditions:\n  - sale.n != 2\n" + LAST)

    sale(sim, 1)
    sim.advance("24h")
    sale(sim, 2)
    sim.advance("3000h")

    assert sim.runs == []


@pytest.mark.parametrize(
    ("closed", "closed_time", "opened_time", "runs"),
    [
        ("1m", "2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z", 0),  # of the same moment: the wrong way round
        ("1m", "2026-03-02T08:59:59Z", "2026-03-02T09:00:00Z", 1),  # it happened before: it closed something else
        ("15m", "2026-03-02T09:00:00Z", "2026-03-02T08:50:00Z", 0),
        ("901s", "2026-03-02T09:00:00Z", "2026-03-02T08:50:00Z", 1),
    ],
)
def test_other_event_shortly_before_counts_by_its_time(shops, closed, closed_time, opened_time, runs):
    sim = shops.open(w=OPENED % "")

    thing(sim, "thing.closed", time=closed_time)
    sim.advance(closed)
    sim.restart()
    thing(sim, "thing.opened", time=opened_time)
    sim.advance("3h")

    assert len(sim.runs) == runs


@pytest.mark.parametrize(
    ("time", "fires"),
    [("2026-03-02T08:30:00Z", "02 09:30"), ("2026-03-02T09:30:00Z", "02 10:00"), ("2026-02-01T00:00:00Z", "02 09:00"), ("2026-03-02T07:00:00Z", "02 09:00")],
)
def test_wait_begins_at_the_time_of_the_event_at_most_a_day_back(shops, time, fires):
    sim = shops.open(w=OPENED % "")

    thing(sim, "thing.opened", time=time)
    sim.advance("3h")

    assert shops.times(sim) == [fires]


def test_beginning_more_than_a_day_back_counts_from_a_day_back(shops):
    sim = shops.open(w=OPENED.replace("1h", "30h") % "")

    thing(sim, "thing.opened", time="2026-02-27T00:00:00Z")
    sim.advance("12h")

    assert shops.times(sim) == ["02 15:00"]


def test_repeat_begins_the_wait_anew_with_its_own_data(shops):
    sim = shops.open(w=OPENED % "" + SAYS % "{{ thing.n }}")

    first = thing(sim, "thing.opened", n=1)
    sim.advance("50m")
    again = thing(sim, "thing.opened", n=2)
    sim.advance("3h")

    assert (shops.texts(sim), shops.times(sim)) == (["2"], ["02 10:50"])
    assert (outcomes(sim, first), outcomes(sim, again)) == (["held"], ["merged", "started"])


def test_at_the_same_instant_the_wait_is_over_first(shops):
    sim = shops.open(w=OPENED % "")

    thing(sim, "thing.opened")
    sim.advance("1h")
    thing(sim, "thing.closed")

    assert len(sim.runs) == 1


def test_what_came_in_a_long_stop_still_ends_the_wait(shops):
    # Given a stop over the moment, Then it waits for the settle time, in which what was missed may come.
    sim = shops.open(w=OPENED % "" + SAYS % "{{ thing.id }}")
    thing(sim, "thing.opened")
    thing(sim, "thing.opened", "b")

    sim.restart("2h")
    sim.advance("1m")
    thing(sim, "thing.closed")
    sim.advance("10m")

    assert (shops.texts(sim), shops.times(sim)) == (["b"], ["02 11:02"])


def test_absence_in_a_pause_holds_and_settles(shops):
    sim = shops.open(w=OPENED % "" + SAYS % "{{ thing.id }}")
    for id in "ab":
        thing(sim, "thing.opened", id)

    sim.runtime.pause("w")
    sim.advance("2h")
    thing(sim, "thing.closed")
    sim.restart()
    sim.advance("1h")
    before = len(sim.runs)
    sim.runtime.resume("w")
    sim.advance("10m")

    assert (before, shops.texts(sim), shops.times(sim)) == (0, ["b"], ["02 12:02"])


# --- count ---


@pytest.mark.parametrize(
    ("within", "start", "spans", "fires"),
    [
        ("1h", "2026-03-02T09:00:00Z", ["1h"], 0),  # exactly `within` old: it has left
        ("1h", "2026-03-02T09:00:00Z", ["3599s"], 1),
        ("day", "2026-10-24T22:00:00Z", ["24h"], 1),  # a day of 25 hours in Berlin
        ("day", "2026-10-24T22:00:00Z", ["25h"], 0),
        ("day", "2026-03-28T23:00:00Z", ["22h"], 1),  # and one of 23
        ("day", "2026-03-28T23:00:00Z", ["23h"], 0),
        ("week", "2026-10-18T22:00:00Z", ["168h"], 1),  # Monday to Monday, an hour longer
        ("week", "2026-10-18T22:00:00Z", ["169h"], 0),
        ("week", "2026-03-08T22:59:59Z", ["1s"], 0),
        ("month", "2026-03-01T00:00:00Z", ["741h"], 1),  # March ends an hour early
        ("month", "2026-03-01T00:00:00Z", ["742h"], 0),
        ("month", "2026-01-31T22:59:00Z", ["2m"], 0),
        ("1d", "2026-10-24T12:00:00Z", ["24h"], 1),  # the same time of day has not come yet
        ("1d", "2026-10-24T12:00:00Z", ["25h"], 0),
    ],
)
def test_window_has_what_came_within_it(shops, within, start, spans, fires):
    sim = shops.open(w="timezone: Europe/Berlin\n" + COUNT % (2, within, ""), start=start)

    thing(sim)
    for span in spans:
        sim.advance(span)
        sim.restart()
        thing(sim)

    assert len(sim.runs) == fires


def test_sum_adds_decimals_exactly_and_takes_away(shops):
    sim = shops.open(w=COUNT % ("0.3", "1h", ", sum: thing.n") + ALL)

    for n in ("0.1", "0.2", "-0.2", "0.1", "0.1"):
        thing(sim, n=Decimal(n))
        sim.restart()

    assert shops.texts(sim) == ["0.1 0.2", "0.1 0.2 -0.2 0.1 0.1"]


@pytest.mark.parametrize(
    ("settings", "fields", "reason"),
    [
        (", key: thing.who", {}, "thing.who: count needs it, and it is missing or no key"),
        (", key: thing.who", {"who": None}, "thing.who: count needs it, and it is missing or no key"),
        (", key: thing.who", {"who": ["x"]}, "thing.who: count needs it, and it is missing or no key"),
        (", sum: thing.n", {}, "count: thing.n is no number"),
        (", sum: thing.n", {"n": "7"}, "count: thing.n is no number"),
        (", sum: thing.n", {"n": True}, "count: thing.n is no number"),
    ],
)
def test_key_or_amount_that_is_missing_is_unknown_and_does_not_count(shops, settings, fields, reason):
    sim = shops.open(w=COUNT % (2, "1h", settings))
    thing(sim, who="x", n=1)

    receipt = thing(sim, **fields)

    assert [(str(each.outcome), each.reason, each.disagrees) for each in sim.why(receipt.event_id)] == [("unknown", reason, "")]
    thing(sim, who="x", n=1)
    assert len(sim.runs) == 1


def test_keys_have_windows_of_their_own_and_1_is_the_text(shops):
    sim = shops.open(w=COUNT % (2, "1h", ", key: thing.who") + SAYS % "{{ thing.who }}")

    for who in (1, "b", "1", 1.0, "b"):
        thing(sim, who=who)

    assert shops.texts(sim) == ["1", "b"]


def test_events_of_a_window_are_envelopes_the_oldest_first(shops):
    sim = shops.open(w=COUNT % (3, "1h", "") + SAYS % "{{ events | map(attribute='id') | join(' ') }} {{ events[0].data.thing.n }} {{ events[2].type }} {{ thing.n }}")

    ids = [thing(sim, n=n).event_id for n in (1, 2, 3)]

    assert shops.texts(sim) == [f"{' '.join(ids)} 1 thing.happened 3"]


def test_events_of_a_window_that_was_full_are_merged_until_it_has_fewer(shops):
    sim = shops.open(w=COUNT % (2, "1h", "") + ALL)

    receipts = []
    for n in range(4):
        receipts.append(thing(sim, n=n))
        sim.advance("25m")

    assert [outcomes(sim, each) for each in receipts] == [["held"], ["started"], ["merged"], ["merged"]]
    sim.advance("2h")
    for n in (8, 9):
        thing(sim, n=n)
    assert shops.texts(sim) == ["0 1", "8 9"]


def test_pause_keeps_events_and_they_count_from_the_resume(shops):
    sim = shops.open(w=COUNT % (2, "1h", "") + ALL)
    thing(sim, n=1)

    sim.runtime.pause("w")
    sim.advance("2h")
    for n in (2, 3):
        thing(sim, n=n)
        sim.advance("2h")
    sim.runtime.resume("w")
    sim.advance("5m")

    assert shops.texts(sim) == ["2 3"]


# --- batch ---


def test_batch_is_over_by_time_or_number_whatever_comes_between(shops):
    sim = shops.open(w=BATCH % ", up_to: 3, key: thing.id" + ALL)

    for n, id in enumerate("aabaab"):
        thing(sim, id=id, n=n)
        sim.advance("2m")
        sim.restart()
    sim.advance("1h")

    assert (shops.texts(sim), shops.times(sim)) == (["0 1 3", "2 5", "4"], ["02 09:06", "02 09:14", "02 09:18"])


def test_batch_of_one_starts_at_once(shops):
    sim = shops.open(w=BATCH % ", up_to: 1" + ALL)

    assert [str(each.outcome) for each in thing(sim, n=1).decisions] == ["started"]


def test_batch_has_a_thousand_events_at_most(shops):
    sim = shops.open(w=BATCH % "" + SAYS % "{{ events | length }}")

    for n in range(1001):
        thing(sim, n=n)
    at_once = shops.texts(sim)
    sim.advance("10m")

    assert (at_once, shops.texts(sim)) == (["1000"], ["1000", "1"])


def test_merged_events_tell_both_of_their_decisions(shops):
    sim = shops.open(w=BATCH % "")

    receipts = [thing(sim, n=n) for n in (1, 2, 3)]
    sim.advance("10m")

    told = [[(str(each.outcome), each.reason, each.disagrees) for each in sim.why(receipt.event_id)] for receipt in receipts]
    assert told == [[("held", "batch", "")], [("merged", "batch", "")], [("merged", "batch", ""), ("started", "", "")]]


# --- date ---


@pytest.mark.parametrize(
    ("dates", "fires"),
    [
        (["2026-03-05T12:00:00Z", None], []),
        (["2026-03-05T12:00:00Z", None, "2026-03-05T12:00:00Z"], ["05 12:00"]),
        (["2026-03-05T12:00:00Z", "2026-03-05T13:00:00+01:00"], ["05 12:00"]),  # the same date, written otherwise
        (["2026-03-05T12:00:00Z", "2026-03-01T12:00:00Z"], []),  # moved into the past
        (["2026-03-05T12:00:00Z", "soon"], ["05 12:00"]),
        (["2026-03-05T12:00:00Z", 7], ["05 12:00"]),
        (["2026-03-05T12:00:00Z", "2026-03-04T12:00:00Z", "2026-03-06T12:00:00Z"], ["06 12:00"]),
    ],
)
def test_newer_event_moves_cancels_or_leaves_the_date(shops, dates, fires):
    sim = shops.open(w=DATE % "")

    for due in dates:
        thing(sim, "thing.changed", due=due)
        sim.restart()
    thing(sim, "thing.changed")  # missing changes nothing
    sim.advance("200h")

    assert shops.times(sim) == fires


def test_date_that_has_fired_does_not_fire_again_until_it_moves(shops):
    sim = shops.open(w=DATE % "")

    for due in ("2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T15:00:00Z"):
        thing(sim, "thing.changed", due=due)
        sim.advance("2h")
        sim.restart()
    sim.advance("24h")

    assert shops.times(sim) == ["02 10:00", "02 15:00"]


@pytest.mark.parametrize(
    ("settings", "due", "fires"),
    [
        ("", "2026-03-04", "03 23:00"),
        (", at: '09:30'", "2026-03-04", "04 08:30"),
        (", at: '09:30'", "2026-03-04T23:30:00Z", "05 08:30"),  # in Berlin that is the fifth
        (", offset: -1d, at: '09:30'", "2026-03-04", "03 08:30"),
        (", offset: 1 months", "2026-02-28", "27 23:00"),
        (", offset: 1 months", "2026-01-31T12:00:00+01:00", None),  # the last day of February is over
        (", offset: 30d, at: '02:30'", "2026-02-27", "29 01:00"),  # a time of day that does not exist that day
        (", offset: 90m", "2026-03-02T11:00:00", "02 11:30"),
    ],
)
def test_date_offset_and_time_of_day_give_a_moment_of_the_zone(shops, settings, due, fires):
    sim = shops.open(w="timezone: Europe/Berlin\n" + DATE % settings)

    thing(sim, "thing.changed", due=due)
    sim.advance("1000h")

    assert shops.times(sim) == [fires] * (fires is not None)


@pytest.mark.parametrize(("late", "fires"), [("", []), (", late: fire", ["02 09:00"])])
def test_date_in_the_past_fires_only_where_that_is_wanted_and_once(shops, late, fires):
    sim = shops.open(w=DATE % late)

    for _ in range(2):
        thing(sim, "thing.changed", due="2026-03-01T12:00:00Z")
        sim.advance("1h")
        sim.restart()

    assert shops.times(sim) == fires


@pytest.mark.parametrize(("paid", "fires"), [(True, []), (None, ["05 12:00"])])
def test_conditions_that_turn_false_drop_the_date_and_unknown_ones_keep_it(shops, paid, fires):
    sim = shops.open(w=DATE % "" + "conditions:\n  - thing.paid == false\n")

    thing(sim, "thing.changed", due="2026-03-05T12:00:00Z", paid=False)
    later = {} if paid is None else {"paid": paid}
    thing(sim, "thing.changed", due="2026-03-06T12:00:00Z", **later)
    sim.advance("200h")

    assert shops.times(sim) == fires


def test_stale_event_neither_drops_nor_moves_the_date(shops):
    sim = shops.open(w=DATE % "")

    thing(sim, "thing.changed", due="2026-03-05T12:00:00Z", time="2026-03-02T09:00:00Z")
    stale = thing(sim, "thing.changed", due=None, time="2026-03-02T08:00:00Z")
    sim.advance("200h")

    assert (outcomes(sim, stale), shops.times(sim)) == (["stale"], ["05 12:00"])


# --- edits ---


@pytest.mark.parametrize(
    ("kind", "emits", "edit", "runs"),
    [
        (OPENED % "", "thing.opened", ("", ""), 1),
        (OPENED % "", "thing.opened", ("within: 1h", "within: 2h"), 1),
        (OPENED % "", "thing.opened", ("without: thing.closed", "without: thing.done"), 0),
        (OPENED % "", "thing.opened", ("{thing.id: thing.id}", "{thing.id: thing.n}"), 0),
        (OPENED % "", "thing.opened", ("thing.opened,", "thing.open,"), 0),
        (BATCH % "", "thing.happened", ("", ""), 1),
        (BATCH % "", "thing.happened", ("collect_for: 10m", "collect_for: 5m"), 1),
        (BATCH % "", "thing.happened", ("collect_for: 10m", "collect_for: 10m, key: thing.id"), 0),
        (BATCH % "", "thing.happened", ("collect_for: 10m", "at_least: 5, within: 10m"), 0),
        (BATCH % "", "thing.happened", ("event: thing.happened, collect_for: 10m", "manual: true"), 0),
        (DATE % "", "thing.changed", ("", ""), 1),
        (DATE % "", "thing.changed", ("date: thing.due", "date: thing.other"), 0),
        (DATE % "", "thing.changed", ("subject: thing.id", "subject: thing.n"), 0),
    ],
)
def test_what_is_held_fires_into_the_current_version_or_is_let_go(shops, kind, emits, edit, runs):
    # Given an event that is held, When the file is edited, Then the version of the moment starts, or nothing.
    sim = shops.open(w=kind + SAYS % "old")
    receipt = thing(sim, emits, due="2026-03-02T10:00:00Z", n=1)

    shops.edit(sim, w=kind.replace(*edit) + SAYS % "new")
    sim.restart()
    sim.advance("3h")

    assert shops.texts(sim) == ["new"] * runs
    assert outcomes(sim, receipt) == ["held", "started"][: 1 + runs]
    assert list(sim.runtime._store.db.execute("select 1 from kept_event")) == []


@pytest.mark.parametrize("off", [{}, {"w": "enabled: false\n" + BATCH % ""}])
def test_workflow_that_is_taken_away_lets_go_what_it_holds(shops, off):
    sim = shops.open(w=BATCH % "" + ALL)
    thing(sim, n=1)

    shops.edit(sim, **off)
    sim.advance("1h")
    shops.edit(sim, w=BATCH % "" + ALL)
    thing(sim, n=2)
    sim.advance("1h")

    assert shops.texts(sim) == ["2"]


def test_clock_that_a_burst_stops_at_the_moment_at_which_it_would_fire_does_not_fire(shops):
    # Given a clock that runs, and a burst whose last event stops it,
    text = "trigger: {event: thing.happened, holds_for: 1h}\nsubject: thing.id\ndebounce: 5m\nconditions:\n  - thing.n > 1\n"
    sim = shops.open(w=text + SAYS % "{{ thing.n }}")
    thing(sim, n=2, id="a")
    sim.advance("10m")
    thing(sim, n=1, id="a")

    # When both moments fall into a stop, so that they are served together,
    sim.restart("3h")
    sim.advance("1h")

    # Then the burst is heard first, and there is neither a run nor an error.
    assert (shops.texts(sim), shops.outcomes(sim)) == ([], ["held", "held", "held"])


# --- several triggers ---


def test_two_triggers_that_hold_one_event_each_fire_on_their_own(shops):
    text = "trigger:\n  - {id: burst, event: thing.happened, collect_for: 10m}\n  - {id: many, event: thing.happened, at_least: 2, within: 1h}\n"
    sim = shops.open(w=text + SAYS % "{{ trigger.id }} {{ events | length }}")

    for n in (1, 2):
        thing(sim, n=n)
        sim.restart()
    sim.advance("1h")

    assert shops.texts(sim) == ["many 2", "burst 2"]


def test_burst_that_is_full_fires_though_another_trigger_took_its_last_event(shops):
    text = "trigger:\n  - {id: each, event: thing.happened}\n  - {id: burst, event: thing.happened, collect_for: 10m, up_to: 2}\n"
    sim = shops.open(w=text + SAYS % "{{ trigger.id }} {{ events | length }}")

    for n in (1, 2, 3):
        thing(sim, n=n)
    sim.advance("1h")

    assert shops.texts(sim) == ["each 1", "each 1", "burst 2", "each 1", "burst 1"]


# --- wrong settings ---


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ("event: a.b, without: c.d", "EF114", "needs `within`"),
        ("event: a.b, without: a.d, within: 1h, lookback: soon", "EF123", "is no duration"),
        ("event: a.b, without: c.d, within: 1h, match: {c.x: b.}", "EF201", ""),
        ("event: a.b, at_least: 0, within: 1h", "EF126", "`at_least`: it is above 0"),
        ("event: a.b, at_least: 2.5, within: 1h", "EF126", "`at_least`: a number of events"),
        ("event: a.b, at_least: 10001, within: 1h", "EF126", "`at_least`: a number of events, at most 10000"),
        ("event: a.b, at_least: 2, within: year", "EF126", "write a duration such as `7d`, or `day`, `week` or `month`"),
        ("event: a.b, at_least: 2", "EF114", "needs `within`"),
        ("event: a.b, collect_for: 10m, up_to: 0", "EF126", "`up_to`: 1 to 1000"),
        ("event: a.b, collect_for: 10m, up_to: 1001", "EF126", "`up_to`: 1 to 1000"),
        ("event: a.b, date: a.b, offset: soon", "EF126", "`offset`: "),
        ("event: a.b, date: a.b, at: noon", "EF126", "write it in quotes, such as '09:00'"),
        ("event: a.b, date: a.b, late: drop", "EF110", "`drop` is none of fire"),
    ],
)
def test_wrong_settings_are_told_where_they_stand(shops, given, code, message):
    project = shops.load(w=f"trigger: {{{given}}}")

    fault = next(each for each in project.diagnostics if each.severity == "error")
    assert (fault.code, fault.line, message in fault.message) == (code, 2, True), fault.message
