"""What the schemas of several event types share. Every field but the id may be null: a shop that knows that there is none says so."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]


def nullable(type_: str, **words: Any) -> Schema:
    """Return the schema of a value of one type, or null."""
    return {"type": [type_, "null"], **words}


def text(description: str = "", **words: Any) -> Schema:
    """Return the schema of a text, or null."""
    return nullable("string", **words, **({"description": description} if description else {}))


def mapping(properties: Schema, *required: str) -> Schema:
    """Return the schema of a mapping; it may be null where nothing in it is required."""
    return {"type": "object" if required else ["object", "null"], "properties": properties, "required": list(required)}


def listing(items: Schema) -> Schema:
    """Return the schema of a list, or null."""
    return nullable("array", items=items)


MONEY: Final[Schema] = nullable("number")
WHOLE: Final[Schema] = nullable("integer")
FLAG: Final[Schema] = nullable("boolean")
MOMENT: Final[Schema] = text(format="date-time")
EMAIL: Final[Schema] = text(format="email")
TAGS: Final[Schema] = listing({"type": "string"})
RAW: Final[Schema] = {"type": ["object", "null"], "additionalProperties": True, "description": "the vendor's own body"}
ID: Final[Schema] = {"type": "string"}

CUSTOMER: Final = mapping(
    {
        "id": text(),
        "email": EMAIL,
        "phone": text(),
        "first_name": text(),
        "last_name": text(),
        "tags": TAGS,
        "accepts_marketing": FLAG,
        "orders_count": WHOLE,
        "total_spent": MONEY,
        "currency": text(),
        "locale": text(),
        "note": text(),
        "staff": text("who of the shop put them in, where they did not come by themselves"),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
)

LINE: Final = mapping(
    {
        "id": text(),
        "sku": text(),
        "title": text(),
        "variant": text("the variant's name"),
        "product_id": text(),
        "variant_id": text(),
        "type": text("the kind of line, such as gift"),
        "quantity": WHOLE,
        "price": nullable("number", description="of one piece"),
        "vendor": text(),
        "gift_card": FLAG,
        "requires_shipping": FLAG,
        "weight": nullable("integer", description="of one piece, in grams"),
    }
)

ADDRESS: Final = mapping(
    {
        "name": text(),
        "first_name": text(),
        "last_name": text(),
        "company": text(),
        "address1": text(),
        "address2": text(),
        "city": text(),
        "postal_code": text(),
        "province": text(),
        "province_code": text(),
        "country": text(),
        "country_code": text("ISO 3166-1 alpha-2"),
        "phone": text(),
    }
)
