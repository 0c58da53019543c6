"""Kinds of triggers that a third party brings: one that hears events and remembers, one that goes by the clock."""

from datetime import timedelta
from decimal import Decimal

import pytest
from jsonschema import Draft7Validator

from ecomflow import (
    DurationText,
    EventTypes,
    Expression,
    Firing,
    Reaction,
    Watch,
    add_duration,
    parse_duration,
    trigger,
)
from ecomflow.language import workflow_schema
from ecomflow.registry import Registry

SAYS = 'actions:\n  - {action: log.write, with: {message: "%s"}}\n'
CARD = "trigger: {event: card.used, balance: card.balance, falls_below: 10}\n"


class FallsBelow(Watch):
    """Fires when a gift card's balance goes below a line, once until it has been above."""

    def __init__(self, types, balance, line):
        self.types, self._balance, self._line = types, balance, line
        self.identity = [types, balance.source]

    def key(self, happening):
        return happening.subject

    def react(self, state, happening):
        value = self._balance.value(happening.scope) if happening.event else None
        if not isinstance(value, (int, Decimal)):
            return Reaction(state, reason="the balance is unknown")
        before = (state or {}).get("balance")
        crossed = before is not None and before >= self._line > value
        return Reaction({"balance": value}, (Firing(adds={"before": before}),) if crossed else (), reason="it crossed no line")


@trigger("card_balance", keys=("falls_below",), adds=("before",))
def card_balance(event: EventTypes, balance: Expression, falls_below: Decimal) -> Watch:
    """Fires when a balance falls below a line.

    Args:
        event: what tells of a balance.
        balance: where it stands.
        falls_below: the line.
    """
    if falls_below <= 0:
        raise ValueError("falls_below: it is above 0")
    return FallsBelow(event, balance, falls_below)


class Tide(Watch):
    """Fires in equal spans from the deployment on, counting."""

    def __init__(self, span):
        self._span = parse_duration(span)

    def react(self, state, happening):
        if happening.kind != "due":
            return Reaction({"n": 0}, wake=add_duration(happening.now, self._span, "UTC"))
        count = state["n"] + 1
        firing = Firing(happening.due, data={"tide": {"n": count}}, adds={"n": count})
        return Reaction({"n": count}, (firing,), add_duration(happening.due, self._span, "UTC"))


@trigger("tide", event="tide.turned", data={"type": "object", "properties": {"tide": {"type": "object", "properties": {"n": {"type": "integer"}}}}}, adds=("n",))
def tide(tide: DurationText) -> Watch:
    """Fires in equal spans.

    Args:
        tide: how long one lasts.
    """
    return Tide(tide)


def use(sim, subject, balance):
    return sim.emit("card.used", {"card": {"balance": balance}}, subject=subject)


# --- heard events ---


def test_kind_remembers_for_each_subject_and_tells_what_it_adds(shops):
    sim = shops.open(card_balance, w=CARD + SAYS % "{{ event.subject }}: {{ card.balance }} after {{ trigger.before }}")

    for subject, balance in [("a", 50), ("b", 5), ("a", 9), ("a", 3), ("b", 20), ("b", 8), ("a", 12), ("a", 1)]:
        use(sim, subject, balance)
        sim.restart()

    assert shops.texts(sim) == ["a: 9 after 50", "b: 8 after 20", "a: 1 after 12"]


def test_conditions_are_asked_after_the_kind(shops):
    sim = shops.open(card_balance, w=CARD + "conditions:\n  - trigger.before > 100\n")

    use(sim, "a", 50)
    receipt = use(sim, "a", 5)

    assert (receipt.decisions, sim.why(receipt.event_id)[0].outcome) == ([], "not_matched")


def test_why_tells_that_and_why_a_kind_did_not_fire(shops):
    sim = shops.open(card_balance, w=CARD)

    receipts = [use(sim, "a", 50), use(sim, "a", 40), use(sim, "a", None), use(sim, None, 3)]

    told = [sim.why(receipt.event_id)[0] for receipt in receipts]
    assert {one.disagrees for one in told} == {""}
    assert [(str(one.outcome), one.reason) for one in told] == [
        ("not_matched", "it crossed no line"),
        ("not_matched", "it crossed no line"),
        ("not_matched", "the balance is unknown"),
        ("unknown", "card_balance: whose state this concerns is unknown"),
    ]


def test_edit_of_what_the_kind_calls_its_identity_forgets_and_of_the_line_does_not(shops):
    sim = shops.open(card_balance, w=CARD)
    use(sim, "a", 50)

    shops.edit(sim, card_balance, w=CARD.replace("10", "20"))
    crossed = use(sim, "a", 15)
    shops.edit(sim, card_balance, w=CARD.replace("card.balance", "card.balance + 0"))
    forgotten = use(sim, "a", 5)

    assert (len(crossed.decisions), len(forgotten.decisions)) == (1, 0)


def test_workflow_starts_once_though_two_of_its_triggers_take_the_event(shops):
    sim = shops.open(card_balance, w="trigger:\n  - {event: card.used, id: all}\n  - {event: card.used, balance: card.balance, falls_below: 10}\n" + SAYS % "{{ trigger.id }}")

    use(sim, "a", 50)
    use(sim, "a", 5)

    assert shops.texts(sim) == ["all", "all"]


def test_workflows_start_by_priority_and_name_whatever_their_kind(shops):
    text = SAYS % "{{ run.workflow }}"
    sim = shops.open(card_balance, b=CARD + text, a="trigger: {event: card.used}\n" + text, c="priority: 1\n" + CARD + text)
    use(sim, "x", 50)

    use(sim, "x", 5)

    assert shops.texts(sim) == ["a", "c", "a", "b"]


def test_events_for_a_paused_workflow_are_told_at_resume_in_order(shops):
    sim = shops.open(card_balance, w=CARD)

    sim.runtime.pause("w")
    for balance in (50, 5, 50, 5):
        use(sim, "a", balance)
    before = len(sim.runs)
    sim.runtime.resume("w")

    assert (before, len(sim.runs)) == (0, 2)


# --- by the clock ---


def test_kind_that_goes_by_the_clock_makes_events_of_its_own(shops):
    sim = shops.open(tide, w="trigger: {tide: 6h}\n" + SAYS % "{{ tide.n }} {{ trigger.n }} {{ event.type }} {{ event.time.hour }}")

    sim.advance("13h")
    sim.restart("12h")
    sim.advance("10m")

    # What is late is told one by one: this kind makes up for all.
    assert shops.texts(sim) == ["1 1 tide.turned 15", "2 2 tide.turned 21", "3 3 tide.turned 3", "4 4 tide.turned 9"]
    assert sim.decisions[0].event_id == "w/0/2026-03-02T15:00:00Z"


# --- faults of files ---


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ("event: card.used, balance: card.balance, falls_below: -5", "EF126", "`falls_below`: it is above 0"),
        ("event: card.used, balance: card.balance, falls_below: much", "EF110", "`falls_below`: expected a number"),
        ("event: card.used, falls_below: 5", "EF114", "needs `balance`"),
        ("event: card.used, balance: card.balance, falls_below: 5, rearm: 3", "EF113", "unknown key `rearm`"),
        ("event: card.used, balance: 'card.', falls_below: 5", "EF201", ""),
        ("event: card.used, balance: card.balance, fall_below: 5", "EF113", "unknown key `balance`"),
        ("event: card.used, balance: '{{ inputs.x }}', falls_below: '{{ inputs.line }}'", "EF126", "`falls_below`: expected a number, got a text"),
        ("tide: 5", "EF110", "`tide`: expected a text"),
        ("tide: long", "EF123", "is no duration"),
    ],
)
def test_settings_are_held_against_the_schema_of_the_kind(shops, given, code, message):
    project = shops.load(card_balance, tide, w=f"inputs: {{x: 1, line: deep}}\ntrigger: {{{given}}}")

    fault = next(each for each in project.diagnostics if each.severity == "error")
    assert (fault.code, message in fault.message) == (code, True), fault.message


def test_settings_of_any_kind_may_follow_from_inputs(shops):
    sim = shops.open(card_balance, w="inputs: {line: 10}\n" + CARD.replace("10", "'{{ inputs.line }}'"))

    use(sim, "a", 50)

    assert len(use(sim, "a", 5).decisions) == 1


def test_names_that_a_kind_adds_are_known_and_no_others(shops):
    project = shops.load(card_balance, w=CARD + "conditions:\n  - trigger.befor > 1\n")

    [fault] = [each for each in project.diagnostics if each.severity == "error"]
    assert (fault.code, fault.help) == ("EF112", "did you mean `before`?")


def test_a_key_that_is_taken_is_not_taken_again():
    @trigger("moon", keys=("every", "moon"))
    def moon(every: str | None = None, moon: str | None = None): ...

    @trigger("sun", keys=("id",))
    def sun(id: str): ...

    registry = Registry.load([tide])
    other = Registry.load([sun])

    assert registry.triggers["tide"].keys == ("tide",)
    assert "cannot be known by the key 'id'" in str(other.problems[0])
    assert Registry.load([moon]).triggers["schedule"].keys == ("schedule", "at")


def test_editor_is_offered_the_settings_of_a_kind():
    schema = workflow_schema(Registry.load([card_balance]).catalog)

    [kind] = [each for name, each in schema["$defs"].items() if name.startswith("trigger_") and "falls_below" in each["properties"]]
    assert kind["description"] == "Fires when a balance falls below a line."
    assert kind["properties"]["event"]["$ref"] == "#/$defs/event"
    assert kind["properties"]["falls_below"]["description"] == "the line."
    assert set(kind["required"]) == {"event", "balance", "falls_below"}
    check = Draft7Validator({**schema, "$ref": "#/$defs/trigger"})
    right = {"event": "card.used", "balance": "card.balance", "falls_below": 5}
    assert check.is_valid(right)
    assert not check.is_valid({**right, "falls_bellow": 5})
    assert not check.is_valid({"event": "card.used", "falls_below": 5})


# --- faults of kinds ---


class Broken(Watch):
    types = ("card.used",)

    def __init__(self, how):
        self._how = how

    def key(self, happening):
        if self._how == "key":
            raise KeyError("card")
        return "x"

    def react(self, state, happening):
        if happening.kind == "deployed":
            return Reaction({}, wake=happening.now + timedelta(hours=1))
        return {
            "raise": lambda: 1 / 0,
            "exit": lambda: exit(3),
            "none": lambda: None,
            "state": lambda: Reaction({"a": float("nan")}),
            "large": lambda: Reaction({"a": "x" * 2_000_000}),
            "data": lambda: Reaction(None, (Firing(happening.now, data={"a": object()}),)),
            "again": lambda: Reaction({}, wake=happening.due),
        }[self._how]()


@trigger("broken")
def broken(broken: str) -> Watch:
    """Fail.

    Args:
        broken: in which way.
    """
    if broken == "now":
        raise KeyError(broken)
    return Broken(broken)


@pytest.mark.parametrize("how", ["key", "raise", "exit", "none", "state", "large", "data"])
def test_kind_that_fails_on_an_event_harms_its_own_workflow_alone(shops, how, caplog):
    sim = shops.open(broken, bad=f"trigger: {{broken: {how}}}", good="trigger: {event: card.used}")

    receipt = use(sim, "a", 1)

    assert [(each.workflow, str(each.outcome)) for each in receipt.decisions] == [("bad", "error"), ("good", "started")]
    assert "trigger 0 (broken)" in caplog.text


@pytest.mark.parametrize("how", ["raise", "none", "data", "again"])
def test_kind_that_fails_at_its_moment_is_not_woken_again_and_again(shops, how):
    sim = shops.open(broken, bad=f"trigger: {{broken: {how}}}", good='trigger: {schedule: "0 * * * *"}')

    sim.advance("3h")
    sim.restart()
    sim.advance("3h")

    assert [str(each.outcome) for each in sim.decisions if each.workflow == "bad"] == ["error"]
    assert len(sim.runs) == 6
    assert sim.why("bad/0/2026-03-02T10:00:00Z/error")[0].outcome == "error"


def test_kind_that_is_mended_makes_up_for_its_moment_at_the_next_start(shops):
    @trigger("mends", keys=("mends",))
    def mends(mends: str) -> Watch:
        """Fail until it is mended.

        Args:
            mends: anything.
        """
        return Mends()

    class Mends(Watch):
        works = False

        def react(self, state, happening):
            if happening.kind == "deployed":
                return Reaction({}, wake=happening.now + timedelta(hours=1))
            assert self.works
            return Reaction({}, (Firing(happening.due),))

    sim = shops.open(mends, w="trigger: {mends: yes}")
    sim.advance("2h")
    Mends.works = True
    sim.restart()
    sim.advance("10m")

    assert [str(each.outcome) for each in sim.decisions] == ["error", "started"]


def test_kind_that_fails_on_a_file_is_a_fault_of_the_file(shops):
    project = shops.load(broken, bad="trigger: {broken: now}", good="trigger: {manual: true}")

    [fault] = project.faulty["bad"]
    assert (fault.code, "KeyError" in fault.message, list(project.workflows)) == ("EF126", True, ["good"])


def test_run_of_a_kind_that_was_uninstalled_is_blocked_and_says_what_is_missing(shops, caplog):
    sim = shops.open(card_balance, w=CARD + "actions:\n  - wait: 1h\n")
    use(sim, "a", 50)
    use(sim, "a", 5)

    sim.runtime._catalog = Registry.load().catalog
    sim.runtime._project = shops.load(other="trigger: {manual: true}")
    sim.restart()
    sim.advance("2h")

    assert [run.status for run in sim.runs] == ["blocked"]


def test_kind_that_is_missing_for_a_while_takes_its_workflow_out_of_service_and_no_other(shops):
    # Given a plugin that cannot be loaded at one start, Then its schedule is made up for once it is back.
    other = "trigger: {event: card.used}\n"
    sim = shops.open(tide, w="trigger: {tide: 6h}", other=other)
    with_tide = sim.runtime._catalog

    sim.runtime._catalog = Registry.load().catalog
    sim.runtime._project = shops.load(w="trigger: {tide: 6h}", other=other)
    sim.restart()
    use(sim, "a", 1)
    sim.advance("7h")
    without = [run.workflow for run in sim.runs]
    sim.runtime._catalog = with_tide
    sim.runtime._project = shops.load(tide, w="trigger: {tide: 6h}", other=other)
    sim.restart()
    sim.advance("10m")

    assert (without, [run.workflow for run in sim.runs]) == (["other"], ["other", "w"])
