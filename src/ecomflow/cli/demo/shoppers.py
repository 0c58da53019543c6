"""The shoppers of the demo, and the webhook bodies that their shop sends: shaped as Shopify's, written for this demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

CHECKOUT: Final = "checkouts/update"
ORDER: Final = "orders/create"


@dataclass(frozen=True, slots=True)
class Shopper:
    """One who left a checkout.

    Attributes:
        story: what the demo says about them.
        consents: whether they agreed to mail.
        begins: when they left the checkout, after the start.
        buys: how long after that they bought, or None.
    """

    name: str
    story: str
    article: str
    price: str
    begins: timedelta
    buys: timedelta | None = None
    consents: bool = True

    @property
    def email(self) -> str:
        """Their address; example domains belong to nobody (RFC 2606)."""
        return f"{self.name.lower()}@shopper.example"

    @property
    def token(self) -> str:
        """The checkout's id."""
        return f"checkout-{self.name.lower()}"

    def record(self) -> dict[str, Any]:
        """Return what the shop knows of them, consent included."""
        return {
            "id": f"customer-{self.name.lower()}", "email": self.email, "first_name": self.name,
            "accepts_marketing": self.consents,
        }  # fmt: skip

    def checkout(self, at: datetime) -> dict[str, Any]:
        """Return the body of the webhook for a checkout that was touched now."""
        return {
            "token": self.token, "cart_token": f"cart-{self.name.lower()}", **self._shared(at),
            "abandoned_checkout_url": f"https://acme.example/checkouts/{self.token}/recover",
        }  # fmt: skip

    def order(self, at: datetime) -> dict[str, Any]:
        """Return the body of the webhook for an order."""
        number = 1000 + len(self.name)
        return {"id": 90_000 + number, "order_number": number, "checkout_token": self.token, **self._shared(at)}

    def _shared(self, at: datetime) -> dict[str, Any]:
        line = {"title": self.article, "quantity": 1, "price": self.price}
        return {
            "email": self.email, "currency": "EUR", "total_price": self.price, "created_at": at.isoformat(),
            "updated_at": at.isoformat(), "line_items": [line], "customer": {"email": self.email, "first_name": self.name},
        }  # fmt: skip


START: Final = datetime.fromisoformat("2026-03-02T09:00:00+01:00")
SHOPPERS: Final = (
    Shopper("Ana", "buys in time", "Wool blanket, grey", "84.50", timedelta(0), timedelta(hours=5)),
    Shopper("Ben", "buys after the reminder", "Linen shirt, size M", "129.00", timedelta(minutes=10), timedelta(hours=30)),
    Shopper("Cleo", "never buys", "Espresso pot for four", "65.00", timedelta(minutes=20)),
    Shopper("Dan", "has not agreed to mail", "Desk lamp, brass", "99.00", timedelta(minutes=30), consents=False),
)


def deliveries() -> list[tuple[datetime, str, dict[str, Any]]]:
    """Return what the shop's webhooks deliver: moment, topic and body, in order of time."""
    found = []
    for shopper in SHOPPERS:
        at = START + shopper.begins
        found.append((at, CHECKOUT, shopper.checkout(at)))
        if shopper.buys is not None:
            found.append((at + shopper.buys, ORDER, shopper.order(at + shopper.buys)))
    return sorted(found, key=lambda delivery: delivery[0])
