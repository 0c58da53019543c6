"""Tickets of the embedded desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.connections.local.desk import Desk, retagged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ecomflow import ActionCall

_NEW: Final = {"status": "open", "priority": "normal", "tags": [], "messages": []}


class Tickets(Desk):
    """Carries out ``ticket.…``."""

    async def ticket_create(self, call: ActionCall, ticket: Mapping[str, Any]) -> Mapping[str, Any]:
        """Open a ticket."""
        created: dict[str, Any] = await self._add(call, "ticket", {**_NEW, **ticket, "created_at": call.now.isoformat()})
        return created

    async def ticket_get(self, call: ActionCall, ticket: str) -> Mapping[str, Any] | None:  # noqa: ARG002
        """Return the ticket of an id."""
        found = await self._read(lambda records: records.get("ticket", ticket))
        return None if found is None else {**_NEW, **found}

    async def ticket_reply(self, call: ActionCall, ticket: str, text: str) -> Mapping[str, Any]:
        """Keep an answer to the customer."""
        return await self._write_down(call, ticket, "reply", text)

    async def ticket_note(self, call: ActionCall, ticket: str, text: str) -> Mapping[str, Any]:
        """Keep a note that the customer does not see."""
        return await self._write_down(call, ticket, "note", text)

    async def ticket_tag(self, call: ActionCall, ticket: str, tags: Sequence[str], remove: Sequence[str]) -> Mapping[str, Any]:
        """Add and remove tags."""
        return await self._edit(call, ticket, lambda record: record.update(tags=retagged(record["tags"], tags, remove)))

    async def ticket_set_priority(self, call: ActionCall, ticket: str, priority: str) -> Mapping[str, Any]:
        """Set how urgent it is."""
        return await self._edit(call, ticket, lambda record: record.update(priority=priority))

    async def ticket_set_status(self, call: ActionCall, ticket: str, status: str) -> Mapping[str, Any]:
        """Set how far it is; a closed one opens again."""
        return await self._edit(call, ticket, lambda record: record.update(status=status, closed_at=None))

    async def ticket_assign(self, call: ActionCall, ticket: str, team: str | None, person: str | None) -> Mapping[str, Any]:
        """Hand it to a team or a person; who is not named stays."""
        to = {name: who for name, who in (("team", team), ("person", person)) if who}
        return await self._edit(call, ticket, lambda record: record.update(to))

    async def ticket_close(self, call: ActionCall, ticket: str, reason: str | None) -> Mapping[str, Any]:
        """Close it; one that is closed stays as it is."""

        def close(record: dict[str, Any]) -> None:
            if record["status"] == "closed":
                return
            record.update(status="closed", closed_at=call.now.isoformat())
            if reason:
                record["messages"].append(_message(call, "note", reason))

        return await self._edit(call, ticket, close)

    async def _write_down(self, call: ActionCall, ticket: str, kind: str, text: str) -> Mapping[str, Any]:
        return await self._edit(call, ticket, lambda record: record["messages"].append(_message(call, kind, text)))

    async def _edit(self, call: ActionCall, ticket: str, edit: Callable[[dict[str, Any]], None]) -> Mapping[str, Any]:
        def change(record: dict[str, Any]) -> None:
            whole = {**_NEW, **record, "messages": list(record.get("messages") or ())}
            edit(whole)
            record.update(whole)

        changed: dict[str, Any] = await self._change(call, "ticket", ticket, change)
        return changed


def _message(call: ActionCall, kind: str, text: str) -> dict[str, str]:
    return {"at": call.now.isoformat(), "kind": kind, "text": text}
