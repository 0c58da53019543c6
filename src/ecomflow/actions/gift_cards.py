"""The action ``gift_card.create``."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Protocol, TypedDict

from ecomflow import ActionCall, DurationText, Email, Money, Permanent, action, hookimpl
from ecomflow.actions.discounts import expiry
from ecomflow.actions.results import whole

_LETTERS: Final = 16


class GiftCard(TypedDict, total=False):
    """A gift card that was made."""

    code: str
    amount: Money
    balance: Money | None
    currency: str | None
    email: str | None
    note: str | None
    expires_at: datetime | None
    created_at: datetime | None


class GiftCards(Protocol):
    """A connection that makes gift cards."""

    async def gift_card_create(self, call: ActionCall, card: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a gift card with these fields of :class:`GiftCard` once for the call's key, and return it."""
        ...


@action("gift_card.create", effect="writes", idempotent=True, connections=("local",))
async def create(
    call: ActionCall,
    amount: Money,
    currency: str | None = None,
    email: Email | None = None,
    note: str | None = None,
    expires_in: DurationText | None = None,
) -> GiftCard:
    """Make a gift card. The same call always makes the same code, and makes it once.

    Args:
        amount: what it is worth, above 0.
        currency: ISO 4217; the shop's own where it is left out.
        email: whom it is for.
        note: for the team.
        expires_in: how long it is valid, from now; for ever where it is left out.
    """
    if amount <= 0:
        raise Permanent(f"amount must be above 0, and is {amount}", type="wrong_parameter")
    code = b32encode(sha256(f"gift_card:{call.key}".encode()).digest()).decode()[:_LETTERS]
    card = {
        "code": code, "amount": amount, "currency": currency, "email": email, "note": note,
        "expires_at": expiry(call.now, expires_in),
    }  # fmt: skip
    shop: GiftCards = call.connection
    return whole(GiftCard, await shop.gift_card_create(call, card))


@create.plan
def plan(amount: object = None, currency: object = None, email: object = None, **_: object) -> str:
    """Say which gift card would be made."""
    return f"gift card of {amount}" + (f" {currency}" if currency else "") + (f" for {email}" if email else "")


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``gift_card.create``."""
    register(create)
