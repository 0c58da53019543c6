"""Refunds and discounts of the embedded back office: kept, never paid by it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ecomflow import Permanent
from ecomflow.connections.local.desk import Desk, id_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow import ActionCall
    from ecomflow.connections.local.records import Records


class Money(Desk):
    """Carries out ``refund.create`` and ``discount.create``."""

    async def refund_create(self, call: ActionCall, refund: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep a refund, unless it goes beyond what is left of an order that is known."""

        def work(records: Records) -> dict[str, Any]:
            order = records.get("order", refund["order_id"]) or {}
            currency = _currency(refund, order)
            _check(records, refund, order)
            made = {"id": id_of("refund", call.key), **refund, "currency": currency, "created_at": call.now.isoformat()}
            return records.put("refund", made)

        created: dict[str, Any] = await self._once(call, work)
        return created

    async def discount_create(self, call: ActionCall, discount: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep a discount under its code."""
        created: dict[str, Any] = await self._add(call, "discount", {"id": discount["code"], **discount})
        return created


def _currency(refund: Mapping[str, Any], order: Mapping[str, Any]) -> str | None:
    wanted, own = refund.get("currency"), order.get("currency")
    if wanted and own and wanted.upper() != own.upper():
        raise Permanent(f"order {order['id']!r} is in {own}, the refund in {wanted}", type="wrong_currency")
    return wanted or own


def _check(records: Records, refund: Mapping[str, Any], order: Mapping[str, Any]) -> None:
    if order.get("total") is None:
        return
    total, amount = Decimal(str(order["total"])), refund["amount"]
    before = total - left_of(records, order)
    if before + amount > total:
        text = f"order {order['id']!r} cost {total}, {before} of it was refunded before: {amount} more is too much"
        raise Permanent(text, type="refund_too_large")


def left_of(records: Records, order: Mapping[str, Any]) -> Decimal:
    """Return what an order cost and was not given back; nothing where nobody knows its total."""
    if order.get("total") is None:
        return Decimal(0)
    refunds = records.find("refund", {"order_id": order["id"]})
    return Decimal(str(order["total"])) - sum((Decimal(str(each["amount"])) for each in refunds), Decimal(0))
