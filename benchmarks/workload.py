"""What is matched: workflows of three conditions over twenty event types, and orders of about 1.5 KB as raw bytes.

Of N workflows an event concerns one in twenty by its type. With ``one`` an equality leaves a single one of them, else one
of five regions leaves a fifth, which is 1 % of all; the other two conditions, a range and a membership, then hold.
Needs nothing but the standard library, so that every peer's environment can import it.
"""

from __future__ import annotations

import json
import random
from typing import NamedTuple

TYPES = [f"{noun}.{verb}" for noun in ("sale", "basket", "buyer", "charge", "parcel") for verb in ("created", "updated", "closed", "failed")]
CHANNELS = ["web", "pos", "app", "marketplace", "b2b", "social"]
REGIONS = 5


class Rule(NamedTuple):
    """One workflow: an equality, a lower bound, a membership."""

    id: str
    type: str
    region: str
    more_than: int
    channels: list[str]


def rules(count: int, *, one: bool) -> list[Rule]:
    """Return the workflows."""
    chance = random.Random(count)
    return [Rule(f"w{n}", TYPES[n % 20], region(n // 20, one=one), chance.randint(1, 99), CHANNELS) for n in range(count)]


def region(number: int, *, one: bool) -> str:
    return f"region {number if one else number % REGIONS}"


def events(count: int, *, one: bool, many: int = 1000) -> list[tuple[str, bytes]]:
    """Return types and raw data of events."""
    chance = random.Random(many)
    found = []
    for n in range(many):
        type_, where = TYPES[n % 20], region(chance.randrange(max(1, count // 20)), one=one)
        found.append((type_, json.dumps({"type": type_, "order": order(n, where, chance)}, separators=(",", ":")).encode()))
    return found


def order(n: int, where: str, chance: random.Random) -> dict[str, object]:
    address = {"country": "DE", "city": "Bremen", "zip": "28195", "street": "Am Markt 21"}
    lines = [
        {"sku": f"SKU-{chance.randrange(99999):05}", "title": "Organic cotton T-shirt, size M, blue", "quantity": chance.randint(1, 4),
         "price": round(chance.uniform(5, 90), 2), "grams": 220, "vendor": "A textile company"} for _ in range(5)
    ]  # fmt: skip
    return {
        "id": 500000 + n, "number": f"#{10000 + n}", "currency": "EUR", "total": round(chance.uniform(100, 900), 2), "tax": 19.5,
        "discounts": [{"code": "WELCOME10", "amount": 10.0}], "channel": chance.choice(CHANNELS), "tags": ["vip", "repeat"],
        "customer": {"id": 9000 + n, "email": f"shopper{n}@example.com", "orders": chance.randint(0, 40), "marketing": True},
        "shipping": {"region": where, **address, "method": "standard", "cost": 4.9}, "billing": address, "lines": lines,
        "payment": {"gateway": "card", "status": "paid"}, "note": "Please leave the parcel with the neighbour if nobody is at home.",
    }  # fmt: skip


def by_hand(found: list[Rule], arriving: list[tuple[str, bytes]]) -> list[list[str]]:
    """Return the ids that each event matches."""
    result = []
    for type_, raw in arriving:
        data = json.loads(raw)["order"]
        result.append([r.id for r in found if r.type == type_ and r.region == data["shipping"]["region"] and data["total"] > r.more_than and data["channel"] in r.channels])
    return result
