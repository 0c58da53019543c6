"""What a parcel looks like, and a mail on its way."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.event_types.parts import (
    ADDRESS,
    EMAIL,
    ID,
    LINE,
    MOMENT,
    MONEY,
    WHOLE,
    listing,
    mapping,
    nullable,
    text,
)

SHIPMENT: Final = mapping(
    {
        "id": ID,
        "order_id": text("of the order that it belongs to"),
        "status": text("such as planned, ready_for_pickup, shipped, delivered or cancelled"),
        "method": text("such as shipping or pickup"),
        "location": text("the warehouse or shop that sends it"),
        "carrier": text(),
        "service": text("which of the carrier's services"),
        "package": text("the kind of box"),
        "dimensions": text("its size"),
        "weight": nullable("integer", description="in grams"),
        "cost": MONEY,
        "ship_from": ADDRESS,
        "tracking_number": text(),
        "tracking_url": text(format="uri"),
        "lines": listing(LINE),
        "cancel_reason": text(),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "id",
)

MAIL: Final = mapping(
    {
        "id": {**ID, "description": "what `email.send` gives as `message_id`"},
        "to": EMAIL,
        "link": text("the address that was clicked"),
        "clicks": WHOLE,
    },
    "id",
)
