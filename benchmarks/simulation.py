"""The simulated runtime: past events of a shop through four example workflows, on virtual time.

python benchmarks/simulation.py [N] [ROUNDS]   prints events a second of processor time, in processes of their own
python benchmarks/simulation.py --once N       one measurement, a line of JSON

Half a minute goes by between two events, as in a shop with a million a year. Two in five concern no workflow, one in three
is a checkout that is edited and may begin the wait for an abandoned cart anew, one in seven an order that ends such waits.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from results import machine, table, write_section

from ecomflow.testing import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
BOUGHT = {
    "id": "o1", "total": 80, "subtotal": 80, "discount": 0, "delivered_at": "2026-01-01T00:00:00Z", "tags": [], "email": "ana@shopper.example",
    "lines": [{"quantity": 1, "type": "shoe"}],
}  # fmt: skip
ANSWERS = {
    "customer.get": {"first_name": "Ana", "accepts_marketing": True}, "discount.create": {"code": "TEN", "percent": 10},
    "stock.get": {"available": 0}, "order.get": BOUGHT,
}  # fmt: skip


def happened(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what happened in a shop."""
    chance = Random(1)
    for number in range(count):
        share, who = chance.random(), chance.randrange(5000)
        email = f"shopper{who}@shopper.example"
        if share < 0.35:
            yield "checkout.updated", {"checkout": {"id": f"c{who}", "total": chance.randrange(10, 200), "email": email}}
        elif share < 0.50:
            yield "order.created", {"order": {"id": f"o{number}", "checkout_id": f"c{who}", "email": email, "total": 80}}
        elif share < 0.58:
            yield "ticket.created", {"ticket": {"id": f"t{number}", "subject": "My parcel", "text": "Where is it?", "email": email}}
        elif share < 0.59:
            yield "return.requested", {"return": {"id": f"r{number}", "order_id": "o1", "lines": [{"quantity": 1}]}}
        elif share < 0.595:
            yield "variant.back_in_stock", {"variant": {"id": f"v{who % 50}"}}
        elif share < 0.80:
            yield "product.updated", {"product": {"id": f"p{who}", "title": "A thing"}}
        else:
            yield "order.updated", {"order": {"id": f"o{number}", "total": 80}}


def measure(count: int) -> dict[str, Any]:
    """Play so many events."""
    events = list(happened(count))
    with Simulation.load(EXAMPLES) as shop:
        for action, answer in ANSWERS.items():
            shop.on(action, returns=answer)
        began = time.process_time()
        for number, (type_, data) in enumerate(events):
            shop.emit(type_, data, id=f"e{number}")
            shop.advance("31s")
        took = time.process_time() - began
        runs = Counter(run.workflow for run in shop.runs)
        return {"events_s": count / took, "runs": dict(runs), "actions": len(shop.actions)}


def main() -> None:
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(measure(int(sys.argv[2]))))
        return
    count, rounds = (int(each) for each in [*sys.argv[1:], "20000", "5"][:2]) if len(sys.argv) != 2 else (int(sys.argv[1]), 5)
    said = f"`python benchmarks/simulation.py {count} {rounds}`. {machine()}."
    print(said, flush=True)
    command = [sys.executable, __file__, "--once", str(count)]
    rates, found = [], {}
    for number in range(1, rounds + 1):
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        rates.append(found["events_s"])
        print(f"{number:>3} {rates[-1]:>8,.0f} events/s", flush=True)
    runs = ", ".join(f"{count:,} of {workflow}" for workflow, count in sorted(found["runs"].items()))
    rows = [[f"{count:,}", f"{statistics.median(rates):,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}", runs, f"{found['actions']:,}"]]
    written = table(["events", "events/s of processor time", "spread", "runs", "actions"], rows)
    print(written)
    write_section("Simulation", f"{said}\n\n{written}\n")


if __name__ == "__main__":
    main()
