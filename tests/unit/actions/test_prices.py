"""price.… on the embedded back office."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ecomflow import Permanent


def test_a_price_is_set_and_its_change_written_down(do, desk):
    desk.put("price", {"id": "v1", "variant_id": "v1", "price": 20, "currency": "EUR", "regular": 25})

    changed = do("price.set", variant="v1", price=Decimal("17.50"), reason="competitor", approved_by="ana")

    assert (changed["price"], changed["currency"], changed["regular"]) == (Decimal("17.50"), "EUR", 25)
    assert changed["changes"] == [
        {"price": Decimal("17.50"), "set_at": "2026-03-02T09:00:00+00:00", "reason": "competitor", "approved_by": "ana"}
    ]
    assert do("price.get", variant="v1") == changed


def test_a_price_that_is_so_already_is_no_change(do, desk):
    do("price.set", variant="v1", price=Decimal("20.00"))
    again = do("price.set", key="k2", variant="v1", price=20, later=timedelta(days=1))

    assert [each["set_at"] for each in again["changes"]] == ["2026-03-02T09:00:00+00:00"]


@pytest.mark.parametrize("price", [Decimal("9.99"), 31])
def test_a_price_outside_of_its_bounds_is_refused(do, desk, price):
    desk.put("price", {"id": "v1", "variant_id": "v1", "price": 20, "minimum": 10, "maximum": 30})

    with pytest.raises(Permanent, match="lies between 10 and 30"):
        do("price.set", variant="v1", price=price)
    assert do("price.get", variant="v1")["price"] == 20


def test_the_last_hundred_changes_are_remembered(do, desk):
    old = [
        {"price": number, "set_at": "2026-01-01T00:00:00Z", "reason": None, "approved_by": None}
        for number in range(1, 101)
    ]
    desk.put("price", {"id": "v1", "variant_id": "v1", "price": 100, "changes": old})

    changes = do("price.set", variant="v1", price=7)["changes"]

    assert (len(changes), changes[0]["price"], changes[-1]["price"]) == (100, 2, 7)


def test_nothing_is_known_of_a_price(do):
    assert do("price.get", variant="v9") is None
    with pytest.raises(Permanent, match="must be above 0"):
        do("price.set", variant="v9", price=0)


def test_plans(plan):
    assert plan("price.get", variant="v1") == "look up price of v1"
    assert plan("price.set", variant="v1", price=7, reason="sale") == "set price of v1 to 7: sale"
