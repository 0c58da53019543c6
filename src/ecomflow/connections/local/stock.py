"""Stock of the embedded back office, and who waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.connections.local.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow import ActionCall


class Stock(Desk):
    """Carries out ``stock.…`` and ``stock_alert.…``."""

    async def stock_get(self, call: ActionCall, variant: str) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the stock of a variant."""
        found = await self._read(lambda records: records.find("stock", {"variant_id": variant}, limit=1))
        return found[0] if found else None

    async def stock_alert_list(self, call: ActionCall, variant: str, limit: int) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return those who still wait for a variant, in order of joining."""
        waiting = {"variant_id": variant, "notified_at": None}
        return await self._read(lambda records: records.find("stock_alert", waiting, by="joined_at", limit=limit))

    async def stock_alert_mark_notified(self, call: ActionCall, alert: str) -> Mapping[str, Any]:
        """Note that somebody has been told; the first time counts."""

        def mark(record: dict[str, Any]) -> None:
            if not record.get("notified_at"):
                record["notified_at"] = call.now.isoformat()

        changed: dict[str, Any] = await self._change(call, "stock_alert", alert, mark)
        return changed
