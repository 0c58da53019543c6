"""The action ``order.cancel``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ecomflow import ActionCall, action, hookimpl
from ecomflow.actions.orders import Order
from ecomflow.actions.results import filled, whole


class CancelledOrders(Protocol):
    """A connection that calls orders off."""

    async def order_cancel(self, call: ActionCall, order: str, reason: str, *, refund: bool, notify: bool) -> Mapping[str, Any]:
        """Call an order off, give back what was paid where that is asked, and return the order."""
        ...


@action("order.cancel", effect="charges", idempotent=True, connections=("local",))
async def cancel(call: ActionCall, order: str, reason: str, refund: bool = False, notify: bool = False) -> Order:
    """Call an order off. One that is called off already stays as it is.

    Args:
        order: the order's id.
        reason: why, as the customer may read it.
        refund: whether what was paid for it, and is not paid back yet, is given back.
        notify: whether the connection tells the customer.
    """
    shop: CancelledOrders = call.connection
    return whole(Order, await shop.order_cancel(call, order, filled("reason", reason), refund=refund, notify=notify))


@cancel.plan
def plan_cancel(order: object = None, reason: object = None, refund: object = False, **_: object) -> str:
    """Say which order would be called off."""
    return f"cancel order {order}{', with a refund' if refund else ''}: {reason}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``order.cancel``."""
    register(cancel)
