"""Orders of the embedded desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.connections.local.desk import Desk, renewed, retagged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ecomflow import ActionCall, Page

_ON_HOLD: Final = "on_hold"
_FIELDS: Final = {"email": "email", "customer": "customer.id", "tag": "tags", "status": "status"}


class Orders(Desk):
    """Carries out ``order.…``."""

    async def order_get(self, call: ActionCall, id: str) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the order of an id."""
        return await self._read(lambda records: records.get("order", id))

    async def order_search(
        self, call: ActionCall, wanted: Mapping[str, str], since: datetime | None, limit: int
    ) -> Page[dict[str, Any]]:  # fmt: skip
        """Return orders, the newest first."""
        fields = {_FIELDS[name]: value for name, value in wanted.items()}
        return await self._read(
            lambda records: records.page("order", fields, since=since, by="created_at", newest=True, size=limit, mark=call.page)
        )

    async def order_tag(self, call: ActionCall, order: str, tags: Sequence[str], remove: Sequence[str]) -> Mapping[str, Any]:
        """Add and remove tags."""

        def change(record: dict[str, Any]) -> None:
            record["tags"] = retagged(record.get("tags"), tags, remove)

        changed: dict[str, Any] = await self._change(call, "order", order, change)
        return changed

    async def order_hold(self, call: ActionCall, order: str, reason: str) -> Mapping[str, Any]:
        """Set the order on hold."""
        changed: dict[str, Any] = await self._change(
            call, "order", order, lambda record: record.update(status=_ON_HOLD, hold_reason=reason)
        )
        return changed

    async def order_update(
        self, call: ActionCall, order: str, note: str | None, attributes: Mapping[str, str | None]
    ) -> Mapping[str, Any]:
        """Set the note and attributes."""

        def change(record: dict[str, Any]) -> None:
            if note is not None:
                record["note"] = note or None
            if attributes:
                record["attributes"] = renewed(record.get("attributes"), attributes)

        changed: dict[str, Any] = await self._change(call, "order", order, change)
        return changed
