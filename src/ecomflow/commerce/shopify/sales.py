"""Shopify's checkouts and orders."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.mapping import (
    Row,
    field_of_each,
    flag,
    identity,
    joined,
    moment,
    money,
    record,
    records,
    text,
    whole,
    words,
)
from ecomflow.commerce.shopify.people import ADDRESS, CUSTOMER

LINE: Final = (
    Row("id", "id", identity),
    Row("key", "id", identity),
    Row("sku", "sku", text),
    Row("title", "title", text),
    Row("variant_title", "variant", text),
    Row("product_id", "product_id", identity),
    Row("variant_id", "variant_id", identity),
    Row("quantity", "quantity", whole),
    Row("price", "price", money),
    Row("vendor", "vendor", text),
    Row("gift_card", "gift_card", flag),
    Row("requires_shipping", "requires_shipping", flag),
    Row("grams", "weight", whole),
)

_SHARED: Final = (
    Row("total_price", "total", money),
    Row("subtotal_price", "subtotal", money),
    Row("total_tax", "tax", money),
    Row("total_discounts", "discount", money),
    Row("currency", "currency", text),
    Row("email", "email", text),
    Row("phone", "phone", text),
    Row("customer_locale", "customer_locale", text),
    Row("created_at", "created_at", moment),
    Row("updated_at", "updated_at", moment),
    Row("line_items", "lines", records(LINE)),
    Row("customer", "customer", record(CUSTOMER)),
    Row("shipping_address", "shipping_address", record(ADDRESS)),
    Row("billing_address", "billing_address", record(ADDRESS)),
    Row("discount_codes", "discount_codes", field_of_each("code")),
    Row("note", "note", text),
    Row("source_name", "source_name", text),
    Row("buyer_accepts_marketing", "accepts_marketing", flag),
)

CHECKOUT: Final = (
    Row("token", "id", identity),
    *_SHARED,
    Row("completed_at", "completed_at", moment),
    Row("abandoned_checkout_url", "recovery_url", text),
    Row("cart_token", "cart_id", identity),
)

ORDER: Final = (
    Row("id", "id", identity),
    *_SHARED,
    Row("order_number", "number", identity),
    Row("name", "number", text),
    Row("checkout_token", "checkout_id", identity),
    Row("tags", "tags", words),
    Row("financial_status", "financial_status", text),
    Row("fulfillment_status", "fulfillment_status", text),
    Row("total_weight", "weight", whole),
    Row("payment_gateway_names", "payment_method", joined),
    Row("cancelled_at", "cancelled_at", moment),
    Row("cancel_reason", "cancel_reason", text),
    Row("location_id", "location", identity),
    Row("test", "test", flag),
)
