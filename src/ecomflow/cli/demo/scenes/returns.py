"""Returns: small, large, and too late."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecomflow.cli.demo.stage import Stage

_BOSS: Final = "ana@acme.example"


def _order(number: int, name: str, price: str, delivered: datetime) -> dict[str, Any]:
    line = {"id": f"{number}1", "title": "Wool coat", "quantity": 1, "price": Decimal(price)}
    email = f"{name.lower()}@shopper.example"
    return {
        "id": str(number), "number": str(number), "email": email, "currency": "EUR", "total": Decimal(price), "tags": [],
        "lines": [line], "customer": {"email": email, "first_name": name}, "delivered_at": delivered.isoformat(),
        "created_at": (delivered - timedelta(days=2)).isoformat(),
    }  # fmt: skip


def _webhook(number: int) -> dict[str, Any]:
    line = {
        "id": number * 10 + 2, "quantity": 1, "return_reason": "size_too_small",
        "fulfillment_line_item": {"id": number * 10 + 3, "line_item": {"id": number * 10 + 1}},
    }  # fmt: skip
    return {
        "id": number + 10_000, "status": "requested", "name": f"#{number}-R1", "order": {"id": number},
        "total_return_line_items": 1, "return_line_items": [line], "return_shipping_fees": [], "total_exchange_line_items": 0,
    }  # fmt: skip


def _ask(
    stage: Stage, number: int, name: str, price: str, *, days: int, then: Callable[[Stage], None] = lambda _: None
) -> None:
    """Let a customer ask to send an order back that came so many days ago; tell what the shop has on its books afterwards."""
    stage.put("order", _order(number, name, price, stage.now - timedelta(days=days)))
    stage.deliver("returns/request", _webhook(number), f"return-{number}")
    then(stage)
    (asked,) = stage.find("return", order_id=str(number))
    label = f", label {asked['label']['code']}" if asked.get("label") else ""
    reason = f": {asked['declined_reason']}" if asked.get("declined_reason") else ""
    stage.fact(f"the return is {asked['status']}{reason}{label}")
    paid = [f"{refund['amount']} {refund['currency']}" for refund in stage.find("refund", order_id=str(number))]
    stage.fact(f"refunds of order {number}: {', '.join(paid) or 'none'}")


def _decide(stage: Stage, *, approved: bool) -> None:
    stage.after(hours=5)
    stage.decide(approved=approved, by=_BOSS)


def _repeat(stage: Stage) -> None:
    stage.after(minutes=1)
    stage.deliver("returns/request", _webhook(1061), "return-1061", ", the same again")


SCENES: Final = (
    ("A return worth 40 euros, ten days after delivery", partial(_ask, number=1061, name="Eva", price="40.00", days=10, then=_repeat)),
    (
        "A return worth 400 euros is for a person, who approves it",
        partial(_ask, number=1062, name="Finn", price="400.00", days=10, then=partial(_decide, approved=True)),
    ),
    (
        "Another one, and the person rejects it",
        partial(_ask, number=1063, name="Gina", price="400.00", days=10, then=partial(_decide, approved=False)),
    ),
    (
        "A third one, and nobody answers for three days",
        partial(_ask, number=1064, name="Hugo", price="400.00", days=10, then=lambda stage: stage.after(days=3)),
    ),
    ("A return sixty days after delivery", partial(_ask, number=1065, name="Ida", price="40.00", days=60)),
)
