"""Durable runs: event, three templated local actions, each result on disk, beside a bare loop and DBOS in the same minutes.

python benchmarks/runs.py [N] [ROUNDS]         prints a table for 200 in flight and one for one at a time, and writes them into RESULTS.md
python benchmarks/runs.py --once N IN_FLIGHT   one measurement of ours, a line of JSON

In each round every engine is a new process with a new file, ours and the others in turn. Figures by the clock hold the disk
and whatever else runs on the machine; those by processor time do not.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from results import machine, table, write_section

if TYPE_CHECKING:
    from ecomflow import Engine

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent.parent / "shared" / "bench"
PEERS_PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"
TYPES = [
    "order.created", "order.updated", "order.paid", "order.cancelled", "order.fulfilled", "order.refunded",
    "cart.abandoned", "cart.updated", "checkout.started", "customer.created", "customer.updated", "payment.failed",
    "payment.captured", "shipment.created", "shipment.delivered", "return.requested", "return.approved",
    "inventory.low", "product.updated", "review.created",
]  # fmt: skip
REGIONS = ["north", "south", "east", "west", "central"]
WORKFLOWS = 1000
DEFAULTS = ["4000", "5"]
IN_FLIGHT = {200: 1, 1: 4}
"""How many at once, and of how many runs one is made."""

DBOS_SHARE = 20
"""It is so much slower that one in so many is enough; each of its runs costs the same."""

AIMS = [(200, "bare loop", 0.6), (200, "DBOS", 60), (1, "bare loop", 0.5), (1, "DBOS", 10)]


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
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        lost = compare(engine, noted, count)
    shutil.rmtree(root)
    latencies.sort()
    return {
        "n": count, "in_flight": in_flight, "runs_s": round(count / took, 1), "runs_per_cpu_s": round(count / cpu, 1),
        "p50_ms": round(latencies[count // 2] * 1e3, 2), "p99_ms": round(latencies[int(count * 0.99)] * 1e3, 2),
        "rss_mb": rss, "lost": lost,
    }  # fmt: skip


def compare(engine: Engine, noted: list[str], count: int) -> int:
    """Hold what the action was told against the store; return how many texts one of them has more or less often.

    Raises:
        AssertionError: the store has other runs than those that were asked for.
    """
    reader = engine.reader()
    runs = [reader.run(each.id) for each in reader.runs()]
    assert sorted(int(each.event_id or -1) for each in runs) == list(range(count))
    assert {str(each.status) for each in runs} == {"completed"}
    kept = Counter(step.data["result"] for each in runs for step in each.steps if step.kind == "attempt")
    told, meant = Counter(noted), Counter(text for number in range(count) for text in texts(number % WORKFLOWS))
    return sum(max(each[text] for each in (kept, told, meant)) - min(each[text] for each in (kept, told, meant)) for text in kept | told | meant)


def texts(number: int) -> list[str]:
    """Return what the actions of an event are told."""
    return [f"step {step}: order #{10000 + number} total {149.5 + number % 500}" for step in range(3)]


# --- beside others ---


@dataclass
class Competitor:
    """Somebody who does the same work; ``lines`` are what its measurements told."""

    name: str
    command: list[str]
    lines: list[dict[str, float]] = field(default_factory=list)

    def measure(self, folder: str) -> None:
        """Measure once, in a process of its own."""
        done = subprocess.run(self.command, env=environment(folder), capture_output=True, text=True, check=True, timeout=600)
        self.lines.append(json.loads(done.stdout.strip().splitlines()[-1]))

    def told(self, of: str) -> list[float]:
        """Return a figure of each measurement."""
        return [line[of] if of in line else line["runs_per_own_cpu_s"] for line in self.lines]


def environment(folder: str) -> dict[str, str]:
    return {**os.environ, "BENCH_DIR": folder, "WAL": "1"}


def ours(count: int, in_flight: int) -> Competitor:
    return Competitor("ecomflow", [sys.executable, __file__, "--once", str(count), str(in_flight)])


def others(count: int, in_flight: int) -> list[Competitor]:
    """Return who else can be asked here: the scripts are not part of the project, and DBOS needs its package."""
    python = str(PEERS_PYTHON)
    if not PEERS_PYTHON.exists() or not SCRIPTS.exists():
        return []
    found = [Competitor("bare loop", [python, str(SCRIPTS / "bench_ref.py"), str(count), str(in_flight), "inline", "perstep"])]
    if subprocess.run([python, "-c", "import dbos"], capture_output=True, check=False).returncode == 0:
        few = [str(max(count // DBOS_SHARE, 30)), str(in_flight)]
        found.append(Competitor("DBOS", [python, str(SCRIPTS / "bench_dbos.py"), "sqlite", "seq" if in_flight == 1 else "conc", *few]))
    return found


def compete(count: int, in_flight: int, rounds: int) -> list[Competitor]:
    """Measure everybody in turn, round after round; ours stands first."""
    all_ = [ours(count, in_flight), *others(count, in_flight)]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, rounds + 1):
            for each in all_:
                each.measure(folder)
            told = ", ".join(f"{each.name} {each.lines[-1]['runs_s']:,.0f}/s" for each in all_)
            print(f"{in_flight} in flight, round {number}: {told}", flush=True)
    assert not any(line["lost"] for line in all_[0].lines), "something was lost or doubled"
    return all_


def ratios(mine: Competitor, theirs: Competitor, of: str) -> list[float]:
    return [a / b for a, b in zip(mine.told(of), theirs.told(of), strict=True)]


def spread(numbers: list[float], form: str = ".2f") -> str:
    """Return the median, and the least and the most."""
    return f"{statistics.median(numbers):{form}} ({min(numbers):{form}} to {max(numbers):{form}})"


def rows(in_flight: int, all_: list[Competitor]) -> list[list[str]]:
    mine, *_ = all_
    return [
        [
            str(in_flight), each.name, f"{each.lines[0]['n']:,}", spread(each.told("runs_s"), ",.0f"), spread(each.told("runs_per_cpu_s"), ",.0f"),
            f"{statistics.median(each.told('p50_ms')):.2f}", f"{statistics.median(each.told('p99_ms')):.2f}",
            *("" if each is mine else spread(ratios(mine, each, of)) for of in ("runs_s", "runs_per_cpu_s")),
        ]
        for each in all_
    ]  # fmt: skip


def aims(measured: dict[int, list[Competitor]]) -> list[list[str]]:
    """Return what was aimed at, and what came of it."""
    found = []
    for in_flight, name, least in AIMS:
        mine, *rest = measured[in_flight]
        peer = next((each for each in rest if each.name == name), None)
        if peer is None:
            told = ["not measured: its package or script is not here", ""]
        else:
            told = [f"{statistics.median(ratios(mine, peer, of)):.2f}" for of in ("runs_s", "runs_per_cpu_s")]
        found.append([f"{in_flight} in flight: at least {least} times {name}", *told])
    return found


# --- syncs ---


def syncs(count: int, in_flight: int) -> list[list[str]]:
    """Return how often each has the disk write what it has, counted by strace where that is installed."""
    if shutil.which("strace") is None:
        return [[str(in_flight), "not counted: strace is not installed", "", ""]]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for each in [ours(count, in_flight), *others(count, in_flight)[:1]]:
            traced = ["strace", "-f", "--seccomp-bpf", "-c", "-e", "trace=fsync,fdatasync", *each.command]
            done = subprocess.run(traced, env=environment(folder), capture_output=True, text=True, check=True, timeout=600)
            lines = [line.split() for line in done.stderr.splitlines() if line.endswith(("fsync", "fdatasync"))]
            calls = sum(int(line[3]) for line in lines)  # share, seconds, microseconds a call, calls, errors if any, name
            found.append([str(in_flight), each.name, f"{calls:,}", f"{calls / count:.2f}"])
    return found


def sync_time() -> float:
    """Return how many milliseconds this disk takes to write 4 KiB for good, the median: one at a time, runs wait for little else."""
    took = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(50):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


def main() -> None:
    """Measure, print, and write the part of RESULTS.md."""
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(asyncio.run(measure(int(sys.argv[2]), int(sys.argv[3])))), flush=True)
        return
    count, rounds = (int(given) for given in [*sys.argv[1:3], *DEFAULTS[len(sys.argv[1:3]) :]])
    began, before = machine(), sync_time()
    measured = {in_flight: compete(count // share, in_flight, rounds) for in_flight, share in IN_FLIGHT.items()}
    disk = f"a sync of 4 KiB took {before:.1f} ms at the beginning and {sync_time():.1f} ms at the end"
    head = f"`python benchmarks/runs.py {count} {rounds}`: {rounds} rounds. {began}; {disk}; {', '.join(versions())}."
    parts = [
        f"{head} Median, and from the least to the most. In every round the receiver's log, the store and what was asked for said the same: nothing lost, nothing doubled.",
        table(
            ["in flight", "who", "runs", "runs/s by the clock", "runs/s of processor time", "p50, ms", "p99, ms", "ours is times this, by the clock", "by processor time"],
            [row for in_flight, all_ in measured.items() for row in rows(in_flight, all_)],
        ),
        table(["aim", "by the clock", "by processor time"], aims(measured)),
        table(
            ["in flight", "who", "syncs, opening and closing among them", "a run"],
            [row for in_flight, share in IN_FLIGHT.items() for row in syncs(count // share // 4, in_flight)],
        ),
    ]
    print("\n\n".join(parts))
    write_section("Durable runs", "\n\n".join(parts) + "\n")


def versions() -> list[str]:
    """Return what took part, with versions."""
    found = [f"ecomflow {version('ecomflow')}"]
    if PEERS_PYTHON.exists():
        listed = subprocess.run([str(PEERS_PYTHON), "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=True)
        found += [line.replace("==", " ") for line in listed.stdout.split() if line.lower().startswith(("dbos==", "orjson==", "jinja2=="))]
    return found


if __name__ == "__main__":
    main()
