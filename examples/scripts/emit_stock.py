"""A script for cron: tells the engine, which runs elsewhere (`ecomflow serve`), of the last count of the stock.

    python emit_stock.py 2026-03-02 stock.csv

It does not wait for the engine, and needs none: each event is on disk when `emit` returns. Its id is made of what it tells,
so the script may be run again after whatever went wrong.
"""

import csv
import sys
from pathlib import Path

from ecomflow import Engine

PROJECT = Path(__file__).parent


def main(day: str, file: str) -> None:
    """Emit one event for each row."""
    with Path(file).open(newline="", encoding="utf-8") as rows, Engine.open(PROJECT, role="client").in_thread() as engine:
        for row in csv.DictReader(rows):
            stock = {"sku": row["sku"], "available": int(row["available"])}
            engine.emit("stock.counted", {"stock": stock}, id=f"count-{day}-{row['sku']}", source="warehouse")
            print("told of", row["sku"])


if __name__ == "__main__":
    main(*sys.argv[1:])
