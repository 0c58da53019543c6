"""The event types of commerce: what a checkout, an order and their customer look like. Nothing but the id is required.

Every field but the id may be null: a shop that knows that there is no phone number says so.
"""

from __future__ import annotations

from typing import Any, Final

from ecomflow import EventType

Schema = dict[str, Any]


def _nullable(type_: str, **words: Any) -> Schema:
    return {"type": [type_, "null"], **words}


def _text(description: str = "", **words: Any) -> Schema:
    return _nullable("string", **words, **({"description": description} if description else {}))


def _object(properties: Schema, *required: str) -> Schema:
    return {"type": "object" if required else ["object", "null"], "properties": properties, "required": list(required)}


def _list(items: Schema) -> Schema:
    return _nullable("array", items=items)


_MONEY: Final[Schema] = _nullable("number")
_WHOLE: Final[Schema] = _nullable("integer")
_FLAG: Final[Schema] = _nullable("boolean")
_MOMENT: Final[Schema] = _text(format="date-time")
_EMAIL: Final[Schema] = _text(format="email")
_TAGS: Final[Schema] = _list({"type": "string"})
_RAW: Final[Schema] = {"type": ["object", "null"], "additionalProperties": True, "description": "the vendor's own body"}

CUSTOMER: Final = _object(
    {
        "id": _text(),
        "email": _EMAIL,
        "phone": _text(),
        "first_name": _text(),
        "last_name": _text(),
        "tags": _TAGS,
        "accepts_marketing": _FLAG,
        "orders_count": _WHOLE,
        "total_spent": _MONEY,
        "currency": _text(),
        "locale": _text(),
        "note": _text(),
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
    }
)

LINE: Final = _object(
    {
        "id": _text(),
        "sku": _text(),
        "title": _text(),
        "variant": _text("the variant's name"),
        "product_id": _text(),
        "variant_id": _text(),
        "type": _text("the kind of line, such as gift"),
        "quantity": _WHOLE,
        "price": _nullable("number", description="of one piece"),
        "vendor": _text(),
        "gift_card": _FLAG,
        "requires_shipping": _FLAG,
    }
)

ADDRESS: Final = _object(
    {
        "name": _text(),
        "first_name": _text(),
        "last_name": _text(),
        "company": _text(),
        "address1": _text(),
        "address2": _text(),
        "city": _text(),
        "postal_code": _text(),
        "province": _text(),
        "province_code": _text(),
        "country": _text(),
        "country_code": _text("ISO 3166-1 alpha-2"),
        "phone": _text(),
    }
)

_SHARED: Final[Schema] = {
    "id": {"type": "string"},
    "total": _MONEY,
    "subtotal": _MONEY,
    "tax": _MONEY,
    "discount": _nullable("number", description="all discounts together"),
    "currency": _text("ISO 4217"),
    "email": _EMAIL,
    "phone": _text(),
    "customer_locale": _text(),
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
    "lines": _list(LINE),
    "customer": CUSTOMER,
    "shipping_address": ADDRESS,
    "billing_address": ADDRESS,
    "discount_codes": _TAGS,
    "note": _text(),
    "source_name": _text("where it was made, such as web or pos"),
}

CHECKOUT: Final = _object(
    {
        **_SHARED,
        "completed_at": _MOMENT,
        "recovery_url": _text(format="uri"),
        "cart_id": _text(),
        "accepts_marketing": _FLAG,
    },
    "id",
)

ORDER: Final = _object(
    {
        **_SHARED,
        "number": _text("as people say it"),
        "checkout_id": _text("the id of the checkout that it came from"),
        "tags": _TAGS,
        "financial_status": _text(),
        "fulfillment_status": _text(),
        "payment_method": _text(),
        "cancelled_at": _MOMENT,
        "cancel_reason": _text(),
        "accepts_marketing": _FLAG,
        "test": _FLAG,
    },
    "id",
)


APPROVAL: Final = _object(
    {
        "id": {"type": "string"},
        "run_id": _text("of the run that asks, as `ecomflow approve` takes it"),
        "workflow": _text(),
        "title": _text(),
        "details": {"description": "what the step says"},
        "to": _list({"type": "string"}),
        "due_at": _MOMENT,
        "asked_at": _MOMENT,
        "reminders": _nullable("integer", description="how often people have been reminded"),
    },
    "id",
)


def _approval(name: str, description: str) -> EventType:
    data = {"type": "object", "properties": {"approval": APPROVAL}, "required": ["approval"]}
    return EventType(name, data, subject="approval.id", description=description)


def _event(name: str, description: str, schema: Schema) -> EventType:
    noun = name.partition(".")[0]
    properties = {noun: schema, "customer": CUSTOMER, "raw": _RAW}
    data = {"type": "object", "properties": properties, "required": [noun]}
    return EventType(name, data, subject=f"{noun}.id", description=description)


EVENT_TYPES: Final = (
    _event("checkout.updated", "A checkout was begun or changed.", CHECKOUT),
    _event("order.created", "An order was placed.", ORDER),
    _approval("approval.requested", "A run asks people for a decision: `ask_approval`."),
    _approval("approval.reminded", "A run that still waits for a decision reminds people: `remind_every`."),
)
