"""Orders of the embedded desk that are called off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.connections.local.desk import Desk, id_of
from ecomflow.connections.local.money import left_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow import ActionCall
    from ecomflow.connections.local.records import Records


class CancelledOrders(Desk):
    """Carries out ``order.cancel``."""

    async def order_cancel(self, call: ActionCall, order: str, reason: str, *, refund: bool, notify: bool) -> Mapping[str, Any]:  # noqa: ARG002
        """Call an order off, with a refund of what is left of it; nobody is told by it. The first time counts."""

        def work(records: Records) -> dict[str, Any]:
            record = records.need("order", order)
            if record.get("cancelled_at"):
                return record
            now = call.now.isoformat()
            left = left_of(records, record)
            if refund and left:
                given = {"order_id": order, "amount": left, "currency": record.get("currency"), "reason": reason, "created_at": now}
                records.put("refund", {"id": id_of("refund", call.key), **given})
            return records.put("order", {**record, "status": "cancelled", "cancelled_at": now, "cancel_reason": reason})

        cancelled: dict[str, Any] = await self._once(call, work)
        return cancelled
