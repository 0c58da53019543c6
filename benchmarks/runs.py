"""Durable runs: event, three templated local actions, each result on disk, beside a bare loop in the same minutes.

python benchmarks/runs.py [N] [IN_FLIGHT] [ROUNDS]   prints a table of rounds: ours, the bare loop, the ratios, fsyncs
python benchmarks/runs.py --once N IN_FLIGHT         one measurement of ours, a line of JSON
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEER = HERE.parent.parent / "shared" / "bench" / "bench_ref.py"
PEERS_PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"
TYPES = [
    "order.created", "order.updated", "order.paid", "order.cancelled", "order.fulfilled", "order.refunded",
    "cart.abandoned", "cart.updated", "checkout.started", "customer.created", "customer.updated", "payment.failed",
    "payment.captured", "shipment.created", "shipment.delivered", "return.requested", "return.approved",
    "inventory.low", "product.updated", "review.created",
]  # fmt: skip
REGIONS = ["north", "south", "east", "west", "central"]
WORKFLOWS = 1000


def workflow(number: int) -> str:
    """One of a thousand: a type, an equality that one in ten thousand has, two ranges that always hold."""
    actions = "".join(
        f'  - action: bench.note\n    with: {{text: "step {i}: order {{{{ order.number }}}} total {{{{ order.total }}}}"}}\n'
        for i in range(3)
    )
    return (
        f"name: w{number}\ntrigger: {{event: x{TYPES[number % 20]}}}\nconditions:\n"
        f"  - order.shipping.region == '{REGIONS[number // 20 % 5]}-{number // 100}'\n"
        f"  - order.total > {number % 99 + 1}\n"
        f"  - order.channel in ['web', 'pos', 'app', 'marketplace', 'b2b', 'social']\nactions:\n{actions}"
    )


def event(number: int) -> tuple[str, dict[str, object]]:
    """An order of about 1.5 KB that matches one workflow."""
    lines = [
        {"sku": f"SKU-{number * 7 % 99999:05d}", "title": "Organic cotton T-shirt, size M, blue", "qty": 2, "price": 19.9,
         "weight_g": 220, "vendor": "Textiles GmbH"} for _ in range(5)
    ]  # fmt: skip
    address = {"country": "DE", "city": "Berlin", "zip": "10115", "street": "Invalidenstrasse 117"}
    order = {
        "id": 500000 + number, "number": f"#{10000 + number}", "currency": "EUR", "total": 149.5 + number % 500,
        "subtotal": 130.0, "tax": 19.5, "discounts": [{"code": "WELCOME10", "amount": 10.0}], "channel": "web",
        "tags": ["vip", "repeat"], "shipping": {**address, "region": f"{REGIONS[number // 20 % 5]}-{number // 100 % 10}",
        "method": "standard", "cost": 4.9}, "billing": address, "items": lines,
        "customer": {"id": 9000 + number % 997, "email": f"shopper{number}@example.com", "first_name": "Jo",
        "last_name": "Shopper", "orders_count": 3, "segment": "vip", "accepts_marketing": True},
        "payment": {"gateway": "card", "status": "paid", "card": {"brand": "visa", "last4": "4242"}},
        "note": "Please leave the parcel with the neighbour at number 119 if nobody is at home.",
    }  # fmt: skip
    return "x" + TYPES[number % 20], {"order": order}


async def measure(count: int, in_flight: int) -> dict[str, object]:
    """Run ``count`` events through an engine in a temporary project."""
    from ecomflow import Engine, action
    from ecomflow.registry import Registry

    noted: list[str] = []

    @action("bench.note", effect="writes", idempotent=True, quick=True)
    def note(text: str) -> str:
        """Note a text.

        Args:
            text: what to note.
        """
        noted.append(text)
        return text

    root = Path(tempfile.mkdtemp(dir=os.environ.get("BENCH_DIR")))
    (root / "workflows").mkdir()
    for number in range(WORKFLOWS):
        (root / "workflows" / f"w{number}.yaml").write_text(workflow(number), encoding="utf-8")
    (root / "ecomflow.yaml").write_text("shop: bench\nstore: sqlite:///var/bench.db\nworkflows: workflows/\n", encoding="utf-8")
    events = [(type_, json.dumps(data).encode()) for type_, data in map(event, range(WORKFLOWS))]
    latencies: list[float] = []
    async with Engine.open(root, registry=Registry.load([note])) as engine:
        numbers = iter(range(count))

        async def shopper() -> None:
            for n in numbers:
                began = time.perf_counter()
                receipt = await engine.emit(*events[n % WORKFLOWS], id=str(n))
                await engine.ended(receipt.decisions[0].run_id)
                latencies.append(time.perf_counter() - began)

        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(shopper() for _ in range(in_flight)))
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert len(noted) == 3 * count
    shutil.rmtree(root)
    latencies.sort()
    return {
        "n": count, "in_flight": in_flight, "runs_s": round(count / took, 1), "runs_per_cpu_s": round(count / cpu, 1),
        "p50_ms": round(latencies[count // 2] * 1e3, 2), "p99_ms": round(latencies[int(count * 0.99)] * 1e3, 2),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }  # fmt: skip


def run(command: list[str], folder: str) -> dict[str, float]:
    """Run a measurement in a process of its own and return its line."""
    done = subprocess.run(
        command, env={**os.environ, "BENCH_DIR": folder}, capture_output=True, text=True, check=True, timeout=600
    )
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def fsyncs(command: list[str], folder: str) -> int | None:
    """Count the syncs of a measurement with strace, where it is installed."""
    if shutil.which("strace") is None:
        return None
    traced = ["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", *command]
    done = subprocess.run(traced, env={**os.environ, "BENCH_DIR": folder}, capture_output=True, text=True, check=True, timeout=600)
    return sum(int(m) for m in re.findall(r"\s(\d+)\s+(?:\d+\s+)?f(?:data)?sync$", done.stderr, re.MULTILINE))


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(asyncio.run(measure(int(sys.argv[2]), int(sys.argv[3])))), flush=True)
        return
    count, in_flight, rounds = (int(a) for a in [*sys.argv[1:], "4000", "200", "5"][:3]) if len(sys.argv) > 3 else (4000, 200, 5)
    ours = [sys.executable, __file__, "--once", str(count), str(in_flight)]
    peer = [str(PEERS_PYTHON), str(PEER), str(count), str(in_flight), "inline", "perstep"]
    by_clock, by_cpu = [], []
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'round':>5} {'ours/s':>9} {'bare loop/s':>12} {'ratio':>6} {'by processor time':>18}   (N = {count}, {in_flight} in flight)")
        for number in range(1, rounds + 1):
            mine, theirs = run(ours, folder), run(peer, folder)
            by_clock.append(mine["runs_s"] / theirs["runs_s"])
            by_cpu.append(mine["runs_per_cpu_s"] / theirs["runs_per_own_cpu_s"])
            print(f"{number:>5} {mine['runs_s']:>9.0f} {theirs['runs_s']:>12.0f} {by_clock[-1]:>6.2f} {by_cpu[-1]:>18.2f}", flush=True)
        for name, ratios in (("clock", by_clock), ("processor time", by_cpu)):
            print(f"by {name}: median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}")
        print(f"fsyncs for {count} runs: ours {fsyncs(ours, folder)}, bare loop {fsyncs(peer, folder)}")


if __name__ == "__main__":
    main()
