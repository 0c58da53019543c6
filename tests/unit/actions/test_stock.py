"""stock.… and stock_alert.… on the embedded back office."""

from datetime import timedelta
from decimal import Decimal

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
    assert do("stock.get", variant="v1") == {
        "id": "v1", "variant_id": "v1", "sku": None, "product_id": None, "available": 3, "updated_at": None,
    }  # fmt: skip
    assert do("stock.get", variant="v9") is None


def test_stock_is_looked_up_by_its_sku(do, desk):
    desk.put("stock", {"id": "v1", "variant_id": "v1", "sku": "TEE-S", "available": 3})

    assert do("stock.get", sku="TEE-S")["available"] == 3
    assert do("stock.get", sku="TEE-M") is None
    with pytest.raises(Permanent, match="needs a variant or a sku"):
        do("stock.get")


def test_a_count_is_noted_also_of_what_was_not_known(do, stocked):
    assert do("stock.set", variant="v1", available=9)["updated_at"] == "2026-03-02T09:00:00+00:00"
    do("stock.set", key="k2", variant="v8", available=4)
    assert [do("stock.get", variant=each)["available"] for each in ("v1", "v8")] == [9, 4]


def test_the_same_count_again_is_no_change(do, stocked):
    do("stock.set", variant="v1", available=9)
    assert (
        do("stock.set", key="k2", variant="v1", available=9, later=timedelta(days=1))["updated_at"]
        == "2026-03-02T09:00:00+00:00"
    )


def test_pieces_come_and_go(do, stocked):
    assert do("stock.adjust", variant="v1", by=-2)["available"] == 1
    assert do("stock.adjust", key="k2", variant="v1", by=5)["available"] == 6


def test_more_than_there_is_cannot_be_taken(do, stocked):
    with pytest.raises(Permanent, match="of 'v1' there are 3, 4 cannot be taken"):
        do("stock.adjust", variant="v1", by=-4)
    with pytest.raises(Permanent, match="there is no stock 'v9'"):
        do("stock.adjust", variant="v9", by=-1)
    assert do("stock.get", variant="v1")["available"] == 3


def test_the_stock_of_a_kind_of_products_is_listed_the_last_change_first(do, desk):
    # Given three products of which one is of another kind, and one is a draft
    for id, kind, status in (("p1", "Shirts", "active"), ("p2", "Shirts", "draft"), ("p3", "Hats", "active")):
        desk.put(
            "product",
            {
                "id": id,
                "type": kind,
                "status": status,
                "variants": [{"id": f"{id}-a"}, {"id": f"{id}-b"}, {"id": None}],
            },
        )
        for part, day in (("a", 1), ("b", 2)):
            desk.put(
                "stock",
                {"id": f"{id}-{part}", "variant_id": f"{id}-{part}", "available": day, "updated_at": f"2026-03-0{day}"},
            )

    # Then
    def listed(**wanted):
        return [each["variant_id"] for each in do("stock.list", **wanted)]

    assert listed(type="Shirts", status="active") == ["p1-b", "p1-a"]
    assert listed(product="p3") == ["p3-b", "p3-a"]
    assert len(listed(status="active")) == 4
    assert listed(type="shirts", limit=1) in (["p1-b"], ["p2-b"])
    with pytest.raises(Permanent, match="needs a product, a type or a status"):
        listed()


def test_what_was_sold_is_counted_without_what_was_cancelled(do, desk):
    for id, day, quantity, cancelled in (
        ("o1", "02-20", 4, None),
        ("o2", "02-25", None, None),
        ("o3", "02-25", 9, "2026-02-26T09:00:00Z"),
        ("o4", "01-01", 9, None),
    ):
        lines = [{"variant_id": "v1", "quantity": quantity}, {"variant_id": "v2", "quantity": 50}]
        desk.put("order", {"id": id, "created_at": f"2026-{day}T09:00:00Z", "cancelled_at": cancelled, "lines": lines})

    assert do("stock.sold", variant="v1", since="10d") == {"variant_id": "v1", "sold": 5, "per_day": Decimal("0.50")}
    with pytest.raises(Permanent, match="since: 'lately' is no duration"):
        do("stock.sold", variant="v1", since="lately")


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
    assert plan("stock.get", sku="TEE-S") == "look up stock of TEE-S"
    assert plan("stock.list", type="Shirts", status="active") == "list stock of type Shirts, status active"
    assert plan("stock.set", variant="v1", available=4) == "set stock of v1 to 4"
    assert plan("stock.adjust", variant="v1", by=-2) == "change stock of v1 by -2"
    assert plan("stock.sold", variant="v1") == "count sales of v1 in the last 30d"
    assert plan("stock_alert.list", variant="v1") == "list who waits for v1"
    assert plan("stock_alert.mark_notified", alert="a1") == "mark stock alert a1 as told"
