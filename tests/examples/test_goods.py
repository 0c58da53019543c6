"""Automations of goods on a real desk: what they are shown to ask for in their cases is what then stands in its records."""

from decimal import Decimal
from functools import partial
from shutil import copytree

import pytest
from automations import FOLDER
from realshop import RealShop


@pytest.fixture
def open_shop(tmp_path, mailbox):
    """Return what opens a shop in which some of the automations run, by the beginnings of their names."""
    opened = []

    def open_(*rows):
        names = [path.stem for path in FOLDER.rglob("*/*.yaml") if path.stem.startswith(rows) and not path.stem.endswith(".test")]
        assert len(names) == len(rows)
        opened.append(RealShop(tmp_path / "shop", mailbox, write=partial(copytree, FOLDER), only=names))
        return opened[-1]

    yield open_
    for shop in opened:
        shop.close()


def ended(shop):
    """Return how each run has ended, or what it failed of."""
    runs = [shop.runtime.run(run.id) for run in shop.runtime.runs()]
    return [str(run.error or run.status) for run in runs]


def available(shop):
    return {stock["variant_id"]: stock["available"] for stock in shop.desk.find("stock")}


def put_stock(shop, **counts):
    shop.desk.put("stock", *({"id": sku, "variant_id": sku.lower(), "sku": sku, "available": count} for sku, count in counts.items()))


def test_a_bundle_takes_its_parts_and_is_counted_anew(open_shop):
    # Given a bundle of two mugs and tea
    shop = open_shop("m137-")
    shop.desk.put("stock", {"id": "box", "variant_id": "box", "sku": "GIFT-BOX", "available": 4})
    put_stock(shop, MUG=9, TEA=20)

    # When one is sold, Then its parts are gone, and as many bundles can be sold as they allow
    shop.emit("order.created", {"order": {"id": "o1", "lines": [{"sku": "GIFT-BOX", "quantity": 1}]}})
    assert available(shop) == {"box": 3, "mug": 7, "tea": 19}

    # And when it comes back, all is as it was
    refund = {"id": "f1", "restocked": True, "lines": [{"sku": "GIFT-BOX", "quantity": 1}]}
    shop.emit("refund.created", {"refund": refund}, id="e2")
    assert available(shop) == {"box": 4, "mug": 9, "tea": 20}
    assert ended(shop) == ["completed", "completed"]


def test_what_runs_out_is_ordered_once(open_shop):
    # Given sixty shirts that were sold in a month
    shop = open_shop("c124-")
    lines = [{"variant_id": "v1", "quantity": 60}]
    shop.desk.put("order", {"id": "o1", "created_at": "2026-02-20T09:00:00Z", "lines": lines})

    # When their stock falls to what covers the delivery, and lower
    for number, count in enumerate((49, 48, 40)):
        shop.emit("stock.updated", {"stock": {"id": "v1", "sku": "TEE-S", "available": count}}, id=f"e{number}")

    # Then they are ordered, and the supplier gets one letter
    (purchase,) = shop.desk.find("purchase")
    assert (purchase["supplier"], purchase["lines"]) == ("Acme Mills", [{"variant_id": "v1", "sku": "TEE-S", "quantity": 60}])
    assert shop.mails == [("desk@mills.example", f"Order {purchase['id']}: 60 × TEE-S")]
    assert ended(shop) == ["stopped", "completed", "stopped"]


def test_a_month_is_closed_with_its_lists(open_shop):
    # Given an order of February, and one of March
    shop = open_shop("c128-")
    for id, day in (("o1", "2026-02-28T23:00:00Z"), ("o2", "2026-03-01T00:00:00Z")):
        shop.desk.put("order", {"id": id, "created_at": day, "total": Decimal("12.50")})

    # When the first week of March is over
    shop.after(days=6)

    # Then the lists of February are written, and there is something to do
    assert {(each["id"], each["rows"], each["total"]) for each in shop.desk.find("report")} == {
        ("sales-2026-02", 1, Decimal("12.50")), ("shipping-2026-02", 0, 0), ("payouts-2026-02", 0, 0),
    }  # fmt: skip
    tasks = shop.desk.find("ticket", team="finance", tags="close-2026-02")
    assert sorted(each["subject"] for each in tasks) == [
        "2026-02, 1: Match payouts with the bank", "2026-02, 2: Post refunds and fees", "2026-02, 3: Accrue shipping",
        "2026-02, 4: Close the month",
    ]  # fmt: skip


def test_parcels_are_prepared_by_several_rules_together(open_shop):
    shop = open_shop("c089-", "c093-")
    order = {"id": "o1", "weight": 400, "source_name": "outlet", "shipping_address": {"country_code": "US"}}

    shop.emit("order.created", {"order": order})

    (parcel,) = shop.desk.find("shipment")
    assert (parcel["service"], parcel["package"], parcel["ship_from"]["city"]) == ("USPS Ground Advantage", "Thick Envelope", "Hamburg")


def test_a_return_has_its_fee_and_waits_for_a_person(open_shop):
    shop = open_shop("c102-", "c106-")
    shop.desk.put("order", {"id": "o1", "shipping_address": {"country_code": "CH"}})
    shop.desk.put("return", {"id": "r1", "order_id": "o1", "status": "requested"})

    shop.emit("return.requested", {"return": {"id": "r1", "order_id": "o1", "lines": [{"id": "l1", "reason": "damaged"}]}})
    assert (shop.desk.get("return", "r1")["status"], shop.desk.get("return", "r1")["fee"]) == ("in_review", Decimal("9.90"))

    shop.after(days=8)
    assert shop.desk.get("return", "r1")["status"] == "declined"


def test_too_many_pieces_are_paid_back(open_shop):
    shop = open_shop("m018-")
    lines = [{"sku": "SNEAKER-LTD", "quantity": 3}]
    shop.desk.put("order", {"id": "o1", "total": 300, "currency": "EUR", "lines": lines})

    shop.emit("order.created", {"order": {"id": "o1", "lines": lines}})

    assert shop.desk.get("order", "o1")["status"] == "cancelled"
    assert [(each["order_id"], each["amount"]) for each in shop.desk.find("refund")] == [("o1", 300)]


def test_a_price_follows_the_market_within_its_bounds(open_shop):
    shop = open_shop("c118-")
    shop.desk.put("price", {"id": "v1", "variant_id": "v1", "price": 25, "regular": 29, "minimum": 18})

    for number, lowest in enumerate((Decimal("22.00"), 12)):
        shop.emit("market_price.updated", {"market_price": {"id": "v1", "lowest": lowest}}, id=f"e{number}")
        shop.after(hours=2 * number + 2)

    assert [(each["price"], each["reason"]) for each in shop.desk.get("price", "v1")["changes"]] == [
        (21, "below the lowest competitor"), (29, "the market is below the minimum"),
    ]  # fmt: skip


def test_what_is_sold_out_is_tagged_everywhere(open_shop):
    shop = open_shop("m082-")
    line = {"variant_id": "v1", "product_id": "p1", "quantity": 2}
    for kind, record in (("order", {"id": "o1"}), ("customer", {"id": "k1"}), ("product", {"id": "p1", "tags": ["linen"]})):
        shop.desk.put(kind, record)
    shop.desk.put("stock", {"id": "v1", "variant_id": "v1", "available": 1})

    shop.emit("order.created", {"order": {"id": "o1", "customer": {"id": "k1"}, "lines": [line]}})

    assert [shop.desk.get(kind, id)["tags"] for kind, id in (("order", "o1"), ("customer", "k1"), ("product", "p1"))] == [
        ["out-of-stock"], ["waits-for-stock"], ["linen", "ordered-while-sold-out"],
    ]  # fmt: skip


def test_variants_of_one_kind_share_their_count(open_shop):
    shop = open_shop("m178-")
    shop.desk.put("product", {"id": "p1", "type": "Bulk tea", "status": "active", "variants": [{"id": "a"}, {"id": "b"}]})
    for id, count, day in (("a", 8, 1), ("b", 5, 2)):
        shop.desk.put("stock", {"id": id, "variant_id": id, "available": count, "updated_at": f"2026-03-0{day}T08:00:00Z"})

    shop.after(minutes=25)

    assert available(shop) == {"a": 5, "b": 5}
    assert set(ended(shop)) == {"completed"}
