"""What a ticket of customer service looks like, and who works on it."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.event_types.parts import EMAIL, ID, MOMENT, TAGS, listing, mapping, text

TICKET: Final = mapping(
    {
        "id": ID,
        "subject": text("its heading"),
        "text": text("what the customer wrote"),
        "email": EMAIL,
        "cc": listing(EMAIL),
        "order_id": text("the id of the order that it is about"),
        "status": text("new, open, pending, solved or closed"),
        "priority": text("low, normal, high or urgent"),
        "team": text("which takes care of it"),
        "person": text("who takes care of it, such as their address"),
        "channel": text("where it came in, such as email or chat"),
        "intent": text("what the customer wants, where somebody has said it"),
        "tags": TAGS,
        "due_at": MOMENT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    "id",
)

MESSAGE: Final = mapping(
    {
        "id": ID,
        "text": text("what the customer wrote"),
        "choice": text("the button that the customer pressed, where the message that was answered had some"),
        "sentiment": text("how it sounds, where somebody has said it, such as negative or threatening"),
        "channel": text("where it came in, such as email, chat, sms or whatsapp"),
        "email": EMAIL,
        "phone": text(),
        "order_id": text("the id of the order that it is about"),
        "ticket_id": text("the id of the ticket that it belongs to"),
        "created_at": MOMENT,
    },
    "id",
)

AUTHOR: Final = mapping(
    {
        "id": text(),
        "email": EMAIL,
        "role": text("customer, agent or system"),
        "channel": text("by which way the change came in, such as email or web"),
    }
)
