"""Bodies of Shopify's webhooks of our own making, in the shapes that shops see: guests, half-filled forms, large ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[2] / "examples" / "events"

LINE: dict[str, Any] = {
    "key": "b6d1", "variant_id": 51, "product_id": 41, "title": "Leinenhemd", "quantity": 2, "price": "49.90", "sku": "LH-M",
    "vendor": "Acme", "gift_card": False, "requires_shipping": True, "properties": [{"name": "Gravur", "value": "für Ana"}],
}  # fmt: skip
ADDRESS: dict[str, Any] = {
    "first_name": "Zoë", "last_name": "Müller", "address1": "Weg 1", "zip": "10115", "city": "Berlin", "country": "Germany",
    "country_code": "DE", "province": None, "phone": "+49 30 1234", "company": None, "latitude": 52.53, "longitude": 13.38,
}  # fmt: skip
CUSTOMER: dict[str, Any] = {
    "id": 9007199254740993, "email": "zoe@shopper.example", "first_name": "Zoë", "last_name": "Müller", "tags": "vip, b2b",
    "state": "enabled", "currency": "EUR", "phone": None, "tax_exempt": False, "email_marketing_consent": {"state": "subscribed"},
    "default_address": ADDRESS,
}  # fmt: skip
CHECKOUT: dict[str, Any] = {
    "id": 31, "token": "tok-zoe", "cart_token": "cart-zoe", "email": "zoe@shopper.example", "phone": None, "currency": "EUR",
    "total_price": "99.80", "subtotal_price": "99.80", "total_tax": "15.93", "total_discounts": "0.00", "completed_at": None,
    "created_at": "2026-03-02T08:40:00+01:00", "updated_at": "2026-03-02T08:52:00+01:00", "customer_locale": "de-DE",
    "abandoned_checkout_url": "https://acme.example/checkouts/tok-zoe/recover?key=1", "buyer_accepts_marketing": True,
    "line_items": [LINE, {**LINE, "key": "b6d2", "title": "Mütze & Schal", "price": 0, "quantity": 1}], "customer": CUSTOMER,
    "shipping_address": ADDRESS, "billing_address": None, "discount_codes": [{"code": "TEN", "amount": "9.98"}], "note": "<b>bald</b>",
    "source_name": "web", "gateway": None, "note_attributes": [],
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": 6001, "name": "#1001", "order_number": 1001, "token": "ord-1", "checkout_token": "tok-zoe", "cart_token": "cart-zoe",
    "email": "zoe@shopper.example", "currency": "EUR", "total_price": "99.80", "subtotal_price": "99.80", "total_tax": "15.93",
    "total_discounts": "0.00", "created_at": "2026-03-02T14:00:00+01:00", "updated_at": "2026-03-02T14:00:00+01:00", "test": False,
    "financial_status": "paid", "fulfillment_status": None, "payment_gateway_names": ["visa"], "tags": "", "line_items": [LINE],
    "customer": CUSTOMER, "shipping_address": ADDRESS, "billing_address": ADDRESS, "discount_codes": [], "cancelled_at": None,
    "buyer_accepts_marketing": True, "source_name": "web", "phone": None,
}  # fmt: skip

CHECKOUTS: dict[str, dict[str, Any]] = {
    "a regular": CHECKOUT,
    "a guest": {**CHECKOUT, "customer": None, "shipping_address": None, "line_items": [], "currency": None},
    "no address yet": {**CHECKOUT, "email": None, "phone": "+49 30 1234"},
    "an empty address": {**CHECKOUT, "email": ""},
    "too small": {**CHECKOUT, "total_price": "12.00"},
    "too small, and no address": {**CHECKOUT, "total_price": "12.00", "email": None},
    "just enough": {**CHECKOUT, "total_price": "50.00"},
    "a number for a price": {**CHECKOUT, "total_price": 421.88},
    "nothing but a token": {"token": "tok-bare"},
    "an empty body": {},
    "the example's": json.loads((EVENTS / "shopify-checkouts-update.json").read_text("utf-8")),
}
ORDERS: dict[str, dict[str, Any]] = {
    "a regular": ORDER,
    "a guest, from another checkout": {**ORDER, "customer": None, "checkout_token": None},
    "somebody else's": {**ORDER, "email": "bo@shopper.example", "checkout_token": "tok-bo"},
    "from the shop's own till": {**ORDER, "email": "", "checkout_token": None, "source_name": "pos", "shipping_address": None},
    "an empty body": {},
}
