"""Drafts of orders of the embedded desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.connections.local.desk import Desk, id_of, renewed, retagged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecomflow import ActionCall, Page
    from ecomflow.connections.local.records import Records

_FIELDS: Final = {"order": "order_id", "email": "email", "tag": "tags", "status": "status"}
_ITS_OWN: Final = frozenset({"id", "name", "status", "order_id", "reserve_until", "created_at", "updated_at"})
"""What a draft does not hand on to its order."""


class DraftOrders(Desk):
    """Carries out ``draft_order.…``."""

    async def draft_order_search(
        self, call: ActionCall, wanted: Mapping[str, str], limit: int
    ) -> Page[dict[str, Any]]:  # fmt: skip
        """Return drafts, the newest first."""
        fields = {_FIELDS[name]: value for name, value in wanted.items()}
        return await self._read(lambda records: records.page("draft_order", fields, by="created_at", newest=True, size=limit, mark=call.page))

    async def draft_order_update(
        self, call: ActionCall, draft: str, changes: Mapping[str, Any], tags: Sequence[str], remove: Sequence[str]
    ) -> Mapping[str, Any]:
        """Set fields and change tags."""

        def change(record: dict[str, Any]) -> None:
            record.update(changes)
            if tags or remove:
                record["tags"] = retagged(record.get("tags"), tags, remove)

        changed: dict[str, Any] = await self._change(call, "draft_order", draft, change)
        return changed

    async def draft_order_complete(self, call: ActionCall, draft: str) -> Mapping[str, Any]:
        """Put in an order with the fields of the draft."""

        def work(records: Records) -> dict[str, Any]:
            record = records.need("draft_order", draft)
            known = records.get("order", record["order_id"]) if record.get("order_id") else None
            if known is not None:
                return known
            order = _order(record, id_of("order", call.key), call.now.isoformat())
            records.put("draft_order", {**record, "status": "completed", "order_id": order["id"]})
            return records.put("order", order)

        completed: dict[str, Any] = await self._once(call, work)
        return completed


def _order(draft: Mapping[str, Any], id: str, now: str) -> dict[str, Any]:
    handed = {name: value for name, value in draft.items() if name not in _ITS_OWN}
    return renewed(handed, {"id": id, "status": "open", "financial_status": "pending", "created_at": now})
