"""A program of a shop that emits events: ``emitting.py SHOP NAME COUNT [ROLE]``; prints what it was told of each as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from typing import Any

from ecomflow import Engine

SHARED = 50
"""Events that every such program emits under the same ids."""


async def emit(shop: str, name: str, count: int, role: str) -> dict[str, Any]:
    """Emit events of the program's own and some that others emit, too."""
    ids = [f"shared-{n}" for n in range(SHARED)] + [f"{name}-{n}" for n in range(count)]
    async with Engine.open(shop, role=role) as engine:
        print("open", flush=True)
        receipts: list[Any] = [
            await engine.emit("cart.left", {"cart": {"id": id}}, id=id, source="web", subject=id) for id in ids
        ]
        decided = [await receipt.decided(30) if hasattr(receipt, "decided") else receipt for receipt in receipts]
    outcomes = Counter(str(decision.outcome) for receipt in decided for decision in receipt.decisions)
    return {"duplicates": sum(receipt.duplicate is True for receipt in decided), "outcomes": outcomes}


if __name__ == "__main__":
    shop, name, count, *role = sys.argv[1:]
    print(json.dumps(asyncio.run(emit(shop, name, int(count), *(role or ["client"])))), flush=True)
