"""The actions ``discount.…``."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Protocol, TypedDict

from ecomflow import (
    ActionCall,
    DurationText,
    Email,
    ExpressionError,
    Money,
    Permanent,
    action,
    add_duration,
    hookimpl,
    parse_duration,
)
from ecomflow.actions.results import limit_to, whole, whole_or_none

Uses = Annotated[int, limit_to(1_000_000)]

_LETTERS = 12


class Discount(TypedDict, total=False):
    """A discount that was made; one of percent and amount is none."""

    code: str
    percent: Money | None
    amount: Money | None
    email: str | None
    usage_limit: int | None
    expires_at: datetime | None


class Discounts(Protocol):
    """A connection that makes discounts."""

    async def discount_get(self, call: ActionCall, code: str) -> Mapping[str, Any] | None:
        """Return the discount of a code, or None."""
        ...

    async def discount_create(self, call: ActionCall, discount: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a discount with these fields of :class:`Discount`, and return it."""
        ...


@action("discount.get", effect="reads", idempotent=True, connections=("local",))
async def get(call: ActionCall, code: str) -> Discount | None:
    """Look a discount up by its code; none where there is no such code.

    Args:
        code: as customers write it.
    """
    shop: Discounts = call.connection
    return whole_or_none(Discount, await shop.discount_get(call, code))


@get.plan
def plan_get(code: object = None, **_: object) -> str:
    """Say which code it would look up."""
    return f"look up discount {code}"


@action("discount.create", effect="writes", idempotent=True, connections=("local",))
async def create(
    call: ActionCall,
    percent: Money | None = None,
    amount: Money | None = None,
    expires_in: DurationText | None = None,
    email: Email | None = None,
    usage_limit: Uses | None = None,
) -> Discount:
    """Make a discount code. The same call always makes the same code, and makes it once.

    Args:
        percent: off the price, above 0 and at most 100.
        amount: off the price, in the shop's currency; instead of a percentage.
        expires_in: how long the code is valid, from now; for ever where it is left out.
        email: whom it is for.
        usage_limit: how often the code can be used; as often as people like where it is left out.
    """
    _check(percent, amount)
    discount = {
        "code": code_of(call.key),
        "percent": percent,
        "amount": amount,
        "email": email,
        "usage_limit": usage_limit,
        "expires_at": expiry(call.now, expires_in),
    }
    shop: Discounts = call.connection
    return whole(Discount, await shop.discount_create(call, discount))


def _check(percent: Money | None, amount: Money | None) -> None:
    if (percent is None) is (amount is None):
        raise Permanent("discount.create needs either percent or amount", type="wrong_parameter")
    if percent is not None and not 0 < percent <= 100:
        raise Permanent(f"percent must be above 0 and at most 100, and is {percent}", type="wrong_parameter")
    if amount is not None and amount <= 0:
        raise Permanent(f"amount must be above 0, and is {amount}", type="wrong_parameter")


def expiry(now: datetime, expires_in: str | None) -> str | None:
    """Return the moment at which something ends that is valid for so long from now, or None where it never does.

    Raises:
        Permanent: the text is no duration.
    """
    if expires_in is None:
        return None
    try:
        return add_duration(now, parse_duration(expires_in), "UTC").isoformat()
    except (ExpressionError, ValueError, OverflowError) as error:
        raise Permanent(f"expires_in: {error}", type="wrong_parameter") from error


def code_of(key: str) -> str:
    """Return the code that belongs to an idempotency key: twelve letters and digits that nobody can guess by counting."""
    return b32encode(sha256(f"discount:{key}".encode()).digest()).decode()[:_LETTERS]


@create.plan
def plan(percent: object = None, amount: object = None, expires_in: object = None, email: object = None, **_: object) -> str:
    """Say which discount would be made."""
    size = f"{percent} %" if percent is not None else str(amount)
    return f"discount of {size}" + (f" for {email}" if email else "") + (f", valid for {expires_in}" if expires_in else "")


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``discount.…``."""
    for each in (get, create):
        register(each)
