"""Values that cross a line and fields that change: what is remembered, and what an event says was there before (R:T2, T3, E4)."""

import pytest

LOW = "trigger: {event: stock.changed, value: stock.left, below: 10%s}\nsubject: stock.sku\n"
SAYS = 'actions:\n  - {action: log.write, with: {message: "%s"}}\n'
CROSSED = SAYS % "{{ trigger.previous }} to {{ stock.left }}"
BOTH = "trigger:\n" + "".join(f"  - {{id: {name}, event: stock.changed, value: stock.left, below: {line}}}\n" for name, line in (("low", 10), ("out", 1)))
BOTH += "subject: stock.sku\n" + SAYS % "{{ trigger.id }}"
STATUS = "trigger: {event: thing.changed, changed: thing.status%s}\nsubject: thing.id\n"
MOVED = SAYS % "{{ trigger.from | default('?') }} to {{ trigger.to | default('?') }}"


def stock(sim, left, sku="a", previous=None, **more):
    before = {} if previous is None else {"previous": {"stock": {"left": previous}}}
    return sim.emit("stock.changed", {"stock": {"sku": sku, "left": left}, **before}, **more)


def thing(sim, previous=(), time=None, **fields):
    before = {"previous": {"thing": dict(previous)}} if previous != () else {}
    return sim.emit("thing.changed", {"thing": {"id": "a", **fields}, **before}, time=time)


def told(sim, receipt):
    return [(str(each.outcome), each.reason, each.disagrees) for each in sim.why(receipt.event_id)]


# --- threshold ---


@pytest.mark.parametrize(
    ("line", "values", "fires"),
    [
        ("", [12, 10, 9, 10, 9], ["10 to 9", "10 to 9"]),  # at the line it is back, not beyond it
        (", rearm_at: 20", [25, 9, 15, 9, 20, 9], ["25 to 9", "20 to 9"]),
        (", rearm_at: 20", [25, 9, 19, 8, 19, 7], ["25 to 9"]),
        (", rearm_at: 20", [15, 9], ["15 to 9"]),  # nothing has fired yet: between the two marks it waits to fire
        ("", [9, 8, 10, 9], ["10 to 9"]),
        (", rearm_at: stock.enough", [25, 9, 15, 8], ["25 to 9", "15 to 8"]),  # the mark may follow from the event
    ],
)
def test_value_fires_once_until_it_is_back_at_its_mark(shops, line, values, fires):
    # Given a line and a mark of return, with the process killed between the events
    text = (LOW % line + CROSSED)
    sim = shops.open(w=text)

    for value in values:
        sim.emit("stock.changed", {"stock": {"sku": "a", "left": value, "enough": 12}})
        sim.restart()

    assert shops.texts(sim) == fires


def test_value_that_rises_is_back_at_or_below_its_mark(shops):
    sim = shops.open(w=LOW.replace("below: 10%s", "above: 100, rearm_at: 80") + CROSSED)

    for value in [90, 101, 81, 102, 80, 101, 70.5, 100.01]:
        stock(sim, value)

    assert shops.texts(sim) == ["90 to 101", "80 to 101", "70.5 to 100.01"]


def test_value_before_that_the_event_carries_wins_over_the_remembered_one(shops):
    # Given a first event that says where the value came from, Then it fires; one that says it was below already does not.
    sim = shops.open(w=LOW % "" + CROSSED)

    stock(sim, 5, previous=12)
    stock(sim, 20)
    below_before = stock(sim, 5, previous=8)
    stock(sim, 4, "b", previous=3)

    assert shops.texts(sim) == ["12 to 5"]
    assert told(sim, below_before) == [("not_matched", "threshold: it has crossed no line", "")]


def test_value_before_between_the_marks_leaves_what_has_fired_fired(shops):
    sim = shops.open(w=LOW % ", rearm_at: 20" + CROSSED)

    stock(sim, 25)
    stock(sim, 9)
    stock(sim, 8, previous=15)
    stock(sim, 7, previous=20)

    assert shops.texts(sim) == ["25 to 9", "20 to 7"]


@pytest.mark.parametrize("value", [None, "9", True, [9], {"n": 9}])
def test_value_that_is_no_number_changes_nothing_and_is_unknown(shops, value):
    sim = shops.open(w=LOW % "" + CROSSED)
    stock(sim, 12)

    unknown = stock(sim, value)
    stock(sim, 9)

    assert told(sim, unknown) == [("unknown", "threshold: stock.left or its line is no number", "")]
    assert shops.texts(sim) == ["12 to 9"]


def test_stale_value_is_told_so_and_staleness_is_each_triggers_own(shops):
    sim = shops.open(w=BOTH)

    stock(sim, 12, time="2026-03-02T09:00:00Z")
    stale = stock(sim, 0, time="2026-03-02T08:59:59Z")
    stock(sim, 12, "b", time="2026-03-01T09:00:00Z")  # another subject has a time of its own
    same = stock(sim, 5, time="2026-03-02T09:00:00Z")

    assert [outcome for outcome, _, _ in told(sim, stale)] == ["stale"]
    assert ([str(each.outcome) for each in same.decisions], shops.texts(sim)) == (["started"], ["low"])


def test_unknown_value_makes_no_later_event_stale(shops):
    sim = shops.open(w=LOW % "" + CROSSED)
    stock(sim, 12, time="2026-03-02T08:00:00Z")

    stock(sim, None, time="2026-03-02T09:00:00Z")
    stock(sim, 9, time="2026-03-02T08:30:00Z")

    assert shops.texts(sim) == ["12 to 9"]


def test_two_triggers_of_one_workflow_remember_though_one_of_them_took_the_event(shops):
    sim = shops.open(w=BOTH)

    for value in [12, 0, 5, 0]:
        stock(sim, value)

    assert shops.texts(sim) == ["low", "out"]


# --- changed ---


@pytest.mark.parametrize(
    ("settings", "values", "fires"),
    [
        ("", ["new", "paid", "paid", None, None, "new"], ["new to paid", "paid to ", " to new"]),
        (", from: null", [None, "new", None, "new"], [" to new", " to new"]),
        (", to: null", ["new", None, "paid", None], ["new to ", "paid to "]),
        (", from: new, to: paid", ["new", "sent", "paid", "new", "paid"], ["new to paid"]),
        (", to: false", [True, False, 0, False], ["true to false", "0 to false"]),  # 0 is no false
        ("", [1, 1.0, 2], ["1.0 to 2"]),
    ],
)
def test_field_fires_where_it_differs_from_the_last_value(shops, settings, values, fires):
    sim = shops.open(w=STATUS % settings + SAYS % "{{ trigger.from }} to {{ trigger.to }}")

    for value in values:
        thing(sim, status=value)
        sim.restart()

    assert shops.texts(sim) == fires


def test_first_sight_fires_where_the_event_says_what_was_there(shops):
    sim = shops.open(w=STATUS % "" + SAYS % "{{ trigger.from }} to {{ trigger.to }}")

    first = thing(sim, previous={"status": "new"}, status="paid")
    thing(sim, previous={"status": "sent"}, status="paid")  # what the event says wins over what is remembered
    thing(sim, previous={"status": "paid"}, status="paid")
    thing(sim, previous={"other": 1}, status="sent")  # it says nothing of this field: the remembered one counts

    assert [str(each.outcome) for each in first.decisions] == ["started"]
    assert shops.texts(sim) == ["new to paid", "sent to paid", "paid to sent"]


def test_first_sight_missing_field_and_same_value_are_told_apart(shops):
    sim = shops.open(w=STATUS % "" + MOVED)

    reasons = [told(sim, each)[0] for each in (thing(sim, status="new"), thing(sim), thing(sim, status="new"), thing(sim, status="paid"))]

    assert [each[:2] for each in reasons[:3]] == [
        ("not_matched", "changed: thing.status is seen for the first time"),
        ("unknown", "changed: thing.status is missing"),
        ("not_matched", "changed: thing.status is what it was"),
    ]
    assert shops.texts(sim) == ["new to paid"]


def test_stale_event_does_not_become_what_was_there(shops):
    sim = shops.open(w=STATUS % "" + MOVED)

    thing(sim, status="paid", time="2026-03-02T09:00:00Z")
    stale = thing(sim, status="new", time="2026-03-02T08:00:00Z")
    thing(sim, status="sent", time="2026-03-02T09:00:01Z")

    assert (told(sim, stale)[0][0], shops.texts(sim)) == ("stale", ["paid to sent"])


# --- edits, pauses (V5, V6) ---


@pytest.mark.parametrize(
    ("edit", "fires"),
    [
        (("name:", "name:"), True),
        (("below: 10", "below: 11"), True),
        (("value: stock.left", "value: stock.left + 0"), False),
        (("stock.changed", "[stock.changed, stock.moved]"), False),
        (("{event", "{id: low, event"), False),  # a state is its id's, or its place's
        (("subject: stock.sku", "subject: stock.place"), False),
    ],
)
def test_edit_keeps_the_mark_where_event_value_and_key_are_the_same(shops, edit, fires):
    sim = shops.open(w=LOW % "" + CROSSED)
    emit = lambda left: sim.emit("stock.changed", {"stock": {"sku": "a", "place": "p", "left": left}})
    emit(12)

    shops.edit(sim, w="description: edited\n" + (LOW % "" + CROSSED).replace(*edit))
    sim.restart()
    emit(9)

    assert len(sim.runs) == fires


def test_workflow_that_was_disabled_begins_anew(shops):
    sim = shops.open(w=LOW % "" + CROSSED)
    stock(sim, 12)

    shops.edit(sim, w="enabled: false\n" + LOW % "" + CROSSED)
    off = stock(sim, 9)
    shops.edit(sim, w=LOW % "" + CROSSED)
    stock(sim, 8)

    assert (off.decisions, len(sim.runs)) == ([], 0)


def test_events_of_a_pause_are_compared_in_their_order_at_resume(shops):
    sim = shops.open(w=LOW % "" + CROSSED)
    stock(sim, 12)

    sim.runtime.pause("w")
    for value in (9, 12, 8):
        stock(sim, value)
    sim.restart()
    sim.runtime.resume("w")
    sim.advance("5m")

    assert shops.texts(sim) == ["12 to 9", "12 to 8"]


# --- wrong settings ---


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ("event: a.b, value: x.y", "EF126", "exactly one of `below`, `above`"),
        ("event: a.b, value: x.y, below: 1, above: 3", "EF126", "exactly one of `below`, `above`"),
        ("event: a.b, below: 1", "EF114", "needs `value`"),
        ("event: a.b, value: 'x.', below: 1", "EF201", ""),
        ("event: a.b, value: x.y, below: 1, rearm: 3", "EF113", "unknown key `rearm`"),
        ("value: x.y, below: 1", "EF114", "needs `event`"),
        ("event: a.b, changed: x.y, from: [1]", "EF110", "`from`"),
        ("event: a.b, changed: x.y, holds_for: soon", "EF123", "is no duration"),
    ],
)
def test_wrong_settings_are_told_where_they_stand(shops, given, code, message):
    project = shops.load(w=f"trigger: {{{given}}}")

    fault = next(each for each in project.diagnostics if each.severity == "error")
    assert (fault.code, fault.line, message in fault.message) == (code, 2, True), fault.message
