"""The action ``refund.create``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypedDict

from ecomflow import ActionCall, Money, Permanent, action, hookimpl
from ecomflow.actions.results import filled, whole


class Refund(TypedDict, total=False):
    """Money that was given back."""

    id: str
    order_id: str
    amount: Money
    currency: str | None
    reason: str | None
    created_at: datetime


class Refunds(Protocol):
    """A connection that gives money back."""

    async def refund_create(self, call: ActionCall, refund: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the amount of these fields of :class:`Refund` back, once for the call's key, and return the refund."""
        ...


@action("refund.create", effect="charges", idempotent=True, connections=("local",))
async def create(
    call: ActionCall, order: str, amount: Money, currency: str | None = None, reason: str | None = None
) -> Refund:  # fmt: skip
    """Give money back. The same call gives it back once.

    Together, refunds never go beyond the total of an order whose total is known.

    Args:
        order: the order's id.
        amount: above 0.
        currency: by default the order's.
        reason: why, for people.
    """
    if amount <= 0:
        raise Permanent(f"amount: must be above 0, and is {amount}", type="wrong_parameter")
    refund = {"order_id": filled("order", order), "amount": amount, "currency": currency, "reason": reason}
    cashier: Refunds = call.connection
    return whole(Refund, await cashier.refund_create(call, refund))


@create.plan
def plan(order: object = None, amount: object = None, currency: object = None, reason: object = None, **_: object) -> str:
    """Say what would be given back."""
    return f"refund {amount}{f' {currency}' if currency else ''} of order {order}" + (f": {reason}" if reason else "")


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``refund.create``."""
    register(create)
