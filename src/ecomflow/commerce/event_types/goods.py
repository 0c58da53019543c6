"""What a product and its variants look like."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.event_types.parts import ID, MOMENT, MONEY, TAGS, Schema, listing, mapping, nullable, text

_OF_VARIANT: Final[Schema] = {**ID, "description": "that of the variant"}
_VARIANT: Final[Schema] = {
    "product_id": text(),
    "title": text("the variant's own name, such as Small"),
    "sku": text(),
    "barcode": text(),
    "price": MONEY,
    "price_before": nullable("number", description="what it cost before, where the price was lowered"),
    "available": nullable("integer", description="pieces in stock, as the sender counts them"),
    "created_at": MOMENT,
    "updated_at": MOMENT,
}
VARIANT: Final = mapping({"id": ID, **_VARIANT}, "id")

PRODUCT: Final = mapping(
    {
        "id": ID,
        "sku": text("where it has one for all its variants"),
        "title": text(),
        "handle": text("its name in addresses of pages"),
        "type": text("the kind of product, such as Shirts"),
        "vendor": text(),
        "status": text("such as active, draft or archived"),
        "tags": TAGS,
        "variants": listing(mapping({"id": text(), **_VARIANT})),
        "published_at": MOMENT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "id",
)

STOCK: Final = mapping(
    {
        "id": _OF_VARIANT,
        "product_id": text(),
        "sku": text(),
        "available": nullable("integer", description="pieces that can be sold, over all places"),
        "location": text("the place that was counted, where it is one of several"),
        "updated_at": MOMENT,
    },
    "id",
)

MARKET_PRICE: Final = mapping(
    {
        "id": _OF_VARIANT,
        "lowest": nullable("number", description="the lowest price that a competitor asks"),
        "buy_box": nullable("number", description="the price of the offer that the marketplace shows first"),
        "currency": text("ISO 4217"),
        "observed_at": MOMENT,
    },
    "id",
)

PRICE: Final = mapping(
    {
        "id": _OF_VARIANT,
        "current": nullable("number", description="what it costs now"),
        "proposed": nullable("number", description="what it shall cost"),
        "currency": text("ISO 4217"),
        "reason": text("of who proposes it"),
    },
    "id",
)
