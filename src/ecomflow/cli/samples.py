"""Records of a sample shop, for trying out what needs customers, orders, stock or tickets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.template import ALL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ecomflow.registry import Registry

RECORDS: Final = "var/local.db"
"""Where the connection ``local`` keeps its records."""
_DELIVERED: Final = timedelta(days=10)
_EMAIL: Final = "ana@shopper.example"


_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "restock-alert": ("stock", "stock_alert"),
    "return-approval": ("order",),
    "ticket-priority": ("ticket", "order"),
}
"""What a template needs beside customers."""


def add_records(folder: Path, registry: Registry, template: str) -> list[str]:
    """Put the sample records of a template into the project's desk, unless it has any; return the files that were made."""
    if (folder / RECORDS).exists():
        return []
    desk = registry.open_connection("desk", "local", {}, folder)
    for kind, records in _records(datetime.now(UTC)).items():
        if kind == "customer" or template == ALL or kind in _KINDS.get(template, ()):
            desk.put(kind, *records)
    return [RECORDS]


def _records(now: datetime) -> dict[str, list[dict[str, Any]]]:
    return {
        "customer": [_customer(name) for name in ("Ana", "Ben")],
        "order": [_order(now - _DELIVERED)],
        "ticket": [{"id": "81001", "subject": "My order", "email": _EMAIL, "order_id": "61001"}],
        "stock": [{"id": "stock-51001", "variant_id": "51001", "sku": "LH-M", "available": 2}],
        "stock_alert": [_alert(name, now - timedelta(days=days)) for name, days in (("Ana", 9), ("Ben", 8), ("Cleo", 7))],
    }


def _customer(name: str) -> dict[str, Any]:
    return {
        "id": f"customer-{name.lower()}", "email": f"{name.lower()}@shopper.example", "first_name": name,
        "accepts_marketing": True, "tags": [],
    }  # fmt: skip


def _order(delivered: datetime) -> dict[str, Any]:
    line = {"id": "62001", "sku": "LH-M", "title": "Linen shirt", "variant": "Size M", "quantity": 1, "price": Decimal("49.90")}
    return {
        "id": "61001", "number": "1001", "email": _EMAIL, "currency": "EUR", "total": Decimal("49.90"), "tags": [], "lines": [line],
        "customer": {"id": "customer-ana", "email": _EMAIL, "first_name": "Ana"}, "delivered_at": delivered.isoformat(),
        "created_at": (delivered - timedelta(days=3)).isoformat(),
    }  # fmt: skip


def _alert(name: str, joined: datetime) -> dict[str, Any]:
    return {
        "id": f"alert-{name.lower()}", "variant_id": "51001", "email": f"{name.lower()}@shopper.example", "first_name": name,
        "joined_at": joined.isoformat(),
    }  # fmt: skip
