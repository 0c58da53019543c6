"""Orders to suppliers, kept by the embedded back office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.connections.local.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow import ActionCall


class Purchases(Desk):
    """Carries out ``purchase.…``."""

    async def purchase_create(self, call: ActionCall, purchase: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep a draft; it goes to nobody."""
        made: dict[str, Any] = await self._add(call, "purchase", purchase)
        return made

    async def purchase_search(self, call: ActionCall, wanted: Mapping[str, str]) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return orders to suppliers, the newest first."""
        fields = {name: value for name, value in wanted.items() if name != "variant"}
        found = await self._read(lambda records: records.find("purchase", fields, by="created_at", newest=True))
        variant = wanted.get("variant")
        return [
            each
            for each in found
            if variant is None or any(line.get("variant_id") == variant for line in each["lines"])
        ]
