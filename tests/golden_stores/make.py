"""Makes the golden store of the schema that this ecomflow writes: ``python tests/golden_stores/make.py``.

A store of a schema that was released is never made anew: it is what an old ecomflow left. Before the schema grows, the
program is run once, and its file is kept for good.
"""

from __future__ import annotations

import asyncio
import gzip
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from ecomflow import Engine

HERE = Path(__file__).parent
BEGIN = int(datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp()) * 1_000_000
EVENTS = (
    ("cart.left", {"cart": {"id": "c1"}}, "e1"),
    ("cart.left", {"cart": {"id": "c2"}}, "e2"),
    ("cart.bought", {"cart": {"id": "c2"}}, "e3"),
    ("refund.requested", {"refund": {"id": "f1", "total": 12.5}}, "e4"),
    ("parcel.sent", {"parcel": {"id": "p1", "weight": 2}}, "e5"),
    ("parcel.sent", {"parcel": {"id": "p2", "weight": 40}}, "e6"),
)


async def _live(shop: Path) -> Path:
    """Be the shop's engine for a moment: runs that wait for time, for a person and for an event, and one that ended."""
    async with Engine.open(shop, role="engine", clock=lambda: BEGIN) as engine:
        for type_, data, id_ in EVENTS:
            await engine.emit(type_, data, id=id_)
        return engine.store_path


def make() -> Path:
    """Write the file and return where it is."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(shutil.copytree(HERE / "shop", Path(folder) / "shop"))
        store = asyncio.run(_live(shop))
        with sqlite3.connect(store) as db:
            (schema,) = db.execute("select value from meta where key = 'schema'").fetchone()
        db.close()
        target = HERE / f"schema-{schema}.db.gz"
        target.write_bytes(gzip.compress(store.read_bytes(), mtime=0))
    return target


if __name__ == "__main__":
    print(make())
