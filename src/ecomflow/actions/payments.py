"""The action ``payment.capture``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypedDict

from ecomflow import ActionCall, Money, Permanent, action, hookimpl
from ecomflow.actions.results import filled, whole


class Payment(TypedDict, total=False):
    """Money that was taken for an order."""

    id: str
    order_id: str
    amount: Money
    currency: str | None
    created_at: datetime


class Payments(Protocol):
    """A connection that takes money which a customer has authorized."""

    async def payment_capture(self, call: ActionCall, order: str, amount: Any) -> Mapping[str, Any]:
        """Take an amount, or all that is left where it is None, once for the call's key; return the :class:`Payment`."""
        ...


@action("payment.capture", effect="charges", idempotent=True, connections=("local",))
async def capture(call: ActionCall, order: str, amount: Money | None = None) -> Payment:
    """Take the money that a customer has authorized for an order. The same call takes it once.

    Together, payments never go beyond the total of an order, and one that is paid, void or cancelled is refused.

    Args:
        order: the order's id.
        amount: above 0; all that is left of the total where it is left out.
    """
    if amount is not None and amount <= 0:
        raise Permanent(f"amount: must be above 0, and is {amount}", type="wrong_parameter")
    cashier: Payments = call.connection
    return whole(Payment, await cashier.payment_capture(call, filled("order", order), amount))


@capture.plan
def plan(order: object = None, amount: object = None, **_: object) -> str:
    """Say what would be taken."""
    return f"capture {'what is left' if amount is None else amount} of order {order}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``payment.capture``."""
    register(capture)
