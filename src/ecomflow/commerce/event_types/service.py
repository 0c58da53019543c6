"""What a ticket of customer service looks like."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.event_types.parts import EMAIL, ID, MOMENT, TAGS, mapping, text

TICKET: Final = mapping(
    {
        "id": ID,
        "subject": text("its heading"),
        "text": text("what the customer wrote"),
        "email": EMAIL,
        "order_id": text("the id of the order that it is about"),
        "channel": text("where it came in, such as email or chat"),
        "intent": text("what the customer wants, where somebody has said it"),
        "tags": TAGS,
        "created_at": MOMENT,
    },
    "id",
)
