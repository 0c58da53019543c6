"""Shopify's customers and addresses."""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.mapping import Row, flag, identity, is_text, moment, money, text, whole, words

CUSTOMER: Final = (
    Row("id", "id", identity),
    Row("email", "email", text),
    Row("phone", "phone", text),
    Row("first_name", "first_name", text),
    Row("last_name", "last_name", text),
    Row("tags", "tags", words),
    Row("accepts_marketing", "accepts_marketing", flag),
    Row("email_marketing_consent.state", "accepts_marketing", is_text("subscribed")),
    Row("orders_count", "orders_count", whole),
    Row("total_spent", "total_spent", money),
    Row("currency", "currency", text),
    Row("locale", "locale", text),
    Row("note", "note", text),
    Row("created_at", "created_at", moment),
    Row("updated_at", "updated_at", moment),
)

ADDRESS: Final = (
    Row("name", "name", text),
    Row("first_name", "first_name", text),
    Row("last_name", "last_name", text),
    Row("company", "company", text),
    Row("address1", "address1", text),
    Row("address2", "address2", text),
    Row("city", "city", text),
    Row("zip", "postal_code", text),
    Row("province", "province", text),
    Row("province_code", "province_code", text),
    Row("country", "country", text),
    Row("country_code", "country_code", text),
    Row("phone", "phone", text),
)
