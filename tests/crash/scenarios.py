"""What happens in a shop while its engine is killed: events on a time line, and the files that they concern."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)

PROJECT = """\
shop: acme
timezone: Europe/Berlin
people: {{returns: [ana@acme.example]}}
connections:
  mail: {{plugin: smtp, host: 127.0.0.1, port: {mail}, from: Acme <shop@acme.example>, starttls: false}}
  hook: {{plugin: http, base_url: "http://127.0.0.1:{web}", allow_private: true}}
  desk: {{plugin: local}}
"""


@dataclass(frozen=True)
class Arrival:
    """An event that the shop sends, again and again until it is told that it was taken."""

    hours: float
    type: str
    data: dict[str, Any]

    @property
    def time(self) -> datetime:
        return START + timedelta(hours=self.hours)


@dataclass(frozen=True)
class Scenario:
    """One story: its workflows and templates, records kept before it begins, and what arrives."""

    name: str
    files: tuple[Path, ...]
    arrivals: tuple[Arrival, ...]
    days: int
    records: tuple[tuple[str, dict[str, Any]], ...] = ()

    @property
    def end(self) -> datetime:
        return START + timedelta(days=self.days)

    def write(self, folder: Path, *, mail: int, web: int) -> None:
        """Make the project's folder."""
        (folder / "workflows").mkdir(parents=True)
        (folder / "templates").mkdir()
        (folder / "ecomflow.yaml").write_text(PROJECT.format(mail=mail, web=web), "utf-8")
        for file in self.files:
            shutil.copy(file, folder / ("workflows" if file.suffix == ".yaml" else "templates"))


def _checkout(id: str, name: str, total: int, hours: float = 0) -> Arrival:
    return Arrival(hours, "checkout.updated", {"checkout": {"id": id, "total": total, "email": f"{name}@shopper.example"}})


def _order(id: str, name: str, checkout: str, hours: float) -> Arrival:
    order = {"id": id, "checkout_id": checkout, "email": f"{name}@shopper.example"}
    return Arrival(hours, "order.created", {"order": order})


def _shopper(id: str, name: str) -> tuple[str, dict[str, Any]]:
    return "customer", {"id": id, "email": f"{name}@shopper.example", "first_name": name.title(), "accepts_marketing": True}


def _waits(name: str, days: int) -> tuple[str, dict[str, Any]]:
    joined = START - timedelta(days=days)
    return "stock_alert", {"id": name, "variant_id": "v1", "email": f"{name}@shopper.example", "joined_at": joined.isoformat()}


def _sold(id: str, days: int) -> tuple[str, dict[str, Any]]:
    lines = [{"id": f"{id}-{n}", "quantity": 1, "price": 20} for n in range(2)]
    delivered = START - timedelta(days=days)
    return "order", {"id": id, "total": 40, "email": f"{id}@shopper.example", "lines": lines, "delivered_at": delivered.isoformat()}


def _back(order: str, hours: float) -> Arrival:
    wanted = {"id": f"r-{order}", "order_id": order, "lines": [{"id": f"{order}-0", "quantity": 1}]}
    return Arrival(hours, "return.requested", {"return": wanted})


def _example(name: str) -> tuple[Path, ...]:
    return (EXAMPLES / "workflows" / f"{name}.yaml", *sorted((EXAMPLES / "templates").glob("*.html")))


def _parcel(id: str, hours: float) -> Arrival:
    lines = [{"sku": f"{id}-{n}"} for n in range(2)]
    parcel = {"id": id, "total": 80, "email": f"{id}@shopper.example", "fragile": True, "lines": lines}
    return Arrival(hours, "parcel.ordered", {"parcel": parcel})


def _payment(parcel: str, hours: float) -> Arrival:
    return Arrival(hours, "payment.captured", {"payment": {"id": f"pay-{parcel}", "parcel_id": parcel, "amount": 80}})


ABANDONED_CART = Scenario(
    "abandoned-cart",
    _example("abandoned-cart"),
    (
        _checkout("c1", "ana", 80),  # never buys: reminded, then given a discount
        _checkout("c2", "bo", 90),  # buys in time
        _order("o2", "bo", "c2", 5),
        _checkout("c1", "ana", 95, 6),  # comes back: the newest checkout decides
        _order("o9", "somebody.else", "c9", 60),
    ),
    days=8,
    records=(_shopper("k1", "ana"), _shopper("k2", "bo")),
)

FULFIL = Scenario(
    "fulfil",
    (HERE / "workflows" / "fulfil.yaml", HERE / "workflows" / "packed-mail.yaml"),
    (_parcel("p1", 0), _payment("p1", 72)),
    days=20,
)

REPORT = Scenario(
    "report",
    (HERE / "workflows" / "report.yaml", HERE / "workflows" / "reported.yaml"),
    (),
    days=7,
)

RESTOCK = Scenario(
    "restock-alert",
    _example("restock-alert"),
    (Arrival(0, "variant.back_in_stock", {"variant": {"id": "v1"}}), Arrival(1, "variant.back_in_stock", {"variant": {"id": "v1"}})),
    days=3,
    records=(("stock", {"id": "s1", "variant_id": "v1", "available": 2}), _waits("cleo", 1), _waits("ben", 2), _waits("ana", 3)),
)

RETURNS = Scenario(
    "return-approval",
    _example("return-approval"),
    (_back("o1", 0), _back("o1", 1), _back("o2", 2)),  # paid back once; told of again; too late
    days=3,
    records=(_sold("o1", 10), _sold("o2", 60)),
)

SCENARIOS = {scenario.name: scenario for scenario in (ABANDONED_CART, FULFIL, REPORT, RESTOCK, RETURNS)}
