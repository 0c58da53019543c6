"""Messages to the shop's own people and to customers, kept by the embedded desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.connections.local.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow import ActionCall


class Messages(Desk):
    """Carries out ``notify.send`` and ``message.send``."""

    async def notify_send(self, call: ActionCall, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep a message; nobody but who looks at the desk sees it."""
        kept: dict[str, Any] = await self._add(call, "message", {**message, "created_at": call.now.isoformat()})
        return kept

    async def message_send(self, call: ActionCall, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keep a message to a customer; nobody but who looks at the desk sees it."""
        kept: dict[str, Any] = await self._add(call, "customer_message", {**message, "created_at": call.now.isoformat()})
        return kept
