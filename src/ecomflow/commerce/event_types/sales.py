"""What a checkout and an order look like."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.event_types.parts import (
    ADDRESS,
    CUSTOMER,
    EMAIL,
    FLAG,
    ID,
    LINE,
    MOMENT,
    MONEY,
    TAGS,
    Schema,
    listing,
    mapping,
    nullable,
    text,
)

_SHARED: Final[Schema] = {
    "id": ID,
    "total": MONEY,
    "subtotal": MONEY,
    "tax": MONEY,
    "discount": nullable("number", description="all discounts together"),
    "currency": text("ISO 4217"),
    "email": EMAIL,
    "phone": text(),
    "customer_locale": text(),
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "lines": listing(LINE),
    "customer": CUSTOMER,
    "shipping_address": ADDRESS,
    "billing_address": ADDRESS,
    "discount_codes": TAGS,
    "note": text(),
    "source_name": text("where it was made, such as web or pos"),
}

_UTM: Final = mapping({name: text() for name in ("campaign", "content", "medium", "source", "term")})

CHECKOUT: Final = mapping(
    {
        **_SHARED,
        "completed_at": MOMENT,
        "recovery_url": text(format="uri"),
        "cart_id": text(),
        "accepts_marketing": FLAG,
    },
    "id",
)

ORDER: Final = mapping(
    {
        **_SHARED,
        "number": text("as people say it"),
        "checkout_id": text("the id of the checkout that it came from"),
        "tags": TAGS,
        "attributes": nullable("object", additionalProperties=text(), description="further texts by name, as the shop keeps them"),
        "status": text("such as open or on_hold"),
        "financial_status": text("such as pending, authorized, paid or refunded"),
        "fulfillment_status": text(),
        "payment_method": text(),
        "payment_url": text("where the customer can pay it", format="uri"),
        "location": text("the place of the shop where it was made, as the shop calls it"),
        "staff": text("who of the shop placed it, where a customer did not"),
        "utm": _UTM,
        "weight": nullable("integer", description="in grams, all lines together"),
        "cancelled_at": MOMENT,
        "cancel_reason": text(),
        "accepts_marketing": FLAG,
        "test": FLAG,
    },
    "id",
)

DRAFT_ORDER: Final = mapping(
    {
        **_SHARED,
        "name": text("as people say it, such as #D12"),
        "status": text("open, or completed once it has become an order"),
        "order_id": text("of the order that it has become"),
        "tags": TAGS,
        "staff": text("who of the shop made it"),
        "reserve_until": text("until when its goods are kept for it", format="date-time"),
    },
    "id",
)

RISK: Final = mapping(
    {
        "level": text("low, medium or high"),
        "score": nullable("number", description="as the sender counts"),
        "reason": text("for people"),
    }
)
