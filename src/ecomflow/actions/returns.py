"""The actions ``return.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol, TypedDict

from ecomflow import ActionCall, Email, Money, Permanent, action, hookimpl
from ecomflow.actions.orders import Line
from ecomflow.actions.results import filled, whole, whole_or_none


class Label(TypedDict, total=False):
    """What goes onto the parcel that comes back."""

    code: str
    address: str | None
    url: str | None


class ReturnLine(Line, total=False):
    """What comes back of a line of an order."""

    line_id: str | None
    reason: str | None
    note: str | None


class Return(TypedDict, total=False):
    """Goods that a customer wants to give back."""

    id: str
    order_id: str
    status: Literal["requested", "in_review", "approved", "declined"]
    reason: str | None
    lines: list[ReturnLine]
    value: Money | None
    photos: list[Any]
    email: str | None
    label: Label | None
    note: str | None
    fee: Money | None
    fee_reason: str | None
    review_reason: str | None
    declined_reason: str | None
    created_at: datetime
    decided_at: datetime | None


class Returns(Protocol):
    """A connection that takes returns."""

    async def return_create(self, call: ActionCall, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Open a return with these fields of :class:`Return` and the lines as they were named, and return it."""
        ...

    async def return_get(self, call: ActionCall, id: str) -> Mapping[str, Any] | None:
        """Return the return of an id, or None."""
        ...

    async def return_approve(self, call: ActionCall, id: str, *, label: bool, note: str | None) -> Mapping[str, Any]:
        """Approve it, with a label for the parcel; an approved one stays, a declined one is refused."""
        ...

    async def return_decline(self, call: ActionCall, id: str, reason: str) -> Mapping[str, Any]:
        """Decline it; a declined one stays, an approved one is refused."""
        ...

    async def return_review(self, call: ActionCall, id: str, reason: str) -> Mapping[str, Any]:
        """Leave it to people, with the status ``in_review``; one that was decided is refused."""
        ...

    async def return_set_fee(self, call: ActionCall, id: str, amount: Decimal, reason: str | None) -> Mapping[str, Any]:
        """Note what sending back costs the customer, and return the return; one that was declined is refused."""
        ...


def _office(call: ActionCall) -> Returns:
    office: Returns = call.connection
    return office


@action("return.create", effect="writes", idempotent=True, connections=("local",))
async def create(
    call: ActionCall,
    order: str,
    lines: list[str | dict[str, Any]] | None = None,
    reason: str | None = None,
    photos: list[Any] | None = None,
    email: Email | None = None,
) -> Return:
    """Open a return of an order, or of some of its lines.

    Args:
        order: the order's id.
        lines: what comes back: ids or SKUs of lines, or mappings with ``line_id``, ``id`` or ``sku``, and ``quantity``; by default
            all of the order.
        reason: why, as the customer says it.
        photos: their addresses, or mappings as messages carry them.
        email: the customer's address; by default that of the order.
    """
    asked = {"order_id": filled("order", order), "lines": lines, "reason": reason, "photos": photos or [], "email": email}
    return whole(Return, await _office(call).return_create(call, asked))


@create.plan
def plan_create(order: object = None, reason: object = None, **_: object) -> str:
    """Say which return would be opened."""
    return f"open return of order {order}" + (f": {reason}" if reason else "")


@action("return.get", effect="reads", idempotent=True, connections=("local",))
async def get(call: ActionCall, id: str) -> Return | None:
    """Look a return up; none where there is no such return.

    Args:
        id: the return's id.
    """
    return whole_or_none(Return, await _office(call).return_get(call, id))


@get.plan
def plan_get(id: object = None, **_: object) -> str:
    """Say which return it would look up."""
    return f"look up return {id}"


@action("return.approve", effect="writes", idempotent=True, connections=("local",))
async def approve(call: ActionCall, id: str, label: bool = True, note: str | None = None) -> Return:
    """Approve a return. One that is approved already stays as it is; one that was declined is refused.

    Args:
        id: the return's id.
        label: whether a label is made for the parcel.
        note: for the team.
    """
    return whole(Return, await _office(call).return_approve(call, id, label=label, note=note))


@approve.plan
def plan_approve(id: object = None, label: object = True, **_: object) -> str:
    """Say which return would be approved."""
    return f"approve return {id}" + (", with a label" if label else "")


@action("return.decline", effect="writes", idempotent=True, connections=("local",))
async def decline(call: ActionCall, id: str, reason: str) -> Return:
    """Decline a return. One that is declined already stays as it is; one that was approved is refused.

    Args:
        id: the return's id.
        reason: why, as the customer may read it.
    """
    return whole(Return, await _office(call).return_decline(call, id, filled("reason", reason)))


@decline.plan
def plan_decline(id: object = None, reason: object = None, **_: object) -> str:
    """Say which return would be declined."""
    return f"decline return {id}: {reason}"


@action("return.review", effect="writes", idempotent=True, connections=("local",))
async def review(call: ActionCall, id: str, reason: str) -> Return:
    """Leave the decision on a return to people; its status becomes ``in_review``. One that was decided is refused.

    Args:
        id: the return's id.
        reason: why, for the team.
    """
    return whole(Return, await _office(call).return_review(call, id, filled("reason", reason)))


@review.plan
def plan_review(id: object = None, reason: object = None, **_: object) -> str:
    """Say which return people would look at."""
    return f"have return {id} looked at: {reason}"


@action("return.set_fee", effect="writes", idempotent=True, connections=("local",))
async def set_fee(call: ActionCall, id: str, amount: Money, reason: str | None = None) -> Return:
    """Set what sending back costs the customer. A return that was declined is refused.

    Args:
        id: the return's id.
        amount: in the currency of the order; 0 for nothing.
        reason: why, as the customer may read it.
    """
    if amount < 0:
        raise Permanent(f"amount: must not be below 0, and is {amount}", type="wrong_parameter")
    return whole(Return, await _office(call).return_set_fee(call, id, amount, reason))


@set_fee.plan
def plan_set_fee(id: object = None, amount: object = None, **_: object) -> str:
    """Say what it would cost."""
    return f"set the fee of return {id} to {amount}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``return.…``."""
    for each in (create, get, approve, decline, review, set_fee):
        register(each)
