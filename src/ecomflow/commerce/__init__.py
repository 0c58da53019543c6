"""The vocabulary of shops: event types, and what a vendor's webhook becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow import hookimpl
from ecomflow.commerce.event_types import EVENT_TYPES
from ecomflow.commerce.shopify import SHOPIFY

if TYPE_CHECKING:
    from collections.abc import Callable


@hookimpl
def register_event_types(register: Callable[[object], None]) -> None:
    """Register the event types of commerce, and what Shopify's webhooks become."""
    for each in (*EVENT_TYPES, SHOPIFY):
        register(each)
