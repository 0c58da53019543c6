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
    """One story: its workflows and templates, customers known before it begins, and what arrives."""

    name: str
    files: tuple[Path, ...]
    arrivals: tuple[Arrival, ...]
    days: int
    customers: tuple[dict[str, Any], ...] = ()

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


def _shopper(id: str, name: str) -> dict[str, Any]:
    return {"id": id, "email": f"{name}@shopper.example", "first_name": name.title(), "accepts_marketing": True}


def _parcel(id: str, hours: float) -> Arrival:
    lines = [{"sku": f"{id}-{n}"} for n in range(2)]
    parcel = {"id": id, "total": 80, "email": f"{id}@shopper.example", "fragile": True, "lines": lines}
    return Arrival(hours, "parcel.ordered", {"parcel": parcel})


def _payment(parcel: str, hours: float) -> Arrival:
    return Arrival(hours, "payment.captured", {"payment": {"id": f"pay-{parcel}", "parcel_id": parcel, "amount": 80}})


ABANDONED_CART = Scenario(
    "abandoned-cart",
    (EXAMPLES / "workflows" / "abandoned-cart.yaml", *sorted((EXAMPLES / "templates").glob("*.html"))),
    (
        _checkout("c1", "ana", 80),  # never buys: reminded, then given a discount
        _checkout("c2", "bo", 90),  # buys in time
        _order("o2", "bo", "c2", 5),
        _checkout("c1", "ana", 95, 6),  # comes back: the newest checkout decides
        _order("o9", "somebody.else", "c9", 60),
    ),
    days=8,
    customers=(_shopper("k1", "ana"), _shopper("k2", "bo")),
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

SCENARIOS = {scenario.name: scenario for scenario in (ABANDONED_CART, FULFIL, REPORT)}
