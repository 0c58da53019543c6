"""Gift cards: the action for real, the trigger on virtual time, and the contract."""

from datetime import UTC, datetime
from decimal import Decimal

import ecomflow_giftcard as plugin
import pytest
from ecomflow_giftcard.issuing import issue
from ecomflow_giftcard.ledger import Ledger, giftcards

from ecomflow import Permanent, Retryable
from ecomflow.testing import check_plugin

LOYAL = """
name: loyal-customer
trigger: {event: order.created, every_nth: 3, by: order.email}
actions:
  - id: card
    action: giftcard.issue
    with: {amount: 10, email: "{{ order.email }}"}
  - action: log.write
    with: {message: "order {{ trigger.count }}: {{ card.code | masked }}"}
"""
SHOP = "shop: test\nconnections: {cards: {plugin: giftcards}}\n"
ANA = {"amount": 25, "email": "ana@shopper.example"}


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "var" / "cards.db")


# --- the action ---


def test_a_card_is_issued_and_expires(perform, ledger):
    card = perform(issue, {**ANA, "expires_in": "30d"}, connection=ledger, now=datetime(2026, 1, 1, 9, tzinfo=UTC))

    assert card["amount"] == Decimal(25)
    assert card["expires_at"] == "2026-01-31T09:00:00+00:00"
    assert [each.code for each in ledger.cards()] == [card["code"]]


def test_a_call_that_is_repeated_issues_one_card(perform, ledger):
    first = perform(issue, ANA, connection=ledger, key="k1")

    assert perform(issue, ANA, connection=ledger, key="k1", attempt=2) == first
    assert perform(issue, ANA, connection=ledger, key="k2")["code"] != first["code"]
    assert len(ledger.cards()) == 2


@pytest.mark.parametrize(("more", "said"), [({"amount": 0}, "must be above 0"), ({"expires_in": "soon"}, "expires_in")])
def test_what_makes_no_sense_is_refused(perform, ledger, more, said):
    with pytest.raises(Permanent, match=said):
        perform(issue, {**ANA, **more}, connection=ledger)
    assert ledger.cards() == []


def test_a_ledger_that_cannot_be_written_is_tried_again_later(perform, tmp_path):
    (tmp_path / "cards.db").mkdir()
    with pytest.raises(Retryable):
        perform(issue, ANA, connection=Ledger(tmp_path / "cards.db"))


def test_the_ledger_stays_in_the_project(tmp_path):
    with pytest.raises(ValueError, match="leads out"):
        giftcards(root=tmp_path, path="../cards.db")


# --- the trigger ---


def order(sim, number, email="ana@shopper.example"):
    return sim.emit("order.created", {"order": {"id": f"o{number}", "email": email}})


def test_every_third_order_of_a_customer_gets_a_card(simulate):
    sim = simulate(LOYAL, project=SHOP, plugins=(plugin,))
    sim.on("giftcard.issue", returns={"code": "AAAA-BBBB-CCCC"})

    for number in range(7):
        order(sim, number)
    order(sim, 8, "ben@shopper.example")

    issued = [call for call in sim.actions if call.action == "giftcard.issue"]
    assert [call.plan for call in issued] == ["gift card of 10 for ana@shopper.example, valid for 365d"] * 2
    assert [call.params["message"] for call in sim.actions if call.action == "log.write"] == [
        "order 3: ••••••••••CCCC", "order 6: ••••••••••CCCC",
    ]  # fmt: skip


def test_the_count_survives_a_stop(simulate):
    sim = simulate(LOYAL, project=SHOP, plugins=(plugin,))
    order(sim, 1)
    order(sim, 2)
    sim.restart(down="1h")

    order(sim, 3)

    assert len(sim.runs) == 1


def test_why_tells_how_many_are_missing(simulate):
    sim = simulate(LOYAL, project=SHOP, plugins=(plugin,))
    receipt = order(sim, 1)

    assert "2 more make it fire" in sim.why(receipt.event_id)[0].reason


# --- all of it ---


def test_it_keeps_the_contract():
    assert check_plugin(plugin) == []
