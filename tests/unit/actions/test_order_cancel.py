"""order.cancel on the embedded desk."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ecomflow import Permanent


def test_an_order_is_called_off_once(do, stocked):
    first = do("order.cancel", order="o1", reason="out of stock")
    again = do("order.cancel", key="k2", order="o1", reason="another", refund=True, later=timedelta(days=1))

    assert (first["status"], first["cancel_reason"], first["cancelled_at"]) == ("cancelled", "out of stock", "2026-03-02T09:00:00+00:00")
    assert again == first
    assert stocked.find("refund") == []


def test_what_is_left_of_it_is_given_back(do, stocked):
    # Given an order of 50 of which 20 were given back
    do("refund.create", order="o1", amount=20)

    # When it is called off
    do("order.cancel", key="k2", order="o1", reason="fraud", refund=True, notify=True)

    # Then
    (rest,) = [each for each in stocked.find("refund") if each["reason"] == "fraud"]
    assert (rest["order_id"], rest["amount"], rest["currency"]) == ("o1", Decimal(30), "EUR")


def test_nothing_is_given_back_of_what_nobody_knows(do, stocked):
    stocked.put("order", {"id": "o2"})

    assert do("order.cancel", order="o2", reason="fraud", refund=True)["status"] == "cancelled"
    assert stocked.find("refund") == []


def test_an_order_that_is_not_there_is_named(do):
    with pytest.raises(Permanent, match="there is no order 'o9'"):
        do("order.cancel", order="o9", reason="fraud")


def test_plans(plan):
    assert plan("order.cancel", order="o1", reason="fraud", refund=True) == "cancel order o1, with a refund: fraud"
    assert plan("order.cancel", order="o1", reason="fraud") == "cancel order o1: fraud"
