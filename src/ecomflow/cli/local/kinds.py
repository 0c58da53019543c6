"""The kinds of records of the embedded desk: what they hold follows from the actions that read or make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecomflow.model import Catalog


_ID: Final = {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of records.

    Attributes:
        action: the action whose result it is.
        needs: the fields that a record must have.
        columns: the fields that stand in a list.
        began: the field with the moment of its beginning, filled in where it is left out.
        id: the field that is the id.
    """

    name: str
    action: str
    needs: tuple[str, ...]
    columns: tuple[str, ...]
    began: str = ""
    id: str = "id"

    def schema(self, catalog: Catalog) -> Mapping[str, Any]:
        """Return the JSON Schema of a record; it knows no other fields than its action."""
        result = catalog.actions[self.action].result
        fields = {"id": _ID, **(result.get("items") or result)["properties"], self.id: _ID}
        return {"type": "object", "properties": fields, "required": list(self.needs), "additionalProperties": False}

    def complete(self, record: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Return a record with its id, and with the moment of its beginning."""
        began = {self.began: now.isoformat()} if self.began and not record.get(self.began) else {}
        return {**record, **began, "id": record[self.id]}


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("customer", "customer.get", ("id",), ("email", "first_name", "last_name", "tags")),
        Kind("order", "order.get", ("id",), ("status", "total", "currency", "email", "created_at"), "created_at"),
        Kind("draft_order", "draft_order.search", ("id",), ("name", "status", "order_id", "total", "email", "created_at"), "created_at"),
        Kind("ticket", "ticket.get", ("id", "subject"), ("status", "priority", "team", "subject"), "created_at"),
        Kind("return", "return.get", ("id", "order_id"), ("status", "order_id", "value", "email"), "created_at"),
        Kind("stock", "stock.get", ("variant_id", "available"), ("sku", "available"), id="variant_id"),
        Kind("stock_alert", "stock_alert.list", ("id", "variant_id", "email"), ("variant_id", "email", "joined_at", "notified_at"), "joined_at"),
        Kind("payment", "payment.capture", ("id", "order_id", "amount"), ("order_id", "amount", "currency"), "created_at"),
        Kind("refund", "refund.create", ("id", "order_id", "amount"), ("order_id", "amount", "currency", "reason"), "created_at"),
        Kind("message", "notify.send", ("id", "to", "text"), ("to", "subject", "text"), "created_at"),
        Kind("customer_message", "message.send", ("id", "to", "text"), ("channel", "to", "text"), "created_at"),
        Kind("product", "product.get", ("id",), ("title", "type", "vendor", "status", "tags")),
        Kind(
            "shipment",
            "shipment.list",
            ("id", "order_id"),
            ("order_id", "status", "carrier", "service", "tracking_number"),
            "created_at",
        ),
        Kind(
            "price", "price.get", ("variant_id", "price"), ("price", "currency", "regular", "minimum"), id="variant_id"
        ),
        Kind(
            "purchase",
            "purchase.create",
            ("id", "supplier", "lines"),
            ("supplier", "status", "created_at"),
            "created_at",
        ),
        Kind(
            "entry",
            "ledger.add",
            ("id", "category", "amount"),
            ("category", "amount", "currency", "reference"),
            "created_at",
        ),
        Kind("report", "report.export", ("id", "report", "month"), ("report", "month", "rows", "total"), "created_at"),
        Kind("import", "import.list", ("id", "status"), ("channel", "reference", "status", "error"), "created_at"),
        Kind("gift_card", "gift_card.create", ("code", "amount"), ("amount", "currency", "email", "expires_at"), "created_at", id="code"),
        Kind("points", "loyalty.add_points", ("id", "customer_id", "points"), ("customer_id", "points", "reason"), "created_at"),
        Kind("discount", "discount.create", ("code",), ("percent", "amount", "email", "expires_at"), id="code"),
    )
}
