"""What a decision that a run asks people for looks like."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.event_types.parts import ID, MOMENT, listing, mapping, nullable, text

APPROVAL: Final = mapping(
    {
        "id": ID,
        "run_id": text("of the run that asks, as `ecomflow approve` takes it"),
        "workflow": text(),
        "title": text(),
        "details": {"description": "what the step says"},
        "to": listing({"type": "string"}),
        "due_at": MOMENT,
        "asked_at": MOMENT,
        "reminders": nullable("integer", description="how often people have been reminded"),
    },
    "id",
)
