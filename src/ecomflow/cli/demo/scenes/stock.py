"""A shirt is back, and more people wait than there are pieces."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.cli.demo.stage import Stage

_SHIRT: Final = 51001
_WAITING: Final = (("Ana", 9), ("Ben", 8), ("Cleo", 7))
"""Who waits, and for how many days."""


def _webhook(at: datetime) -> dict[str, Any]:
    return {
        "id": _SHIRT, "product_id": 41001, "title": "Linen shirt, size M", "price": "49.90", "sku": "LH-M",
        "inventory_quantity": 2, "updated_at": at.isoformat(),
    }  # fmt: skip


def _alert(name: str, joined: datetime) -> dict[str, Any]:
    return {
        "id": f"alert-{name.lower()}", "variant_id": str(_SHIRT), "email": f"{name.lower()}@shopper.example",
        "first_name": name, "joined_at": joined.isoformat(),
    }  # fmt: skip


def _stock(available: int) -> dict[str, Any]:
    return {"id": f"stock-{_SHIRT}", "variant_id": str(_SHIRT), "sku": "LH-M", "available": available}


def _back_in_stock(stage: Stage) -> None:
    stage.put("stock", _stock(2))
    stage.put("stock_alert", *(_alert(name, stage.now - timedelta(days=days)) for name, days in _WAITING))
    body = _webhook(stage.now)
    stage.deliver("variants/in_stock", body, "shirt-is-back")
    stage.after(minutes=1)
    stage.deliver("variants/in_stock", body, "shirt-is-back", ", the same again")
    stage.after(hours=3)
    stage.put("stock", _stock(0))
    stage.happens("both pieces are sold")
    stage.after(hours=3)
    left = [alert["email"] for alert in stage.find("stock_alert", variant_id=str(_SHIRT)) if not alert.get("notified_at")]
    stage.fact(f"still on the waiting list: {', '.join(left)}")


SCENES: Final = (("Back in stock: three people wait, and there are two pieces", _back_in_stock),)
