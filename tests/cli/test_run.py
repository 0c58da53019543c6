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
