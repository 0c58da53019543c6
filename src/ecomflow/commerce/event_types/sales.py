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
    "location": text("the place of the shop where it was made, as the shop calls it"),
}

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
        "financial_status": text(),
        "fulfillment_status": text(),
        "payment_method": text(),
        "cancelled_at": MOMENT,
        "cancel_reason": text(),
        "accepts_marketing": FLAG,
        "test": FLAG,
    },
    "id",
)
