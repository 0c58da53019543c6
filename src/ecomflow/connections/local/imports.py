"""What was to be taken over from elsewhere, as the embedded back office knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.connections.local.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecomflow import ActionCall, Page


class Imports(Desk):
    """Carries out ``import.…``."""

    async def import_list(self, call: ActionCall, since: datetime, limit: int) -> Page[dict[str, Any]]:
        """Return the imports since a moment, the newest first."""
        return await self._read(
            lambda records: records.page("import", {}, since=since, by="created_at", newest=True, size=limit, mark=call.page)
        )

    async def import_retry(self, call: ActionCall, id: str) -> Mapping[str, Any]:
        """Put an import that failed back to those that wait; whoever imports finds it there."""

        def change(record: dict[str, Any]) -> None:
            if record.get("status") == "failed":
                record.update(status="waiting", attempts=(record.get("attempts") or 1) + 1)

        changed: dict[str, Any] = await self._change(call, "import", id, change)
        return changed
