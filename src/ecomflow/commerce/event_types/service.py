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

MESSAGE: Final = mapping(
    {
        "id": ID,
        "text": text("what the customer wrote"),
        "choice": text("the button that the customer pressed, where the message that was answered had some"),
        "channel": text("where it came in, such as email, chat, sms or whatsapp"),
        "email": EMAIL,
        "phone": text(),
        "order_id": text("the id of the order that it is about"),
        "ticket_id": text("the id of the ticket that it belongs to"),
        "created_at": MOMENT,
    },
    "id",
)
