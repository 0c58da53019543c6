"""Bodies of Shopify's webhooks of our own making, one a topic, with every field that our tables name."""

TOPICS = {
    "checkouts/create": "checkout.updated",
    "checkouts/update": "checkout.updated",
    "customers/create": "customer.created",
    "fulfillments/create": "shipment.created",
    "fulfillments/update": "shipment.updated",
    "orders/cancelled": "order.cancelled",
    "orders/create": "order.created",
    "orders/paid": "order.paid",
    "orders/updated": "order.updated",
    "products/create": "product.created",
    "products/update": "product.updated",
    "refunds/create": "refund.created",
    "returns/close": "return.closed",
    "returns/request": "return.requested",
    "variants/in_stock": "variant.back_in_stock",
    "variants/out_of_stock": "variant.out_of_stock",
}
LINE = {
    "id": 1, "key": "k", "sku": "S-1", "title": "Shirt", "variant_title": "red", "product_id": 2, "variant_id": 3, "quantity": 2,
    "price": "19.90", "vendor": "Acme", "gift_card": False, "requires_shipping": True,
    "grams": 250,
}  # fmt: skip
CUSTOMER = {
    "id": 603851970716743426, "email": "ana@example.com", "first_name": "Ana", "last_name": None, "tags": "vip, b2b ,", "orders_count": 3,
    "total_spent": "99.50", "email_marketing_consent": {"state": "subscribed"}, "locale": "de",
}  # fmt: skip
ADDRESS = {"name": "Ana M", "address1": "Weg 1", "zip": "10115", "city": "Berlin", "country_code": "DE", "province": None}
SHARED = {
    "total_price": "421.88", "subtotal_price": "398.00", "total_tax": "23.88", "total_discounts": "0.00", "currency": "EUR",
    "email": "ana@example.com", "phone": None, "customer_locale": "de", "created_at": "2026-01-01T10:00:00+01:00",
    "updated_at": "2026-01-01T11:00:00+01:00", "line_items": [LINE], "customer": CUSTOMER, "shipping_address": ADDRESS,
    "billing_address": None, "discount_codes": [{"code": "TEN", "amount": "10"}], "note": "x", "buyer_accepts_marketing": True,
}  # fmt: skip
CHECKOUT = {
    **SHARED, "token": "tok1", "completed_at": None, "abandoned_checkout_url": "https://shop.example/r", "cart_token": "cart1",
}  # fmt: skip
ORDER = {
    **SHARED, "id": 820982911946154508, "order_number": 1234, "name": "#1234", "checkout_token": "tok1", "tags": "tag1, tag2",
    "financial_status": "paid", "fulfillment_status": None, "payment_gateway_names": ["visa", "gift"], "test": True, "cancelled_at": None,
    "total_weight": 500,
}  # fmt: skip
VARIANT = {
    "id": 642667041472713922, "product_id": 788032119674292922, "title": "Small", "sku": "LH-S", "barcode": None, "price": "19.99",
    "compare_at_price": "24.99", "position": 1, "inventory_policy": "deny", "option1": "Small", "inventory_quantity": 2,
    "created_at": "2026-01-01T10:00:00+01:00", "updated_at": "2026-01-02T10:00:00+01:00",
    "admin_graphql_api_id": "gid://shopify/ProductVariant/642667041472713922",
}  # fmt: skip
PRODUCT = {
    "id": 788032119674292922, "title": "Linen shirt", "handle": "linen-shirt", "product_type": "Shirts", "vendor": "Acme",
    "status": "active", "tags": "linen, summer", "variants": [VARIANT], "published_at": None, "body_html": "<p>Light.</p>",
    "created_at": "2026-01-01T10:00:00+01:00", "updated_at": "2026-01-02T10:00:00+01:00",
}  # fmt: skip
RETURN_LINE = {
    "id": 61, "quantity": 2, "return_reason": "size_too_small", "return_reason_note": "", "customer_note": "too tight",
    "fulfillment_line_item": {"id": 51, "line_item": {"id": 1, "admin_graphql_api_id": "gid://shopify/LineItem/1"}},
}  # fmt: skip
FEE = {"id": 71, "price": {"shop_money": {"amount": "4.90", "currency_code": "EUR"}}}
RETURN = {
    "id": 123134564567890, "admin_graphql_api_id": "gid://shopify/Return/123134564567890", "status": "requested", "name": "#1234-R1",
    "order": {"id": 820982911946154508, "admin_graphql_api_id": "gid://shopify/Order/820982911946154508"},
    "total_return_line_items": 1, "return_line_items": [RETURN_LINE], "return_shipping_fees": [FEE], "exchange_line_items": [],
    "total_exchange_line_items": 0,
}  # fmt: skip
REFUND_LINE = {
    "id": 81, "line_item_id": 1, "quantity": 2, "subtotal": 39.80, "total_tax": 6.35, "restock_type": "return",
    "line_item": {"id": 1, "sku": "S-1", "title": "Shirt", "product_id": 2, "variant_id": 3, "price": "19.90"},
}  # fmt: skip
PAID_BACK = {"id": 91, "kind": "refund", "status": "success", "amount": "30.00", "currency": "EUR", "order_id": 820982911946154508}
REFUND = {
    "id": 890088186047892319, "order_id": 820982911946154508, "created_at": "2026-01-03T10:00:00+01:00", "note": "too tight",
    "processed_at": "2026-01-03T10:00:01+01:00", "return": {"id": 123134564567890}, "restock": True, "refund_line_items": [REFUND_LINE],
    "total_duties_set": {"shop_money": {"amount": "0.00", "currency_code": "EUR"}},
    "transactions": [
        PAID_BACK, {**PAID_BACK, "amount": "4.90"}, {**PAID_BACK, "amount": "99.00", "status": "failure"},
        {**PAID_BACK, "kind": "void", "amount": "7.00"},
    ],
}  # fmt: skip
SHIPMENT = {
    "id": 255858046, "order_id": 820982911946154508, "status": "success", "location_id": 24826418, "tracking_company": "UPS",
    "tracking_number": "1Z9", "tracking_url": "https://ups.example/1Z9", "line_items": [LINE], "origin_address": ADDRESS,
    "created_at": "2026-01-02T10:00:00+01:00", "updated_at": "2026-01-02T11:00:00+01:00",
}  # fmt: skip
BODIES = {
    "checkouts/create": CHECKOUT,
    "checkouts/update": CHECKOUT,
    "customers/create": {**CUSTOMER, "created_at": "2026-01-01T10:00:00+01:00"},
    "fulfillments/create": SHIPMENT,
    "fulfillments/update": SHIPMENT,
    "orders/cancelled": {**ORDER, "cancelled_at": "2026-01-02T09:00:00+01:00", "cancel_reason": "customer"},
    "orders/create": ORDER,
    "orders/paid": ORDER,
    "orders/updated": ORDER,
    "products/create": PRODUCT,
    "products/update": PRODUCT,
    "refunds/create": REFUND,
    "returns/close": {**RETURN, "status": "closed"},
    "returns/request": RETURN,
    "variants/in_stock": VARIANT,
    "variants/out_of_stock": {**VARIANT, "inventory_quantity": 0},
}
