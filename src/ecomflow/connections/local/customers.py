"""Customers of the embedded desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.connections.local.desk import Desk, retagged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecomflow import ActionCall, Page
    from ecomflow.connections.local.records import Records

_FIELDS: Final = {"tag": "tags", "accepts_marketing": "accepts_marketing"}


class Customers(Desk):
    """Carries out ``customer.…``."""

    async def customer_get(self, call: ActionCall, id: str | None, email: str | None) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the customer of an id, else the first one with the address."""

        def work(records: Records) -> dict[str, Any] | None:
            if id:
                return records.get("customer", id)
            return next(iter(records.find("customer", {"email": email or ""}, limit=1)), None)

        return await self._read(work)

    async def customer_search(self, call: ActionCall, wanted: Mapping[str, Any], limit: int) -> Page[dict[str, Any]]:
        """Return customers in order of id."""
        fields = {_FIELDS[name]: value for name, value in wanted.items()}
        return await self._read(lambda records: records.page("customer", fields, size=limit, mark=call.page))

    async def customer_tag(self, call: ActionCall, customer: str, tags: Sequence[str], remove: Sequence[str]) -> Mapping[str, Any]:
        """Add and remove tags."""

        def change(record: dict[str, Any]) -> None:
            record["tags"] = retagged(record.get("tags"), tags, remove)

        changed: dict[str, Any] = await self._change(call, "customer", customer, change)
        return changed
