"""stock.… and stock_alert.… on the embedded back office."""

from datetime import timedelta

import pytest

from ecomflow import Permanent


@pytest.fixture
def waiting(desk):
    """Put in four who wait, in no order."""
    desk.put(
        "stock_alert",
        {"id": "a1", "variant_id": "v1", "email": "ana@x.example", "joined_at": "2026-03-01T12:00:00+02:00"},
        {"id": "a2", "variant_id": "v1", "email": "bo@x.example", "first_name": "Bo", "joined_at": "2026-03-01T09:00:00Z"},
        {"id": "a3", "variant_id": "v2", "email": "cy@x.example", "joined_at": "2026-02-01T09:00:00Z"},
        {"id": "a4", "variant_id": "v1", "email": "di@x.example", "joined_at": "2026-02-28T09:00:00Z"},
    )


def test_stock_is_looked_up(do, stocked):
    assert do("stock.get", variant="v1") == {"id": "v1", "variant_id": "v1", "sku": None, "available": 3}
    assert do("stock.get", variant="v9") is None


def test_who_waits_is_listed_in_order_of_joining(do, waiting):
    found = do("stock_alert.list", variant="v1")

    assert [alert["id"] for alert in found] == ["a4", "a2", "a1"]
    assert found[1] == {
        "id": "a2", "variant_id": "v1", "email": "bo@x.example", "first_name": "Bo", "joined_at": "2026-03-01T09:00:00Z", "notified_at": None,
    }  # fmt: skip
    assert [alert["id"] for alert in do("stock_alert.list", variant="v1", limit=2)] == ["a4", "a2"]
    assert do("stock_alert.list", variant="v9") == []


def test_who_was_told_waits_no_more(do, waiting):
    told = do("stock_alert.mark_notified", alert="a2")
    again = do("stock_alert.mark_notified", key="k2", alert="a2", later=timedelta(days=1))

    assert told["notified_at"] == again["notified_at"] == "2026-03-02T09:00:00+00:00"
    assert [alert["id"] for alert in do("stock_alert.list", variant="v1")] == ["a4", "a1"]


def test_an_alert_that_is_not_there_is_named(do):
    with pytest.raises(Permanent, match="there is no stock alert 'a9'"):
        do("stock_alert.mark_notified", alert="a9")


def test_plans(plan):
    assert plan("stock.get", variant="v1") == "look up stock of v1"
    assert plan("stock_alert.list", variant="v1") == "list who waits for v1"
    assert plan("stock_alert.mark_notified", alert="a1") == "mark stock alert a1 as told"
