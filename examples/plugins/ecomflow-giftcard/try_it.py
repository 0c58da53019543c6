"""Three orders of one customer in a project of its own: a file that uses the plugin, and nothing else that knows it.

python try_it.py
"""

import shutil
import tempfile
from pathlib import Path

from ecomflow_giftcard.ledger import Ledger

from ecomflow import Engine

SHOP = Path(__file__).parent / "tests" / "shop"


def main() -> None:
    """Take three orders; show what became of each, the run that the third one started, and the card in the ledger."""
    with tempfile.TemporaryDirectory() as folder:
        shop = shutil.copytree(SHOP, Path(folder) / "shop")
        with Engine.open(shop).in_thread() as engine:
            for number in (1, 2, 3):
                receipt = engine.emit("order.created", {"order": {"id": f"o{number}", "email": "ana@shopper.example"}})
                print(f"order {number}: {engine.why(receipt.event_id)[0].reason or 'started loyal-customer'}")
            run = engine.wait(receipt.decisions[0].run_id)
        print(f"{run.workflow} {run.id.partition('-')[0]} is {run.status}")
        for card in Ledger(shop / "var" / "giftcards.db").cards():
            print(f"  = card {card.code} of {card.amount} for {card.email}")


if __name__ == "__main__":
    main()
