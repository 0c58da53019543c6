"""Shopify's products and their variants."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.mapping import Row, identity, moment, money, records, text, whole, words

VARIANT: Final = (
    Row("id", "id", identity),
    Row("product_id", "product_id", identity),
    Row("title", "title", text),
    Row("sku", "sku", text),
    Row("barcode", "barcode", text),
    Row("price", "price", money),
    Row("compare_at_price", "price_before", money),
    Row("inventory_quantity", "available", whole),
    Row("created_at", "created_at", moment),
    Row("updated_at", "updated_at", moment),
)

PRODUCT: Final = (
    Row("id", "id", identity),
    Row("title", "title", text),
    Row("handle", "handle", text),
    Row("product_type", "type", text),
    Row("vendor", "vendor", text),
    Row("status", "status", text),
    Row("tags", "tags", words),
    Row("variants", "variants", records(VARIANT)),
    Row("published_at", "published_at", moment),
    Row("created_at", "created_at", moment),
    Row("updated_at", "updated_at", moment),
)
