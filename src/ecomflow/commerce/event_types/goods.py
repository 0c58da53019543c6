"""What a product and its variants look like."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.event_types.parts import ID, MOMENT, MONEY, TAGS, Schema, listing, mapping, nullable, text

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
