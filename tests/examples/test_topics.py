"""Every topic of Shopify's, and tickets: what is read decides, all else changes nothing, and no body makes an error."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bodies import ORDER
from oracle import Oracle, changed, look, others, places
from realshop import OWN, own

from ecomflow.language import load_project
from ecomflow.model import MISSING
from ecomflow.registry import Registry
from ecomflow.runtime.base import Answer
from ecomflow.runtime.simulated import SimulatedRuntime

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
REGISTRY = Registry.load()
SHOPIFY = REGISTRY.sources["shopify"]
EXAMPLES = load_project(Path(__file__).parents[2] / "examples", REGISTRY.catalog)
LISTENERS = {
    "customers/create": ("customer.created", ["customer.email is present"]),
    "customers/update": ("customer.updated", ["customer.note is present"]),
    "fulfillments/create": ("shipment.created", ["shipment.status is present", "shipment.order_id is present"]),
    "fulfillments/update": ("shipment.updated", ["shipment.carrier is present"]),
    "orders/cancelled": ("order.cancelled", ["order.cancelled_at is present", "order.total > 0"]),
    "orders/fulfilled": ("order.fulfilled", ["order.email is present"]),
    "orders/paid": ("order.paid", ["order.total > 0", "order.email is present"]),
    "orders/updated": ("order.updated", ["order.total > 0"]),
    "products/create": ("product.created", ["product.title is present"]),
    "products/update": ("product.updated", ["product.tags is present"]),
    "refunds/create": ("refund.created", ["refund.amount > 0", "refund.order_id is present"]),
    "returns/close": ("return.closed", ["return.order_id is present"]),
    "variants/out_of_stock": ("variant.out_of_stock", ["variant.available < 1"]),
}
"""For topics that no example listens to: a type, and conditions of a workflow that does."""
EXAMPLE_OF = {"variants/in_stock": "restock-alert", "returns/request": "return-approval"}


class Shop:
    """Answers every action: the order is known, nobody waits."""

    def perform(self, call):
        results = {"order.get": {"id": "61", "total": 40, "delivered_at": START.isoformat()}, "stock.get": {"available": 1}}
        return Answer({"ok": True, "result": results.get(call.action, [] if call.action.endswith(("list", "search")) else None)})


class Listening:
    """One workflow in an empty shop, for one event at a time."""

    def __init__(self, project, name):
        self.project = replace(project, workflows={name: project.workflows[name]}, faulty={})
        workflow = project.workflows[name]
        self.oracle = Oracle(workflow, project.event_types[workflow.triggers[0].types[0]])

    def decision(self, event):
        """Return outcome and reason of the one decision; where the index passed the workflow over there is none, and no reason."""
        found = tell(self.project, [event])
        assert len(found) <= 1
        return found[0] if found else ("not_matched", None)

    def agrees(self, event):
        """Check a decision against what the compiled workflow's own list of paths foretells; return the outcome."""
        expected, (outcome, reason) = self.oracle.decides(event["data"]), self.decision(event)
        assert outcome == expected.outcome, reason
        assert reason is None or not expected.named or any(name in reason for name in expected.named), reason
        return outcome


def tell(project, events):
    """Let events arrive in an empty shop; return what was decided of them."""
    runtime = SimulatedRuntime(project, start=START, performer=Shop(), catalog=REGISTRY.catalog)
    try:
        for number, event in enumerate(events):
            time = datetime.fromisoformat(event["time"]) if event["time"] else None
            runtime.emit(event["type"], event["data"], id=f"e{number}", source="shopify", subject=event["subject"], time=time)
        return [(str(decision.outcome), decision.reason) for decision in runtime.decisions()]
    finally:
        runtime.close()


@pytest.fixture(scope="module")
def listeners(tmp_path_factory):
    """Return a project with a workflow for each topic that no example listens to."""
    folder = tmp_path_factory.mktemp("listeners")
    for topic, (type_, conditions) in LISTENERS.items():
        name = topic.replace("/", ".")
        text = {"name": name, "trigger": {"event": type_}, "mode": "single", "conditions": conditions, "actions": [{"wait": "1d"}]}
        (folder / f"{name}.yaml").write_text(json.dumps(text))
    project = load_project(folder, REGISTRY.catalog)
    assert project.diagnostics == ()
    return project


def published(realdata, topic):
    return json.loads((realdata / "webhooks/shopify/2026-04" / f"{topic.replace('/', '__')}.json").read_text("utf-8"))


OWN_BODIES = {
    "own variants/in_stock": ("variants/in_stock", lambda: own("variants/in_stock")),
    "own returns/request": ("returns/request", lambda: own("returns/request")),
    "own orders/paid": ("orders/paid", lambda: ORDER),
    "own orders/cancelled": ("orders/cancelled", lambda: {**ORDER, "cancelled_at": "2026-03-02T15:00:00+01:00"}),
}


@pytest.fixture(params=[*LISTENERS, *EXAMPLE_OF, *OWN_BODIES])
def told(request, listeners):
    """Return who listens, a topic and a body: Shopify's own samples, then ours."""
    if request.param in OWN_BODIES:
        topic, make = OWN_BODIES[request.param]
        body = make()
    else:
        topic, body = request.param, published(request.getfixturevalue("realdata"), request.param)
    if topic in EXAMPLE_OF:
        return Listening(EXAMPLES, EXAMPLE_OF[topic]), topic, body
    return Listening(listeners, topic.replace("/", ".")), topic, body


def touches(path, reads):
    """Return whether a place is read, is inside what is read, or holds it."""
    return any(path[: len(read)] == read[: len(path)] for read in reads)


def check_fields_of_ours(listening, event):
    """Check that each field that is asked decides, and that no other changes anything."""
    before, asked = listening.decision(event), 0
    for path in [path for path in places(event["data"]) if path[0] != "raw" or len(path) <= 2]:
        for new in others(look(event["data"], path)):
            one = {**event, "data": changed(event["data"], path, new)}
            if touches(path, listening.oracle.asked):
                listening.agrees(one)
                asked += 1
            elif new is MISSING or new == "a text":
                assert listening.decision(one) == before, path
    assert asked


def test_a_sample_starts_what_listens_to_it(told):
    # Given who listens, When a sample comes, Then it starts a run.
    listening, topic, body = told
    (event,) = SHOPIFY(topic, body, None)
    assert listening.agrees(event) == "started"


def test_a_field_of_ours_that_is_asked_decides_and_no_other_does(told):
    listening, topic, body = told
    (event,) = SHOPIFY(topic, body, None)
    check_fields_of_ours(listening, event)


def test_a_field_of_theirs_decides_where_it_becomes_one_that_is_asked(told):
    # Given a vendor's body, When any of its fields is taken out or given another kind of value,
    listening, topic, body = told
    (event,) = SHOPIFY(topic, body, None)
    before, asked, depth = listening.decision(event), 0, 4 if len(body) < 40 else 2
    for path in [path for path in places(body) if len(path) <= depth]:
        for number, new in enumerate(others(look(body, path))):
            (one,) = SHOPIFY(topic, changed(body, path, new), None)
            if any(look(one["data"], read) != look(event["data"], read) for read in listening.oracle.asked):
                # Then where it becomes one that is asked, the outcome is what its leaf, another one, or the subject gives;
                listening.agrees(one)
                asked += 1
            elif number == 0:
                # where it does not, nothing changes.
                assert listening.decision(one) == before, path
    assert asked


def test_no_body_of_any_topic_makes_an_error_in_a_shop_with_every_example(told):
    # Given a shop in which all examples run, When a body comes in every state of disrepair, Then nothing is decided an error.
    _, topic, body = told
    events = [
        event
        for path in [path for path in places(body) if len(path) <= 3]
        for new in others(look(body, path))[:3]
        for event in SHOPIFY(topic, changed(body, path, new), None)
    ]
    assert events
    assert "error" not in {outcome for outcome, _ in tell(EXAMPLES, events)}


@pytest.mark.parametrize("topic", SHOPIFY.topics)
def test_a_body_that_is_no_mapping_gives_no_event(topic):
    for body in (None, [], "text", 5, True):
        assert SHOPIFY(topic, body, None) == []


def test_every_topic_is_told_here_or_with_the_abandoned_cart():
    assert {*LISTENERS, *EXAMPLE_OF, "checkouts/create", "checkouts/update", "orders/create"} == set(SHOPIFY.topics)


def test_a_field_of_a_ticket_that_is_asked_decides_and_no_other_does():
    # Given the example's ticket, Then its text decides, and nothing else.
    given = json.loads((OWN / "ticket.json").read_text("utf-8"))
    event = {**{name: given[name] for name in ("type", "subject", "data")}, "time": None}
    listening = Listening(EXAMPLES, "ticket-priority")
    assert listening.oracle.asked == {("ticket", "id"), ("ticket", "text")}
    assert listening.agrees(event) == "started"
    check_fields_of_ours(listening, event)
