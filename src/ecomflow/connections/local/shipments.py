"""Shipments of the embedded back office: kept, never sent by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.connections.local.desk import Desk, id_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow import ActionCall
    from ecomflow.connections.local.records import Records


class Shipments(Desk):
    """Carries out ``shipment.…``."""

    async def shipment_list(self, call: ActionCall, order: str) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return the shipments of an order."""
        return await self._read(lambda records: records.find("shipment", {"order_id": order}, by="created_at"))

    async def shipment_prepare(self, call: ActionCall, order: str, how: Mapping[str, Any]) -> Mapping[str, Any]:
        """Note how the planned shipment of an order is sent; where there is none, it is planned."""

        def work(records: Records) -> dict[str, Any]:
            known = next(
                iter(records.find("shipment", {"order_id": order, "status": "planned"}, by="created_at", limit=1)), None
            )
            planned = {
                "id": id_of("shipment", call.key),
                "order_id": order,
                "status": "planned",
                "created_at": call.now.isoformat(),
            }
            return records.put("shipment", {**(known or planned), **how})

        prepared: dict[str, Any] = await self._once(call, work)
        return prepared

    async def shipment_track(
        self, call: ActionCall, shipment: str, tracking: Mapping[str, Any], *, notify: bool  # noqa: ARG002
    ) -> Mapping[str, Any]:  # fmt: skip
        """Note how a parcel can be followed; nobody is told by it."""
        return await self._note(call, shipment, tracking)

    async def shipment_ready(self, call: ActionCall, shipment: str, location: str | None) -> Mapping[str, Any]:
        """Note that a shipment can be fetched."""
        return await self._note(
            call, shipment, {"status": "ready_for_pickup", **({"location": location} if location else {})}
        )

    async def shipment_cancel(self, call: ActionCall, shipment: str, reason: str) -> Mapping[str, Any]:
        """Call a shipment off; the first reason stays."""

        def change(record: dict[str, Any]) -> None:
            if record.get("status") != "cancelled":
                record.update(status="cancelled", cancel_reason=reason, updated_at=call.now.isoformat())

        changed: dict[str, Any] = await self._change(call, "shipment", shipment, change)
        return changed

    async def _note(self, call: ActionCall, shipment: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        changed: dict[str, Any] = await self._change(
            call, "shipment", shipment, lambda record: record.update(fields, updated_at=call.now.isoformat())
        )
        return changed
