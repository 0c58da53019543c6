"""loyalty.… and gift_card.…, on the embedded desk."""

from decimal import Decimal

import pytest

from ecomflow import Permanent


def test_points_add_up_with_the_customer(do, stocked):
    first = do("loyalty.add_points", customer="c1", points=50, reason="spent 500")
    second = do("loyalty.add_points", key="k2", customer="c1", points=7)

    assert first == {
        "id": first["id"], "customer_id": "c1", "points": 50, "balance": 50, "reason": "spent 500",
        "created_at": "2026-03-02T09:00:00+00:00",
    }  # fmt: skip
    assert (second["points"], second["balance"]) == (7, 57)
    assert do("customer.get", id="c1")["points"] == 57
    assert len(stocked.find("points", customer_id="c1")) == 2


def test_who_is_not_there_gets_no_points(do, stocked):
    with pytest.raises(Permanent, match="there is no customer 'c9'"):
        do("loyalty.add_points", customer="c9", points=5)
    assert stocked.find("points") == []


@pytest.mark.parametrize("points", [0, -5, 1_000_001, "5"])
def test_only_points_that_are_some_are_given(do, stocked, points):
    with pytest.raises(Permanent, match="points"):
        do("loyalty.add_points", customer="c1", points=points)
    assert stocked.get("customer", "c1").get("points") is None


def test_a_gift_card_is_made_once(do, desk):
    card = do("gift_card.create", amount=Decimal("20.00"), currency="EUR", email="ana@x.example", note="thanks", expires_in="48h")

    assert do("gift_card.create", amount=Decimal("20.00"), currency="EUR", email="ana@x.example", note="thanks", expires_in="48h") == card
    assert card == {
        "id": card["code"], "code": card["code"], "amount": Decimal("20.00"), "balance": Decimal("20.00"), "currency": "EUR",
        "email": "ana@x.example", "note": "thanks", "expires_at": "2026-03-04T09:00:00+00:00", "created_at": "2026-03-02T09:00:00+00:00",
    }  # fmt: skip
    assert len(card["code"]) == 16
    assert do("gift_card.create", key="k2", amount=5)["code"] != card["code"]
    assert len(desk.find("gift_card")) == 2


@pytest.mark.parametrize(
    ("params", "message"),
    [({"amount": 0}, "above 0"), ({"amount": -1}, "above 0"), ({"amount": 5, "expires_in": "soon"}, "expires_in"), ({}, "amount")],
)
def test_a_gift_card_that_is_none_is_refused(do, desk, params, message):
    with pytest.raises(Permanent, match=message):
        do("gift_card.create", **params)
    assert desk.find("gift_card") == []


def test_plans(plan):
    assert plan("loyalty.add_points", customer="c1", points=50, reason="birthday") == "give customer c1 50 points: birthday"
    assert plan("loyalty.add_points", customer="c1", points=50) == "give customer c1 50 points"
    assert plan("gift_card.create", amount=20, currency="EUR", email="a@x.example") == "gift card of 20 EUR for a@x.example"
    assert plan("gift_card.create", amount=20) == "gift card of 20"
