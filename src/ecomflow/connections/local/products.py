"""Products of the embedded back office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow import Permanent
from ecomflow.connections.local.desk import Desk, retagged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecomflow import ActionCall
    from ecomflow.connections.local.records import Records


class Products(Desk):
    """Carries out ``product.…`` and ``variant.…``."""

    async def product_get(self, call: ActionCall, id: str) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the product of an id."""
        return await self._read(lambda records: records.get("product", id))

    async def product_tag(
        self, call: ActionCall, product: str, tags: Sequence[str], remove: Sequence[str]
    ) -> Mapping[str, Any]:
        """Add and remove tags."""

        def change(record: dict[str, Any]) -> None:
            record["tags"] = retagged(record.get("tags"), tags, remove)

        changed: dict[str, Any] = await self._change(call, "product", product, change)
        return changed

    async def variant_update(
        self, call: ActionCall, product: str, variant: str, changes: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Change a variant inside of its product."""

        def work(records: Records) -> dict[str, Any]:
            record = records.need("product", product)
            found = next((each for each in record.get("variants") or () if each.get("id") == variant), None)
            if found is None:
                raise Permanent(f"product {product!r} has no variant {variant!r}", type="not_found")
            found.update(changes)
            records.put("product", record)
            whole: dict[str, Any] = found
            return whole

        changed: dict[str, Any] = await self._once(call, work)
        return changed
