"""Stock of the embedded back office, and who waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow import Permanent
from ecomflow.connections.local.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ecomflow import ActionCall, Page
    from ecomflow.connections.local.records import Records

_PRODUCT: Final = {"product": "id", "type": "type", "status": "status"}


class Stock(Desk):
    """Carries out ``stock.…`` and ``stock_alert.…``."""

    async def stock_get(self, call: ActionCall, variant: str | None, sku: str | None) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the stock of a variant, else the first with the SKU."""
        wanted = {"variant_id": variant} if variant else {"sku": sku}
        found = await self._read(lambda records: records.find("stock", wanted, limit=1))
        return found[0] if found else None

    async def stock_list(self, call: ActionCall, wanted: Mapping[str, str], limit: int) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return the stock of some products, the last change first; what never changed comes last."""
        fields = {_PRODUCT[name]: value for name, value in wanted.items()}

        def work(records: Records) -> list[dict[str, Any]]:
            variants = [
                each.get("id") for product in records.find("product", fields) for each in product.get("variants") or ()
            ]
            found = [stock for id in variants if id for stock in records.find("stock", {"variant_id": id}, limit=1)]
            return sorted(found, key=lambda each: each.get("updated_at") or "", reverse=True)[:limit]

        return await self._read(work)

    async def stock_set(self, call: ActionCall, variant: str, available: int) -> Mapping[str, Any]:
        """Note a count; what is counted for the first time becomes known."""
        return await self._count(call, variant, lambda known: {**(known or {}), "available": available})

    async def stock_adjust(self, call: ActionCall, variant: str, by: int) -> Mapping[str, Any]:
        """Add to a count that is known."""

        def change(known: Mapping[str, Any] | None) -> dict[str, Any]:
            if known is None:
                raise Permanent(f"there is no stock {variant!r}", type="not_found")
            if by < 0 and known["available"] + by < 0:
                raise Permanent(
                    f"of {variant!r} there are {known['available']}, {-by} cannot be taken", type="not_enough"
                )
            return {**known, "available": known["available"] + by}

        return await self._count(call, variant, change)

    async def _count(
        self, call: ActionCall, variant: str, change: Callable[[Mapping[str, Any] | None], dict[str, Any]]
    ) -> Mapping[str, Any]:
        def work(records: Records) -> dict[str, Any]:
            known = next(iter(records.find("stock", {"variant_id": variant}, limit=1)), None)
            counted = {"id": variant, "variant_id": variant, **change(known)}
            return records.put(
                "stock", counted if counted == known else {**counted, "updated_at": call.now.isoformat()}
            )

        counted: dict[str, Any] = await self._once(call, work)
        return counted

    async def stock_sold(self, call: ActionCall, variant: str, since: datetime) -> int:  # noqa: ARG002
        """Count the pieces on orders that were not cancelled."""

        def work(records: Records) -> int:
            orders = records.find("order", {"cancelled_at": None}, since=since, by="created_at")
            lines = [line for order in orders for line in order.get("lines") or () if line.get("variant_id") == variant]
            return sum(1 if line.get("quantity") is None else int(line["quantity"]) for line in lines)

        return await self._read(work)

    async def stock_alert_list(self, call: ActionCall, variant: str, limit: int) -> Page[dict[str, Any]]:
        """Return those who still wait for a variant, in order of joining."""
        waiting = {"variant_id": variant, "notified_at": None}
        return await self._read(lambda records: records.page("stock_alert", waiting, by="joined_at", size=limit, mark=call.page))

    async def stock_alert_mark_notified(self, call: ActionCall, alert: str) -> Mapping[str, Any]:
        """Note that somebody has been told; the first time counts."""

        def mark(record: dict[str, Any]) -> None:
            if not record.get("notified_at"):
                record["notified_at"] = call.now.isoformat()

        changed: dict[str, Any] = await self._change(call, "stock_alert", alert, mark)
        return changed
