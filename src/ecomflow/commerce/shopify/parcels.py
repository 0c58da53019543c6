"""Shopify's fulfillments: parcels that have left, or will."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.mapping import Row, identity, moment, record, records, text, word_of
from ecomflow.commerce.shopify.people import ADDRESS
from ecomflow.commerce.shopify.sales import LINE

_STATUS: Final = {"pending": "planned", "open": "planned", "success": "shipped", "cancelled": "cancelled"}

SHIPMENT: Final = (
    Row("id", "id", identity),
    Row("order_id", "order_id", identity),
    Row("status", "status", word_of(_STATUS)),
    Row("location_id", "location", identity),
    Row("tracking_company", "carrier", text),
    Row("origin_address", "ship_from", record(ADDRESS)),
    Row("tracking_number", "tracking_number", text),
    Row("tracking_url", "tracking_url", text),
    Row("line_items", "lines", records(LINE)),
    Row("created_at", "created_at", moment),
    Row("updated_at", "updated_at", moment),
)
