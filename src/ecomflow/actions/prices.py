"""The actions ``price.…``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypedDict

from ecomflow import ActionCall, Money, Permanent, action, hookimpl
from ecomflow.actions.results import whole, whole_or_none


class PriceChange(TypedDict, total=False):
    """One entry of the book of a price: what it became, when, why and by whose leave."""

    price: Money
    set_at: datetime
    reason: str | None
    approved_by: str | None


class Price(TypedDict, total=False):
    """What a variant costs, with the bounds that the shop has set, and how the price came about."""

    variant_id: str
    price: Money
    currency: str | None
    regular: Money | None
    minimum: Money | None
    maximum: Money | None
    changes: list[PriceChange] | None


class Prices(Protocol):
    """A connection that knows prices."""

    async def price_get(self, call: ActionCall, variant: str) -> Mapping[str, Any] | None:
        """Return the price of a variant, or None."""
        ...

    async def price_set(self, call: ActionCall, variant: str, change: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make what the change says the price of a variant, write these fields of :class:`PriceChange` down, and return the price."""
        ...


def _book(call: ActionCall) -> Prices:
    book: Prices = call.connection
    return book


@action("price.get", effect="reads", idempotent=True, connections=("local",))
async def get(call: ActionCall, variant: str) -> Price | None:
    """Look up what a variant costs, and within which bounds; none where nothing is known of it.

    Args:
        variant: the variant's id.
    """
    return whole_or_none(Price, await _book(call).price_get(call, variant))


@get.plan
def plan_get(variant: object = None, **_: object) -> str:
    """Say whose price it would look up."""
    return f"look up price of {variant}"


@action("price.set", effect="writes", idempotent=True, connections=("local",))
async def set_(
    call: ActionCall, variant: str, price: Money, reason: str | None = None, approved_by: str | None = None
) -> Price:
    """Set what a variant costs, and write down why. A price that is so already stays, and nothing is written down.

    Args:
        variant: the variant's id.
        price: above 0.
        reason: why, for people.
        approved_by: who has allowed it, where somebody was asked.
    """
    if price <= 0:
        raise Permanent(f"price: must be above 0, and is {price}", type="wrong_parameter")
    change = {"price": price, "set_at": call.now.isoformat(), "reason": reason, "approved_by": approved_by}
    return whole(Price, await _book(call).price_set(call, variant, change))


@set_.plan
def plan_set(variant: object = None, price: object = None, reason: object = None, **_: object) -> str:
    """Say what it would cost."""
    return f"set price of {variant} to {price}" + (f": {reason}" if reason else "")


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``price.…``."""
    for each in (get, set_):
        register(each)
