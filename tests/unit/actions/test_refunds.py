"""refund.create on the embedded back office."""

from decimal import Decimal

import pytest

from ecomflow import Effect, Permanent


def test_money_is_given_back(do, stocked):
    made = do("refund.create", order="o1", amount=Decimal("19.90"), reason="broken")

    assert made == {
        "id": made["id"], "order_id": "o1", "amount": Decimal("19.90"), "currency": "EUR", "reason": "broken",
        "created_at": "2026-03-02T09:00:00+00:00",
    }  # fmt: skip
    assert stocked.find("refund", order_id="o1") == [made]


def test_it_charges_and_is_idempotent(registry):
    spec = registry.catalog.actions["refund.create"]
    assert (spec.effect, spec.idempotent) == (Effect.CHARGES, True)


def test_refunds_together_never_go_beyond_the_total(do, stocked):
    # Given an order of 50, of which 30 was refunded
    do("refund.create", key="k1", order="o1", amount=30)

    # When more than the rest is asked for, Then it is refused; the rest itself is not
    with pytest.raises(Permanent, match=r"order 'o1' cost 50, 30 of it was refunded before: 20\.01 more is too much"):
        do("refund.create", key="k2", order="o1", amount=Decimal("20.01"))
    assert do("refund.create", key="k3", order="o1", amount=20)["amount"] == 20
    with pytest.raises(Permanent, match="50 of it was refunded before"):
        do("refund.create", key="k4", order="o1", amount=Decimal("0.01"))
    assert sum(refund["amount"] for refund in stocked.find("refund")) == 50


def test_an_order_whose_total_is_not_known_has_no_limit(do, desk):
    desk.put("order", {"id": "o7", "total": None})

    assert do("refund.create", order="o7", amount=1000, currency="USD")["currency"] == "USD"
    assert do("refund.create", key="k2", order="o8", amount=1000)["currency"] is None


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"amount": 0}, "above 0"),
        ({"amount": -5}, "above 0"),
        ({"amount": 51}, "cost 50, 0 of it was refunded"),
        ({"amount": 5, "currency": "USD"}, "order 'o1' is in EUR, the refund in USD"),
        ({"amount": "5"}, "expected a number"),
        ({"amount": 5, "order": " "}, "order: is empty"),
    ],
)
def test_a_refund_that_is_none_is_refused(do, stocked, params, message):
    with pytest.raises(Permanent, match=message):
        do("refund.create", **{"order": "o1", **params})
    assert stocked.find("refund") == []


def test_the_plan(plan):
    assert plan("refund.create", order="o1", amount=5, currency="EUR", reason="late") == "refund 5 EUR of order o1: late"
    assert plan("refund.create", order="o1", amount=5) == "refund 5 of order o1"
