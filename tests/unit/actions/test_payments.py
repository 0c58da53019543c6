"""payment.capture on the embedded back office."""

from decimal import Decimal

import pytest

from ecomflow import Effect, Permanent


def test_all_that_is_left_is_taken(do, stocked):
    # Given an order of 50, When it is captured without an amount
    made = do("payment.capture", order="o1")

    # Then all of it was taken, and the order is paid
    assert made == {"id": made["id"], "order_id": "o1", "amount": 50, "currency": "EUR", "created_at": "2026-03-02T09:00:00+00:00"}
    assert stocked.get("order", "o1")["financial_status"] == "paid"
    assert stocked.find("payment", order_id="o1") == [made]


def test_it_charges_and_is_idempotent(registry):
    spec = registry.catalog.actions["payment.capture"]
    assert (spec.effect, spec.idempotent) == (Effect.CHARGES, True)


def test_payments_together_never_go_beyond_the_total(do, stocked):
    # Given an order of 50, of which 20 was taken
    do("payment.capture", order="o1", amount=20)
    assert stocked.get("order", "o1")["financial_status"] == "partially_paid"

    # When more than the rest is asked for, Then it is refused; the rest itself is not
    with pytest.raises(Permanent, match=r"of order 'o1' 30 is left to pay: 30\.01 is too much"):
        do("payment.capture", key="k2", order="o1", amount=Decimal("30.01"))
    assert do("payment.capture", key="k3", order="o1")["amount"] == 30
    with pytest.raises(Permanent, match="order 'o1' is paid: nothing can be taken for it"):
        do("payment.capture", key="k4", order="o1")


@pytest.mark.parametrize(
    ("order", "params", "message"),
    [
        ({"total": 5, "financial_status": "voided"}, {}, "order 'o7' is voided"),
        ({"total": 5, "cancelled_at": "2026-03-01T09:00:00Z"}, {}, "order 'o7' is cancelled"),
        ({"total": None}, {}, "nobody knows what order 'o7' costs"),
        ({"total": 5}, {"amount": 0}, "above 0"),
        ({"total": 5}, {"order": " "}, "order: is empty"),
        ({"total": 5}, {"order": "o8"}, "there is no order 'o8'"),
    ],
)
def test_a_payment_that_is_none_is_refused(do, desk, order, params, message):
    desk.put("order", {"id": "o7", **order})

    with pytest.raises(Permanent, match=message):
        do("payment.capture", **{"order": "o7", **params})
    assert desk.find("payment") == []


def test_the_plan(plan):
    assert plan("payment.capture", order="o1") == "capture what is left of order o1"
    assert plan("payment.capture", order="o1", amount=5) == "capture 5 of order o1"
