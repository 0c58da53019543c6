"""What Shopify's webhooks become (API version 2026-04): the tables say which field of theirs is which of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from ecomflow import Source
from ecomflow.commerce.mapping import Row, apply
from ecomflow.commerce.shopify.goods import PRODUCT, VARIANT
from ecomflow.commerce.shopify.parcels import SHIPMENT
from ecomflow.commerce.shopify.people import CUSTOMER
from ecomflow.commerce.shopify.returns import REFUND, RETURN
from ecomflow.commerce.shopify.sales import CHECKOUT, ORDER

# topic: event type, table, the moment when it happened (the first that is there)
_TOPICS: Final[Mapping[str, tuple[str, tuple[Row, ...], tuple[str, ...]]]] = {
    "checkouts/create": ("checkout.updated", CHECKOUT, ("updated_at", "created_at")),
    "checkouts/update": ("checkout.updated", CHECKOUT, ("updated_at", "created_at")),
    "customers/create": ("customer.created", CUSTOMER, ("created_at", "updated_at")),
    "customers/update": ("customer.updated", CUSTOMER, ("updated_at", "created_at")),
    "fulfillments/create": ("shipment.created", SHIPMENT, ("created_at", "updated_at")),
    "fulfillments/update": ("shipment.updated", SHIPMENT, ("updated_at", "created_at")),
    "orders/cancelled": ("order.cancelled", ORDER, ("cancelled_at", "updated_at")),
    "orders/create": ("order.created", ORDER, ("created_at", "updated_at")),
    "orders/fulfilled": ("order.fulfilled", ORDER, ("updated_at", "created_at")),
    "orders/paid": ("order.paid", ORDER, ("updated_at", "created_at")),
    "orders/updated": ("order.updated", ORDER, ("updated_at", "created_at")),
    "products/create": ("product.created", PRODUCT, ("created_at", "updated_at")),
    "products/update": ("product.updated", PRODUCT, ("updated_at",)),
    "refunds/create": ("refund.created", REFUND, ("created_at", "processed_at")),
    "returns/close": ("return.closed", RETURN, ()),
    "returns/request": ("return.requested", RETURN, ()),
    "variants/in_stock": ("variant.back_in_stock", VARIANT, ("updated_at",)),
    "variants/out_of_stock": ("variant.out_of_stock", VARIANT, ("updated_at",)),
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
