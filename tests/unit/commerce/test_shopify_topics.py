"""What the webhooks beside checkouts and new orders become."""

from decimal import Decimal

import pytest
from deliveries import BODIES, PAID_BACK, RETURN_LINE, VARIANT

from ecomflow.registry import Registry

SHOPIFY = Registry.load().sources["shopify"]


def event(topic, body):
    (made,) = SHOPIFY(topic, body, "w-1")
    return made


def thing(topic, **changes):
    made = event(topic, {**BODIES[topic], **changes})
    return made["data"][made["type"].partition(".")[0]]


@pytest.mark.parametrize(
    ("topic", "type_", "subject", "time"),
    [
        ("customers/create", "customer.created", "603851970716743426", "2026-01-01T10:00:00+01:00"),
        ("fulfillments/create", "shipment.created", "255858046", "2026-01-02T10:00:00+01:00"),
        ("fulfillments/update", "shipment.updated", "255858046", "2026-01-02T11:00:00+01:00"),
        ("orders/cancelled", "order.cancelled", "820982911946154508", "2026-01-02T09:00:00+01:00"),
        ("orders/paid", "order.paid", "820982911946154508", "2026-01-01T11:00:00+01:00"),
        ("orders/updated", "order.updated", "820982911946154508", "2026-01-01T11:00:00+01:00"),
        ("products/create", "product.created", "788032119674292922", "2026-01-01T10:00:00+01:00"),
        ("products/update", "product.updated", "788032119674292922", "2026-01-02T10:00:00+01:00"),
        ("refunds/create", "refund.created", "890088186047892319", "2026-01-03T10:00:00+01:00"),
        ("returns/close", "return.closed", "123134564567890", None),
        ("returns/request", "return.requested", "123134564567890", None),
        ("variants/in_stock", "variant.back_in_stock", "642667041472713922", "2026-01-02T10:00:00+01:00"),
        ("variants/out_of_stock", "variant.out_of_stock", "642667041472713922", "2026-01-02T10:00:00+01:00"),
    ],
)
def test_a_topic_becomes_an_event(topic, type_, subject, time):
    made = event(topic, BODIES[topic])
    assert {key: made[key] for key in ("type", "id", "source", "subject", "time")} == {
        "type": type_, "id": "w-1", "source": "shopify", "subject": subject, "time": time,
    }  # fmt: skip
    assert made["data"]["raw"] == BODIES[topic]


def test_a_fulfillment_is_a_shipment():
    shipment = thing("fulfillments/create")

    assert (shipment["order_id"], shipment["location"], shipment["carrier"], shipment["tracking_number"]) == (
        "820982911946154508", "24826418", "UPS", "1Z9",
    )  # fmt: skip
    assert shipment["tracking_url"] == "https://ups.example/1Z9"
    assert (shipment["lines"][0]["product_id"], shipment["ship_from"]["city"]) == ("2", "Berlin")


@pytest.mark.parametrize(
    ("theirs", "ours"), [("pending", "planned"), ("open", "planned"), ("success", "shipped"), ("cancelled", "cancelled"), ("error", None), (7, None)]
)
def test_the_words_for_how_far_a_shipment_is_are_ours(theirs, ours):
    assert thing("fulfillments/update", status=theirs).get("status") == ours


def test_a_return_that_is_closed_names_its_order_in_another_place():
    made = event("returns/close", {"id": 7, "order_id": 4783296544821, "status": "closed"})

    assert made["data"]["return"] == {"id": "7", "order_id": "4783296544821", "status": "closed"}


def test_a_return_names_the_lines_of_its_order():
    assert thing("returns/request") == {
        "id": "123134564567890", "name": "#1234-R1", "status": "requested", "order_id": "820982911946154508", "line_count": 1,
        "lines": [{"id": "1", "quantity": 2, "reason": "size_too_small", "note": "too tight"}],
        "fee": Decimal("4.90"), "exchange_count": 0,
    }  # fmt: skip


def test_the_shops_note_counts_where_the_customer_wrote_none():
    line = {**RETURN_LINE, "customer_note": None, "return_reason_note": "seam open"}
    assert thing("returns/request", return_line_items=[line])["lines"][0]["note"] == "seam open"


@pytest.mark.parametrize("order", [None, {}, 7, {"id": None}, {"admin_graphql_api_id": "gid://shopify/Order/5"}])
def test_a_return_without_the_number_of_its_order_has_none(order):
    assert thing("returns/request", order=order).get("order_id") is None


def test_a_refund_is_what_succeeded():
    refund = thing("refunds/create")
    assert refund["restocked"] is True
    assert (refund["amount"], refund["currency"], refund["order_id"], refund["return_id"]) == (
        Decimal("34.90"), "EUR", "820982911946154508", "123134564567890",
    )  # fmt: skip
    assert refund["lines"] == [
        {"id": "1", "sku": "S-1", "title": "Shirt", "product_id": "2", "variant_id": "3", "quantity": 2,
         "amount": Decimal("39.8"), "tax": Decimal("6.35")}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("transactions", "amount"),
    [
        ([], Decimal(0)), ([{**PAID_BACK, "amount": None}], None), ([PAID_BACK, {**PAID_BACK, "amount": "12,50"}], None),
        ([PAID_BACK, None], None), ({}, None), ([{**PAID_BACK, "status": ["success"]}], Decimal(0)),
    ],
    ids=str,
)  # fmt: skip
def test_a_sum_of_less_than_all_is_none(transactions, amount):
    assert thing("refunds/create", transactions=transactions).get("amount") == amount


@pytest.mark.parametrize(
    ("currencies", "expected"), [(["CHF", "CHF"], "CHF"), (["CHF", "EUR"], "EUR"), ([None], "EUR"), ([], "EUR")], ids=str
)
def test_the_currency_of_a_refund_is_that_of_all_its_payments_or_the_shops(currencies, expected):
    assert thing("refunds/create", transactions=[{**PAID_BACK, "currency": each} for each in currencies])["currency"] == expected


def test_a_product_has_its_variants():
    product = thing("products/update")
    assert (product["type"], product["tags"], product["published_at"]) == ("Shirts", ["linen", "summer"], None)
    assert product["variants"] == [thing("variants/in_stock")]
    assert product["variants"][0]["price_before"] == Decimal("24.99")


def test_a_customer_stands_once():
    data = event("customers/create", BODIES["customers/create"])["data"]
    assert set(data) == {"customer", "raw"}
    assert (data["customer"]["tags"], data["customer"]["accepts_marketing"]) == (["vip", "b2b"], True)


def test_a_restock_is_told_once_a_delivery():
    # Given no id of the delivery, Then the same body is the same event, and another count is another one.
    (first,), (again,) = SHOPIFY("variants/in_stock", VARIANT, None), SHOPIFY("variants/in_stock", dict(VARIANT), None)
    (later,) = SHOPIFY("variants/in_stock", {**VARIANT, "inventory_quantity": 3}, None)
    assert first["id"] == again["id"] != later["id"]
