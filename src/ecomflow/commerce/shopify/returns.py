"""Shopify's returns and refunds.

A return that is requested names the order and its lines by id and quantity. It carries neither prices nor the customer nor a
moment, and a shop's first delivery may come without its lines: what it is worth follows from the order.
"""

from __future__ import annotations

from typing import Final

from ecomflow.commerce.mapping import Row, flag, identity, moment, money, records, same_of_each, text, total_of, whole

_RETURN_LINE: Final = (
    Row("fulfillment_line_item.line_item.id", "id", identity),
    Row("quantity", "quantity", whole),
    Row("return_reason", "reason", text),
    Row("customer_note", "note", text),
    Row("return_reason_note", "note", text),
)

RETURN: Final = (
    Row("id", "id", identity),
    Row("name", "name", text),
    Row("status", "status", text),
    Row("order.id", "order_id", identity),
    Row("order_id", "order_id", identity),
    Row("total_return_line_items", "line_count", whole),
    Row("return_line_items", "lines", records(_RETURN_LINE)),
    Row("return_shipping_fees", "fee", total_of("price.shop_money.amount")),
    Row("total_exchange_line_items", "exchange_count", whole),
)

_REFUND_LINE: Final = (
    Row("line_item_id", "id", identity),
    Row("line_item.sku", "sku", text),
    Row("line_item.title", "title", text),
    Row("line_item.product_id", "product_id", identity),
    Row("line_item.variant_id", "variant_id", identity),
    Row("quantity", "quantity", whole),
    Row("subtotal", "amount", money),
    Row("total_tax", "tax", money),
)

REFUND: Final = (
    Row("id", "id", identity),
    Row("order_id", "order_id", identity),
    Row("return.id", "return_id", identity),
    Row("transactions", "amount", total_of("amount", kind="refund", status="success")),
    Row("transactions", "currency", same_of_each("currency")),
    Row("total_duties_set.shop_money.currency_code", "currency", text),
    Row("refund_line_items", "lines", records(_REFUND_LINE)),
    Row("restock", "restocked", flag),
    Row("note", "note", text),
    Row("created_at", "created_at", moment),
    Row("processed_at", "processed_at", moment),
)
