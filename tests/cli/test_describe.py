"""describe: a workflow in plain words, for every kind of step and every setting."""

import json

import pytest

from ecomflow.cli.describing.said import Words
from ecomflow.cli.describing.triggers import Triggers
from ecomflow.cli.describing.workflow import describe
from ecomflow.language import compile_bundle, load_project, trigger_kinds
from ecomflow.language.grammar import STEPS_OF_KIND, TRIGGERS
from ecomflow.registry import Registry

REGISTRY = Registry.load()

PRESENT = """\
abandoned-cart
Remind a shopper who left a checkout for a day, unless they bought.

When it starts
It starts when a checkout is updated (`checkout.updated`), and only if:
  - the checkout's total is at least 50
  - the checkout's email is there
A newer event about the same checkout ends the older run, and a new one starts
if the conditions hold.

What ends it early
The run ends at once, whatever step it is in, as soon as:
  - an order is created (`order.created`) and its checkout id is the checkout's
    id
  - an order is created (`order.created`) and its email is the checkout's email

What it does
  1. Wait 24 hours.
  2. Look up customer «the checkout's email» (`customer.get`, only reads). The
     result is called "shopper".
  3. Go on only if the shopper accepts marketing; otherwise the run ends here.
  4. E-mail to «the checkout's email»: «the shopper's first name, or "Hello"
     where that is missing», your cart is waiting (`email.send`, sends), with
     template: abandoned-cart.html, purpose: marketing. Tried up to 5 times,
     first again after 30 seconds, at most 1 hour apart.
  5. Wait 3 days.
  6. Discount of 10 % for «the checkout's email», valid for 48h
     (`discount.create`, writes). The result is called "code".
  7. E-mail to «the checkout's email»: Ten percent for you (`email.send`,
     sends), with template: last-call.html, purpose: marketing.

Its settings
  - delay: 24h
  - minimum: 50 (Smallest checkout worth a reminder)
"""

EACH = {
    "action": ("{action: log.write, with: {message: 'hi {{ order.id }}'}, on_error: continue}", "Log: hi «the order's id» (`log.write`, writes). If it fails for good, the run goes on."),
    "wait": ("{wait: {until: tue 11:00}}", "Wait until tue 11:00."),
    "wait_for": (
        "{id: answer, wait_for: {event: message.received, match: {message.order_id: order.id}, where: arriving.message.text is present, timeout: 3d, since: step}}",
        """Wait until a message is received (`message.received`) and its order id is the order's id and its text is there, for at most 3 days. Only what comes from now on counts. The result is called "answer".""",
    ),
    "choose": ("{choose: [{if: order.total > 1, then: [{wait: 1h}]}], else: [{stop: no}]}", "Take the first case that fits:|If the order's total is more than 1|Wait 1 hour.|In no such case|End the run here: no."),
    "for_each": ("{for_each: order.lines, as: line, max_parallel: 2, on_error: continue, do: [{wait: 1h}]}", "For each of the order's lines, called the line, up to 2 at a time; one that fails does not stop the others:||Wait 1 hour."),
    "parallel": ("{parallel: [[{wait: 1h}], [{wait: 2h}]], join: first}", "Do these side by side, until the first has ended, which ends the others:|Branch 1|Wait 1 hour.|Branch 2|Wait 2 hours."),
    "repeat": ("{repeat: {until: order.total > 1}, max: 3, do: [{wait: 1h}]}", "Do this until the order's total is more than 1, at most 3 times:||Wait 1 hour."),
    "continue_if": ("{continue_if: order.total > 1}", "Go on only if the order's total is more than 1; otherwise the run ends here."),
    "set": ("{set: {size: '{{ order.total }}', big: true}}", "Remember size as the order's total and big as yes."),
    "call": ("{id: got, call: other, with: {size: '{{ order.total }}'}}", "Run the workflow other, with size: the order's total, and wait for its end. The result is called \"got\"."),
    "emit": ("{emit: order.flagged, data: {order: {id: '{{ order.id }}'}}}", "Tell the other workflows that an order is flagged (`order.flagged`), with order (id: the order's id)."),
    "ask_approval": ("{id: ok, ask_approval: {title: 'Refund {{ order.id }}?', to: ana@acme.example, timeout: 3d}}", 'Ask ana@acme.example to approve: "Refund «the order\'s id»?", and wait at most 3 days; no answer rejects it. The result is called "ok".'),
    "try": ("{try: [{wait: 1h}], catch: [{stop: bad}], finally: [{emit: order.seen}]}", "Try this:||Wait 1 hour.|If one of them fails|End the run here: bad.|In any case at the end|Tell the other workflows that an order is seen (`order.seen`)."),
    "stop": ("{stop: enough, if: order.total > 1}", "Only if the order's total is more than 1: end the run here: enough."),
    "fail": ("{fail: bad, name: Give up}", "Give up: end the run as failed: bad."),
    "if": ("{if: order.total > 1, then: [{wait: 1h}], else: [{wait: 2h}]}", "If the order's total is more than 1:||Wait 1 hour.|Otherwise|Wait 2 hours."),
}  # fmt: skip


def flat(said):
    """Return a sentence with those inside it, parted by bars."""
    return "|".join([said.text, *(part for heading, steps in said.inside for part in (heading, *map(flat, steps)))])


def described(folder, text):
    (folder / "w.yaml").write_text(text)
    (folder / "other.yaml").write_text("name: other\ntrigger: {manual: true}\ninputs: {size: 1}\nactions: [{stop: done}]\n")
    project = load_project(folder, REGISTRY.catalog)
    assert [fault.message for fault in project.diagnostics if fault.severity == "error"] == []
    return describe(project.workflows["w"], REGISTRY)


def test_the_sample_workflow_reads_as_text(ecomflow, shop, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    assert ecomflow("describe", "abandoned-cart").out == PRESENT


@pytest.mark.parametrize("kind", list(STEPS_OF_KIND))
def test_every_kind_of_step_is_said(tmp_path, kind):
    written, said = EACH[kind]

    found = described(tmp_path, f"name: w\ntrigger: {{event: order.created}}\nactions:\n  - {written}\n")

    assert flat(found.steps[0]) == said


def test_what_ends_in_a_loop_is_the_item(tmp_path):
    step = "for_each: order.lines\n    do: [{continue_if: item.price > 1}]\n  - continue_if: order.total > 1"

    found = described(tmp_path, f"name: w\ntrigger: {{event: order.created}}\nactions:\n  - {step}\n")

    assert "otherwise the item ends here" in flat(found.steps[0])
    assert "otherwise the run ends here" in flat(found.steps[1])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("mode: single", "While a run about the same order is open, a second start is refused."),
        ("mode: queued\nmax_queued: 5", "While a run about the same order is open, further ones wait for its end, in their order. At most 5 wait."),
        ("max_runs: 2", "At most 2 runs about the same order are open at a time."),
        ("subject: [order.email, order.total]", "A run is about the order's email and the order's total."),
        ("once: {key: order.id}", "It starts only once for each value of the order's id."),
        ("once: {key: order.id, per: 30d}", "It starts once in 30 days for each value of the order's id."),
        ("throttle: {limit: 2, per: 24h, key: order.email}", "It starts at most twice in 24 hours for each value of the order's email; what is more is dropped."),
        ("group: {name: g, key: order.email}\npriority: 3", "Of all workflows of the group g only one run is open for each value of the order's email; this one has priority 3, and a higher one ends it."),
        ("priority: 3", "It has priority 3: of several workflows for one event, the highest comes first."),
        ("own_events: true", "Events that its own runs cause may start it again."),
        ("on_unknown: fail", "Where a condition cannot be decided, a failed run is kept for people to see."),
        ("enabled: false", "It is switched off, and starts no runs."),
        ("vars: {big: order.total > 5}", "At the start it works out big: whether the order's total is more than 5."),
    ],
)
def test_every_rule_of_starting_is_said(tmp_path, written, said):
    found = described(tmp_path, f"name: w\ntrigger: {{event: order.created}}\n{written}\nactions: [{{stop: done}}]\n")

    assert said in found.rules


TRIGGER = {
    "event": ({"event": ["order.created", "order.*"], "holds_for": "1h"}, "when an order is created (`order.created`) or anything happens to an order (`order.*`), once the conditions have been true for 1 hour"),
    "schedule": ({"schedule": "30 9 * * mon", "timezone": "UTC"}, "every Monday at 09:30, in UTC"),
    "threshold": ({"event": "stock.changed", "value": "stock.available", "below": 10, "rearm_at": 15}, "when a stock is changed (`stock.changed`) and the stock's available falls below 10; again only after it has been back at 15"),
    "changed": ({"event": "order.updated", "changed": "order.status", "to": "paid"}, "when an order is updated (`order.updated`) and the order's status has changed to paid"),
    "absence": ({"event": "order.created", "without": "parcel.sent", "match": {"parcel.order_id": "order.id"}, "within": "2d"}, "when an order is created (`order.created`), and within 2 days it does not happen that a parcel is sent (`parcel.sent`) and its order id is the order's id"),
    "count": ({"event": "return.requested", "at_least": 5, "within": "week", "key": "product.sku"}, "when a return is requested (`return.requested`) and this happened at least 5 times within a week, counted for each value of the product's sku"),
    "batch": ({"event": "order.created", "collect_for": "10m", "up_to": 100}, "when an order is created (`order.created`), once for all that comes within 10 minutes, or 100 events"),
    "date": ({"event": "subscription.updated", "date": "subscription.renews_on", "offset": "-3d", "at": "09:00"}, "3 days before the subscription's renews on, at 09:00, as the last event says (a subscription is updated (`subscription.updated`))"),
    "manual": ({"manual": True}, "when a person or a program starts it"),
    "workflow": ({"workflow": "other", "status": ["failed", "cancelled"]}, "when a run of the workflow other has ended as failed or cancelled"),
}  # fmt: skip


@pytest.mark.parametrize("kind", {**TRIGGERS, **REGISTRY.catalog.triggers})
def test_every_kind_of_trigger_is_said(kind):
    written, said = TRIGGER[kind]

    assert Triggers(Words({}), trigger_kinds(REGISTRY.catalog)).all(written) == [said]


@pytest.mark.parametrize(("line", "said"), [("0 7 * * *", "every day at 07:00"), ("5 8 1 * *", "on day 1 of each month at 08:05"), ("*/5 * * * *", 'at the times of "*/5 * * * *" (minute, hour, day, month, weekday)')])
def test_schedules_are_said(line, said):
    assert Triggers(Words({}), trigger_kinds(REGISTRY.catalog)).all({"schedule": line}) == [said]


def test_it_is_the_same_each_time_and_from_a_stored_version(tmp_path):
    text = f"name: w\ntrigger: {{event: order.created}}\nactions:\n  - {EACH['wait_for'][0]}\n  - {EACH['try'][0]}\n"
    found = described(tmp_path, text)
    workflow = load_project(tmp_path, REGISTRY.catalog).workflows["w"]

    assert found == describe(workflow, REGISTRY) == describe(compile_bundle(json.loads(json.dumps(workflow.bundle)), REGISTRY.catalog), REGISTRY)


def test_as_json(ecomflow, shop):
    found = ecomflow("describe", "abandoned-cart", "--json").of("description")[0]

    assert found["starts"] == "when a checkout is updated (`checkout.updated`)"
    assert len(found["steps"]) == 7
    assert found["inputs"] == {"delay": "24h", "minimum": "50 (Smallest checkout worth a reminder)"}


def test_an_unknown_workflow_is_told(ecomflow, shop):
    assert ecomflow("describe", "abandonned-cart").code == 3
