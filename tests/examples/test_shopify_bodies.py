"""Shopify's own sample bodies, and ours, through the abandoned-cart example: each field that decides does so, no other does."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bodies import CHECKOUTS, ORDER, ORDERS
from oracle import Oracle, changed, look, others, places

from ecomflow.language import load_project
from ecomflow.model import MISSING
from ecomflow.registry import Registry
from ecomflow.runtime.base import Answer
from ecomflow.runtime.simulated import SimulatedRuntime

EXAMPLES = Path(__file__).parents[2] / "examples"
SAMPLES = Path("webhooks") / "shopify" / "2026-04"
CHECKOUT_TOPICS, ORDER_TOPIC = ("checkouts/create", "checkouts/update"), "orders/create"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 12, 9, tzinfo=UTC)
FEW = 2
"""What is put in the place of a field that nobody reads: nothing, and one of another kind. Each makes a shop of its own."""

REGISTRY = Registry.load()
SHOPIFY = REGISTRY.sources["shopify"]
EXAMPLE = load_project(EXAMPLES, REGISTRY.catalog)
PROJECT = replace(EXAMPLE, workflows={"abandoned-cart": EXAMPLE.workflows["abandoned-cart"]})
"""A shop of its own for this workflow: thousands are opened."""
ORACLE = Oracle(PROJECT.workflows["abandoned-cart"], PROJECT.event_types["checkout.updated"])


class Shop:
    """Answers every action as a shop would."""

    def perform(self, call):
        results = {"customer.get": {"first_name": "Ana", "accepts_marketing": True}, "discount.create": {"code": "TEN"}}
        return Answer({"ok": True, "result": results.get(call.action, {})})


def mapped(topic, body):
    """Return the events of a body, each with an id of its own."""
    return SHOPIFY(topic, body, None)


def tell(*events, until=None):
    """Let events arrive in an empty shop; return what was decided of each and the runs."""
    runtime = SimulatedRuntime(PROJECT, start=START, performer=Shop(), catalog=REGISTRY.catalog)
    try:
        for number, event in enumerate(events):
            time = datetime.fromisoformat(event["time"]) if event["time"] else None
            runtime.emit(event["type"], event["data"], id=f"e{number}", source="shopify", subject=event["subject"], time=time)
        if until is not None:
            runtime.advance(until)
        stored = [(d.event_id, str(d.outcome), d.reason) for d in runtime.decisions()]
        assert "error" not in {outcome for _, outcome, _ in stored}
        return stored, [runtime.run(run.id) for run in runtime.runs()]
    finally:
        runtime.close()


def decision(event):
    """Return outcome and reason of the one decision on an event in an empty shop."""
    ((_, outcome, reason),), _ = tell(event)
    return outcome, reason


def agrees(event):
    """Check one decision against what the compiled workflow's own list of paths foretells; return the outcome."""
    expected, (outcome, reason) = ORACLE.decides(event["data"]), decision(event)
    assert outcome == expected.outcome, reason
    assert not expected.named or any(name in reason for name in expected.named), reason
    return outcome


def touches(path, reads):
    """Return whether a place is read, is inside what is read, or holds it."""
    return any(path[: len(read)] == read[: len(path)] for read in reads)


def rest_of(event):
    """Return what our tables made of a body."""
    return {name: value for name, value in event["data"].items() if name != "raw"}


def with_data(event, data):
    return {**event, "data": data}


def samples(realdata, topic):
    file = realdata / SAMPLES / f"{topic.replace('/', '__')}.json"
    if not file.is_file():
        pytest.skip(f"no sample {file.name}")
    return json.loads(file.read_text("utf-8"))


@pytest.fixture(params=[f"sample of {topic}" for topic in CHECKOUT_TOPICS] + list(CHECKOUTS))
def checkout(request):
    """Return topic and body of a checkout: Shopify's samples, then ours."""
    for topic in CHECKOUT_TOPICS:
        if request.param == f"sample of {topic}":
            return topic, samples(request.getfixturevalue("realdata"), topic)
    return CHECKOUT_TOPICS[1], copy.deepcopy(CHECKOUTS[request.param])


@pytest.fixture(params=["sample of orders/create", *ORDERS])
def order(request):
    """Return the body of an order: Shopify's sample, then ours."""
    if request.param.startswith("sample"):
        return samples(request.getfixturevalue("realdata"), ORDER_TOPIC)
    return copy.deepcopy(ORDERS[request.param])


# --- what is read ---


def test_the_workflow_says_which_fields_it_reads():
    # Given the compiled example, Then its own lists of paths name the fields that its text names.
    assert ORACLE.asked == {("checkout", "total"), ("checkout", "email"), ("checkout", "id")}
    assert ORACLE.reads == ORACLE.asked | {("checkout", name) for name in ("lines", "currency", "recovery_url")}
    assert [field for entry in ORACLE.exits for field, _ in entry] == [("order", "checkout_id"), ("order", "email")]


def test_samples_and_bodies_start_what_they_should(realdata):
    # Given Shopify's two samples of checkouts, Then both start a run; of ours some do, some do not match, some are unknown.
    for topic in CHECKOUT_TOPICS:
        (event,) = mapped(topic, samples(realdata, topic))
        assert agrees(event) == "started"
    outcomes = {name: agrees(mapped(CHECKOUT_TOPICS[1], body)[0]) for name, body in CHECKOUTS.items()}
    assert set(outcomes.values()) == {"started", "not_matched", "unknown"}


# --- checkouts ---


def test_a_field_of_ours_that_is_asked_decides_and_no_other_does(checkout):
    # Given an event made of a body, When any of its fields is taken out or given another kind of value,
    topic, body = checkout
    (event,) = mapped(topic, body)
    before, asked, rest = decision(event), 0, 0
    for path in list(places(event["data"])):
        asks = touches(path, ORACLE.asked)
        for new in others(look(event["data"], path))[: None if asks else FEW]:
            one = with_data(event, changed(event["data"], path, new))
            if asks:
                # Then where it is asked the outcome is what its leaf, another one, or the subject gives, naming the path;
                agrees(one)
                asked += 1
            elif path[0] != "raw" or len(path) == 2:
                # where it is not, nothing changes, not even the reason.
                assert decision(one) == before
                rest += 1
    print(f"\n{topic}: {asked} changes of fields that are asked, {rest} of others")
    assert asked


def test_a_field_of_theirs_decides_where_it_becomes_one_that_is_asked(checkout):
    # Given a vendor's body, When any of its fields is taken out or given another kind of value,
    topic, body = checkout
    (event,) = mapped(topic, body)
    before, asked, rest = decision(event), 0, 0
    for path in list(places(body)):
        for number, new in enumerate(others(look(body, path))):
            (one,) = mapped(topic, changed(body, path, new))
            if any(look(one["data"], read) != look(event["data"], read) for read in ORACLE.asked):
                agrees(one)
                asked += 1
            elif number == 0 or (number < FEW and rest_of(one) != rest_of(event)):
                assert decision(one) == before
                rest += 1
    print(f"\n{topic}: {asked} changes that reach a field that is asked, {rest} that do not")
    assert asked or not body


def test_what_is_not_read_changes_nothing_in_the_whole_story(checkout):
    # Given a checkout and ten days, When a field that neither conditions nor actions nor templates read is taken out,
    topic, body = checkout
    (event,) = mapped(topic, body)

    def story(one):
        decisions, runs = tell(one, until=LATER)
        return decisions, [(run.status, run.error, [(r.path, r.kind, r.data) for r in run.steps]) for run in runs]

    before = story(event)
    for path in list(places({k: v for k, v in event["data"].items() if k != "raw"})):
        if not touches(path, ORACLE.reads):
            # Then every step of the run is the same.
            assert story(with_data(event, changed(event["data"], path, MISSING))) == before


def test_a_run_of_any_body_ends_and_what_fails_names_a_field(checkout):
    # Given a checkout, When any field that is read is changed, Then the run ends, and one that fails names what it lacked.
    topic, body = checkout
    (event,) = mapped(topic, body)
    ended = set()
    for read in sorted(ORACLE.reads):
        for new in others(look(event["data"], read)) if look(event["data"], read) is not MISSING else ():
            _, runs = tell(with_data(event, changed(event["data"], read, new)), until=LATER)
            for run in runs:
                assert run.status in ("completed", "failed"), (read, new, run.status)
                ended.add(str(run.status))
                if run.status == "failed":
                    assert read[-1] in run.error["message"], (read, new, run.error)
    assert ended <= {"completed", "failed"}


# --- orders ---


def paired_orders(body, mine):
    """Yield orders as they are, and with each field that the exits pair set to what it pairs with."""
    (event,) = mapped(ORDER_TOPIC, body)
    yield event
    for entry in ORACLE.exits:
        data = event["data"]
        for field, value in entry:
            data = {**data, field[0]: {**data[field[0]], field[1]: look(mine, value.paths[0])}}
        yield with_data(event, data)


def ends(first, event):
    """Let an order arrive while a run waits; check what becomes of the run, and return whether it was ended."""
    stored, (run,) = tell(first, event)
    expected = ORACLE.exits_for(event["data"], first["data"])
    assert [outcome for id, outcome, _ in stored if id == "e1"] == (["exited"] if expected else [])
    assert run.status == ("stopped" if expected else "waiting")
    return expected


def test_an_order_ends_the_run_exactly_where_a_field_pairs(order):
    # Given a run that waits, When an order arrives, with any of its fields taken out or given another kind of value,
    (first,) = mapped(CHECKOUT_TOPICS[0], CHECKOUTS["a regular"])
    fields = {field for entry in ORACLE.exits for field, _ in entry}
    paired = 0
    for event in paired_orders(order, first["data"]):
        before = ends(first, event)
        paired += before
        for path in list(places({"order": event["data"]["order"]})):
            for new in others(look(event["data"], path))[: None if touches(path, fields) else FEW]:
                # Then it ends the run exactly where one of the paired fields still says the same; no other field matters.
                after = ends(first, with_data(event, changed(event["data"], path, new)))
                assert after == before or touches(path, fields), path
    assert paired >= 2


def test_a_field_of_an_order_of_theirs_counts_where_it_becomes_one_that_pairs(order):
    # Given a vendor's order, When any of its fields is changed, Then the run is ended exactly where the mapped fields pair.
    (first,) = mapped(CHECKOUT_TOPICS[0], CHECKOUTS["a regular"])
    (event,) = mapped(ORDER_TOPIC, order)
    before = ends(first, event)
    for path in [path for path in places(order) if len(path) <= 2]:
        for new in others(look(order, path))[:4]:
            (one,) = mapped(ORDER_TOPIC, changed(order, path, new))
            same = all(look(one["data"], field) == look(event["data"], field) for entry in ORACLE.exits for field, _ in entry)
            assert ends(first, one) == before or not same


def test_an_order_pairs_by_each_of_its_fields_alone():
    # Given an order of this checkout, When one of the paired fields is taken out of the body, Then the other still ends the run.
    (first,) = mapped(CHECKOUT_TOPICS[0], CHECKOUTS["a regular"])
    for gone, expected in (((), True), (("checkout_token",), True), (("email",), True), (("checkout_token", "email"), False)):
        (event,) = mapped(ORDER_TOPIC, {key: value for key, value in ORDER.items() if key not in gone})
        assert ends(first, event) is expected


@pytest.mark.parametrize("topic", [*CHECKOUT_TOPICS, ORDER_TOPIC])
def test_a_body_that_is_no_mapping_gives_no_event(topic):
    for body in (None, [], "text", 5, True):
        assert mapped(topic, body) == []
