"""What Shopify's webhooks become (API version 2026-04): the tables say which field of theirs is which of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from ecomflow import Source
from ecomflow.commerce.mapping import (
    Row,
    apply,
    field_of_each,
    flag,
    identity,
    is_text,
    joined,
    moment,
    money,
    record,
    records,
    text,
    whole,
    words,
)  # fmt: skip

_CUSTOMER: Final = (
    Row("id", "id", identity),
    Row("email", "email", text),
    Row("phone", "phone", text),
    Row("first_name", "first_name", text),
    Row("last_name", "last_name", text),
    Row("tags", "tags", words),
    Row("accepts_marketing", "accepts_marketing", flag),
    Row("email_marketing_consent.state", "accepts_marketing", is_text("subscribed")),
    Row("orders_count", "orders_count", whole),
    Row("total_spent", "total_spent", money),
    Row("currency", "currency", text),
    Row("locale", "locale", text),
    Row("note", "note", text),
    Row("created_at", "created_at", moment),
    Row("updated_at", "updated_at", moment),
)

_LINE: Final = (
    Row("id", "id", identity),
    Row("key", "id", identity),
    Row("sku", "sku", text),
    Row("title", "title", text),
    Row("variant_title", "variant", text),
    Row("product_id", "product_id", identity),
    Row("variant_id", "variant_id", identity),
    Row("quantity", "quantity", whole),
    Row("price", "price", money),
    Row("vendor", "vendor", text),
    Row("gift_card", "gift_card", flag),
    Row("requires_shipping", "requires_shipping", flag),
)

_ADDRESS: Final = (
    Row("name", "name", text),
    Row("first_name", "first_name", text),
    Row("last_name", "last_name", text),
    Row("company", "company", text),
    Row("address1", "address1", text),
    Row("address2", "address2", text),
    Row("city", "city", text),
    Row("zip", "postal_code", text),
    Row("province", "province", text),
    Row("province_code", "province_code", text),
    Row("country", "country", text),
    Row("country_code", "country_code", text),
    Row("phone", "phone", text),
)

_SHARED: Final = (
    Row("total_price", "total", money),
    Row("subtotal_price", "subtotal", money),
    Row("total_tax", "tax", money),
    Row("total_discounts", "discount", money),
    Row("currency", "currency", text),
    Row("email", "email", text),
    Row("phone", "phone", text),
    Row("customer_locale", "customer_locale", text),
    Row("created_at", "created_at", moment),
    Row("updated_at", "updated_at", moment),
    Row("line_items", "lines", records(_LINE)),
    Row("customer", "customer", record(_CUSTOMER)),
    Row("shipping_address", "shipping_address", record(_ADDRESS)),
    Row("billing_address", "billing_address", record(_ADDRESS)),
    Row("discount_codes", "discount_codes", field_of_each("code")),
    Row("note", "note", text),
    Row("source_name", "source_name", text),
    Row("buyer_accepts_marketing", "accepts_marketing", flag),
)

CHECKOUT: Final = (
    Row("token", "id", identity),
    *_SHARED,
    Row("completed_at", "completed_at", moment),
    Row("abandoned_checkout_url", "recovery_url", text),
    Row("cart_token", "cart_id", identity),
)

ORDER: Final = (
    Row("id", "id", identity),
    *_SHARED,
    Row("order_number", "number", identity),
    Row("name", "number", text),
    Row("checkout_token", "checkout_id", identity),
    Row("tags", "tags", words),
    Row("financial_status", "financial_status", text),
    Row("fulfillment_status", "fulfillment_status", text),
    Row("payment_gateway_names", "payment_method", joined),
    Row("cancelled_at", "cancelled_at", moment),
    Row("cancel_reason", "cancel_reason", text),
    Row("test", "test", flag),
)

# topic: event type, table, the moment when it happened (the first that is there)
_TOPICS: Final[Mapping[str, tuple[str, tuple[Row, ...], tuple[str, ...]]]] = {
    "checkouts/create": ("checkout.updated", CHECKOUT, ("updated_at", "created_at")),
    "checkouts/update": ("checkout.updated", CHECKOUT, ("updated_at", "created_at")),
    "orders/create": ("order.created", ORDER, ("created_at", "updated_at")),
}


def convert(topic: str, body: Any, event_id: str | None = None) -> list[dict[str, Any]]:
    """Return the event of one delivery; a body of any shape is taken, one that is no mapping gives none.

    Args:
        topic: as ``X-Shopify-Topic`` says it.
        body: decoded.
        event_id: as ``X-Shopify-Webhook-Id`` says it; without it, what the body hashes to.
    """
    if not isinstance(body, Mapping):
        return []
    type_, rows, moments = _TOPICS[topic]
    noun = type_.partition(".")[0]
    thing = apply(rows, body)
    subject = thing.get("id")
    time = next((thing[name] for name in moments if thing.get(name)), None)
    data: dict[str, Any] = {noun: thing, "raw": body}
    if "customer" in thing:
        data["customer"] = thing["customer"]
    id = event_id or _hash(topic, body, subject, time)
    return [{"type": type_, "id": id, "source": "shopify", "subject": subject, "time": time, "data": data}]


def _hash(topic: str, body: Any, subject: str | None, time: str | None) -> str:
    try:
        text_ = json.dumps(body, sort_keys=True, default=str)
    except (RecursionError, TypeError, ValueError):
        text_ = f"{subject} {time}"
    return sha256(f"{topic}\n{text_}".encode("utf-8", "surrogatepass")).hexdigest()


SHOPIFY: Final = Source("shopify", tuple(_TOPICS), convert)
