"""run: one run for real."""

import json

import pytest

CHECKOUT = {"checkout": {"id": "c1", "total": 80, "email": "ana@shopper.example"}}


@pytest.fixture
def quick(shop, mailbox):
    """Return the sample project with a mail server that is there, and next to no delay."""
    project = shop / "ecomflow.yaml"
    text = project.read_text().replace("port: 1025", f"port: {mailbox.port}")
    project.write_text(text + "inputs: {abandoned-cart: {delay: 1s}}\n")
    return shop


def test_run_carries_out_and_tells_each_step(ecomflow, quick, mailbox):
    result = ecomflow("run", "abandoned-cart", "--event", "-", "--wait", "10", "--json", stdin=json.dumps(CHECKOUT))

    # It waits three days for the second mail, which is longer than it is followed.
    assert result.code == 0
    assert result.of("run")[0]["status"] == "waiting"
    assert [mail["Subject"] for mail in mailbox.messages] == ["Ana, your cart is waiting"]
    assert "It goes on when an engine runs" in result.err
    assert {"started", "timer", "attempt", "value"} <= {record["entry"] for record in result.of("step")}


def test_run_goes_through_the_engine_that_runs(ecomflow, shop, engine):
    engine(shop)
    event = {"type": "checkout.updated", "id": "e1", "source": "shop", "time": "2026-03-02T09:00:00Z", "data": CHECKOUT}

    result = ecomflow("run", "abandoned-cart", "--event", "-", stdin=json.dumps(event))

    assert result.code == 0
    assert "started by checkout.updated e1" in result.out
    assert "is waiting: until " in result.out.splitlines()[-1]
    assert ecomflow("events", "--json").of("event")[0]["source"] == "shop"


def test_run_of_what_does_not_start_is_1(ecomflow, shop):
    small = {"checkout": {"id": "c1", "total": 1}}

    result = ecomflow("run", "abandoned-cart", "--event", "-", stdin=json.dumps(small))

    assert result.code == 1
    assert "abandoned-cart did not start; `ecomflow why " in result.err


def test_run_of_nothing_is_3(ecomflow, shop):
    result = ecomflow("run", "nobody", "--event", "-", stdin="{}")

    assert result.code == 3
    assert "known are abandoned-cart" in result.err
    assert not (shop / "var" / "ecomflow.db").exists()


def test_run_of_a_faulty_workflow_shows_its_faults(ecomflow, shop):
    (shop / "workflows" / "bad.yaml").write_text("name: bad\ntrigger: {event: order.created}\nactions:\n  - action: no.such\n")

    result = ecomflow("run", "bad", "--event", "-", stdin="{}")

    assert result.code == 1
    assert "EF115" in result.out
    assert "bad has faults and does not run" in result.err


REPORT = """\
name: report
trigger: {manual: true}
conditions:
  - rows > 0
actions:
  - action: log.write
    with: {message: "{{ rows }} rows for {{ event.subject }}"}
"""


@pytest.fixture
def reports(shop):
    """Return the sample project with a workflow that people start."""
    (shop / "workflows" / "report.yaml").write_text(REPORT)
    return shop


def test_run_starts_a_manual_workflow_with_data(ecomflow, reports):
    result = ecomflow("run", "report", "--data", "-", "--json", stdin='{"rows": 3}')

    assert result.code == 0
    assert result.of("run")[0]["status"] == "completed"
    [event] = ecomflow("events", "--json").of("event")
    assert (event["type"], event["subject"]) == ("workflow.started_by_hand", "report")


def test_run_by_hand_asks_the_conditions_unless_forced(ecomflow, reports):
    refused = ecomflow("run", "report", "--data", "-", stdin='{"rows": 0}')
    forced = ecomflow("run", "report", "--data", "-", "--force", stdin='{"rows": 0}')

    assert (refused.code, forced.code) == (1, 0)
    assert "report did not start; `ecomflow why " in refused.err


def test_run_by_hand_goes_through_the_engine_that_runs(ecomflow, reports, engine):
    engine(reports)

    result = ecomflow("run", "report", "--event", "-", stdin='{"id": "mine", "subject": "march", "data": {"rows": 1}}')
    again = ecomflow("run", "report", "--event", "-", stdin='{"id": "mine", "subject": "march", "data": {"rows": 1}}')

    assert result.code == 0
    assert "started by workflow.started_by_hand mine" in result.out
    assert again.code == 1


@pytest.mark.parametrize("words", [(), ("--data", "-"), ("--event", "-", "--force")])
def test_run_by_hand_of_a_workflow_that_only_listens_is_2(ecomflow, shop, words):
    result = ecomflow("run", "abandoned-cart", *words, stdin=json.dumps(CHECKOUT))

    assert result.code == 2
    assert "abandoned-cart has no trigger `manual: true`: start it with --event FILE" in result.err
