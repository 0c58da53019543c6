"""What a return and a refund look like."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.event_types.parts import FLAG, ID, MOMENT, MONEY, WHOLE, listing, mapping, nullable, text

RETURN: Final = mapping(
    {
        "id": ID,
        "name": text("as people say it, such as #1001-R1"),
        "status": text(),
        "order_id": text("of the order that it belongs to"),
        "lines": listing(
            mapping(
                {
                    "id": text("that of the order's line"),
                    "sku": text(),
                    "quantity": WHOLE,
                    "price": nullable("number", description="of one piece, where the sender says it"),
                    "reason": text("such as unwanted or size_too_small"),
                    "note": text("what the customer wrote"),
                }
            )
        ),
        "line_count": nullable("integer", description="how many lines come back"),
        "fee": nullable("number", description="what sending back costs the customer"),
        "exchange_count": nullable("integer", description="how many lines are wanted in exchange"),
        "source_name": text("where it was taken back, such as web or pos"),
    },
    "id",
)

REFUND: Final = mapping(
    {
        "id": ID,
        "order_id": text("of the order that it belongs to"),
        "return_id": text("of the return that it is for"),
        "amount": nullable("number", description="what was paid back, over all payments that succeeded"),
        "currency": text("ISO 4217"),
        "lines": listing(
            mapping(
                {
                    "id": text("that of the order's line"),
                    "sku": text(),
                    "title": text(),
                    "product_id": text(),
                    "variant_id": text(),
                    "quantity": WHOLE,
                    "amount": MONEY,
                    "tax": MONEY,
                }
            )
        ),
        "restocked": FLAG,
        "note": text(),
        "created_at": MOMENT,
        "processed_at": MOMENT,
    },
    "id",
)
