"""The filter ``masked`` and the event type ``giftcard.used``."""

from __future__ import annotations

from ecomflow import EventType, filter

_SHOWN = 4

USED = EventType(
    name="giftcard.used",
    schema={
        "type": "object",
        "properties": {
            "giftcard": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "amount": {"type": "number", "description": "What was paid with it."},
                    "balance": {"type": "number", "description": "What is left on it."},
                    "email": {"type": ["string", "null"], "format": "email"},
                },
                "required": ["code", "amount", "balance"],
            }
        },
        "required": ["giftcard"],
    },
    subject="giftcard.code",
    description="Somebody paid with a gift card.",
)


@filter("masked")
def masked(value: object) -> str:
    """Hide a code but for its last four characters."""
    text = str(value)
    return "•" * max(len(text) - _SHOWN, 0) + text[-_SHOWN:]
