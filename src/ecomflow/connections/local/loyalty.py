"""Points and gift cards of the embedded desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.connections.local.desk import Desk, id_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow import ActionCall
    from ecomflow.connections.local.records import Records


class Loyalty(Desk):
    """Carries out ``loyalty.…`` and ``gift_card.…``."""

    async def loyalty_add_points(self, call: ActionCall, points: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep the points that were given, and the customer's balance with the customer."""

        def work(records: Records) -> dict[str, Any]:
            customer = records.need("customer", points["customer_id"])
            customer["points"] = (customer.get("points") or 0) + points["points"]
            records.put("customer", customer)
            made = {"id": id_of("points", call.key), **points, "balance": customer["points"], "created_at": call.now.isoformat()}
            return records.put("points", made)

        given: dict[str, Any] = await self._once(call, work)
        return given

    async def gift_card_create(self, call: ActionCall, card: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep a gift card under its code."""
        whole = {"id": card["code"], **card, "balance": card["amount"], "created_at": call.now.isoformat()}
        created: dict[str, Any] = await self._add(call, "gift_card", whole)
        return created
