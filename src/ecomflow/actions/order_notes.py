"""The action ``order.update``: what a shop writes on an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ecomflow import ActionCall, Permanent, action, hookimpl
from ecomflow.actions.orders import Order
from ecomflow.actions.results import whole


class NotedOrders(Protocol):
    """A connection that keeps notes and attributes of orders."""

    async def order_update(
        self, call: ActionCall, order: str, note: str | None, attributes: Mapping[str, str | None]
    ) -> Mapping[str, Any]:
        """Set the note unless it is None, the empty text takes it away; set attributes by name, None takes one away.

        Return the order as it is then.
        """
        ...


@action("order.update", effect="writes", idempotent=True, connections=("local",))
async def update(
    call: ActionCall, order: str, note: str | None = None, attributes: dict[str, str | None] | None = None
) -> Order:  # fmt: skip
    """Set the note of an order, and further attributes of it; what is not named stays.

    Args:
        order: the order's id.
        note: for people, in place of the one that is there; an empty text takes it away.
        attributes: texts by name; null takes one away.
    """
    if note is None and not attributes:
        raise Permanent("order.update needs a note or attributes", type="wrong_parameter")
    shop: NotedOrders = call.connection
    return whole(Order, await shop.order_update(call, order, note, attributes or {}))


@update.plan
def plan(order: object = None, note: object = None, attributes: object = None, **_: object) -> str:
    """Say what would be written on the order."""
    named = [f"{name} = {value}" for name, value in attributes.items()] if isinstance(attributes, Mapping) else []
    noted = [] if note is None else [f"note {note!r}" if note else "no note"]
    return f"update order {order}: {', '.join([*noted, *named]) or 'nothing'}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``order.update``."""
    register(update)
