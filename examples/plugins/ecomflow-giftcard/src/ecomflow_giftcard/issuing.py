"""The action ``giftcard.issue``."""

from __future__ import annotations

from base64 import b32encode
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, TypedDict

from ecomflow import (
    ActionCall,
    DurationText,
    Email,
    ExpressionError,
    Money,
    Permanent,
    action,
    add_duration,
    parse_duration,
)
from ecomflow_giftcard.ledger import Card

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow_giftcard.ledger import Ledger


class Issued(TypedDict):
    """A card that was issued."""

    code: str
    amount: Money
    email: str
    expires_at: str


@action("giftcard.issue", effect="writes", idempotent=True, connections=("giftcards",), timeout=15)
def issue(call: ActionCall, amount: Money, email: Email, expires_in: DurationText = "365d") -> Issued:
    """Issue a gift card. The same call always gives the same card, and issues it once.

    Args:
        amount: what it is worth, in the shop's currency, above 0.
        email: whom it is for.
        expires_in: how long it is valid, from now.
    """
    if amount <= 0:
        raise Permanent(f"amount: must be above 0, and is {amount}", type="wrong_parameter")
    ledger: Ledger = call.connection
    made = ledger.issue(call.key, Card(code_of(call.key), str(amount), email, _expiry(call.now, expires_in)))
    return {"code": made.code, "amount": Decimal(made.amount), "email": made.email, "expires_at": made.expires_at}


@issue.plan
def plan(amount: object, email: object, expires_in: object, **_: object) -> str:
    """Say which card would be issued; a plan only looks at the parameters."""
    return f"gift card of {amount} for {email}, valid for {expires_in}"


def code_of(key: str) -> str:
    """Return the code that belongs to an idempotency key; nobody can guess it by counting."""
    letters = b32encode(sha256(f"giftcard:{key}".encode()).digest()).decode()[:12]
    return "-".join(letters[at : at + 4] for at in range(0, 12, 4))


def _expiry(now: datetime, expires_in: str) -> str:
    try:
        return add_duration(now, parse_duration(expires_in), "UTC").isoformat()
    except (ExpressionError, ValueError, OverflowError) as error:
        raise Permanent(f"expires_in: {error}", type="wrong_parameter") from error
