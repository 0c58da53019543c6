"""Everything in one process: this script is the engine while it runs, unless another process is."""

import logging
from pathlib import Path

from ecomflow import Engine

PROJECT = Path(__file__).parent


def main() -> None:
    """Tell of two counts, and wait for what becomes of them."""
    with Engine.open(PROJECT).in_thread() as engine:
        for sku, available in (("lamp", 3), ("vase", 12)):
            receipt = engine.emit("stock.counted", {"stock": {"sku": sku, "available": available}})
            receipt.decided(timeout=10)
            runs = [engine.wait(decision.run_id, timeout=10) for decision in receipt.decisions]
            print(sku, [(run.workflow, str(run.status), run.output) for run in runs])
            if not runs:
                print(*[f"  {found.workflow}: {found.reason}" for found in engine.why(receipt.event_id)], sep="\n")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
