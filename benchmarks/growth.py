"""How cost grows with what the store holds: starting, an event from emit to its end, and what people ask.

python benchmarks/growth.py [LARGEST]             sizes from 1,000 to LARGEST (1,000,000 by default), ten times each
python benchmarks/growth.py --measure FOLDER N    one measurement of a shop whose store holds N events and runs

The first thousand events and runs of each store are the engine's own; the others are copies of their rows, with numbers,
ids and subjects of their own. Each store is then measured in a fresh process, which finds it in the cache of the disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
from results import machine, table, write_section

from ecomflow import Engine, action
from ecomflow.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = 1_000
EMITS = 300
COPIED = {
    "event": {"seq": "seq + {by}", "id": "id || '-' || {by}", "subject": "subject || '-' || {by}"},
    "decision": {"event": "event + {by}", "run": "run + {by}"},
    "run": {"n": "n + {by}", "event": "event + {by}", "subject": "subject || '-' || {by}", "mode_key": "mode_key || '-' || {by}"},
    "journal": {"run": "run + {by}"},
    "story": {"run": "run + {by}"},
    "timer": {"run": "run + {by}"},
    "subscription": {"run": "run + {by}"},
}
"""What of a row is another in a copy, for each table in which an event or a run has rows."""

WORKFLOWS = {
    "thanks": "trigger: {event: order.paid}\nconditions: [order.total > 10]\nactions:\n"
    + '  - {action: bench.note, with: {text: "{{ order.id }} of {{ order.total }}"}}\n' * 2,
    "patient": "trigger: {event: cart.left}\nactions:\n  - wait: 90d\n  - {action: bench.note, with: {text: '{{ cart.id }}'}}\n",
    "seldom": 'trigger: {event: shop.opened}\nactions:\n  - {action: bench.note, with: {text: "open"}}\n',
}
MEASURED = (
    "start", "event to end", "99th of 100", "event to wait", "runs", "runs, waiting", "runs, seldom", "why", "one run", "MB"
)  # fmt: skip


@action("bench.note", effect="writes", idempotent=True, quick=True)
def note(text: str) -> str:
    """Note a text.

    Args:
        text: what to note.
    """
    return text


def shop(root: Path) -> Path:
    """Write a shop of three workflows."""
    (root / "workflows").mkdir(parents=True)
    for name, text in WORKFLOWS.items():
        (root / "workflows" / f"{name}.yaml").write_text(f"name: {name}\n{text}", encoding="utf-8")
    (root / "ecomflow.yaml").write_text("shop: bench\nstore: sqlite:///var/bench.db\nworkflows: workflows/\n", encoding="utf-8")
    return root


def opened(root: Path) -> Engine:
    """Return an engine of a shop, not entered yet."""
    return Engine.open(root, registry=Registry.load([note]))


async def pay(engine: Engine, number: object) -> None:
    """Emit an order and wait until its run has ended."""
    receipt = await engine.emit("order.paid", {"order": {"id": f"o{number}", "total": 80}}, id=f"o{number}", subject=f"o{number}")
    await engine.ended(receipt.decisions[0].run_id)


async def leave(engine: Engine, number: object) -> None:
    """Emit a cart, whose run waits."""
    await engine.emit("cart.left", {"cart": {"id": f"c{number}"}}, id=f"c{number}", subject=f"c{number}")


async def begin(root: Path) -> None:
    """Have a thousand events decided, nine in ten to their end."""
    async with opened(root) as engine:
        await engine.emit("shop.opened", {"shop": {"id": "s1"}}, id="s1", subject="s1")
        for number in range(1, BASE):
            await (leave if number % 10 == 0 else pay)(engine, number)


def fill(root: Path, size: int) -> float:
    """Fill the store to so many events and runs; return the gigabytes that it takes."""
    asyncio.run(begin(root))
    file = root / "var" / "bench.db"
    db = apsw.Connection(str(file))
    db.execute("pragma synchronous = off; pragma journal_mode = off; pragma cache_size = -200000").fetchall()
    # All but the first, of which there is one: it is what is seldom.
    last = db.execute("select max(n) from run").get
    made = db.execute("select name, sql from sqlite_schema where type = 'index' and sql is not null").fetchall()
    for name, _ in made:  # sorted once, an index is made in a fraction of the time
        db.execute(f"drop index {name}").fetchall()
    for name, changed in COPIED.items():
        columns = [row[1] for row in db.execute(f"pragma table_info({name})")]
        key = {"event": "seq", "decision": "event"}.get(name, "n" if name == "run" else "run")
        values = ", ".join(changed.get(each, each).format(by="?1") for each in columns)
        query = f"insert into {name} ({', '.join(columns)}) select {values} from {name} where shop = 1 and {key} between 2 and {last}"
        with db:
            db.executemany(query, ((by,) for by in range(BASE, size, BASE)))
    for _, text in made:
        db.execute(text).fetchall()
    db.execute("pragma journal_mode = wal").fetchall()
    db.close()
    return file.stat().st_size / 2**30


async def timed(work: Callable[[Any], Any], count: int) -> list[float]:
    """Return how long each of so many calls took, in milliseconds, in order of length."""
    took = []
    for number in range(count):
        began = time.perf_counter()
        if (waiting := work(number)) is not None and asyncio.iscoroutine(waiting):
            await waiting
        took.append((time.perf_counter() - began) * 1e3)
    return sorted(took)


async def measure(root: Path, size: int) -> dict[str, float]:
    """Return the medians, in milliseconds, and the memory."""
    chance = random.Random(size)
    began = time.perf_counter()
    async with opened(root) as engine:
        start = (time.perf_counter() - began) * 1e3
        tag = f"new-{os.getpid()}-"
        paid = await timed(lambda n: pay(engine, f"{tag}{n}"), EMITS)
        left = await timed(lambda n: leave(engine, f"{tag}{n}"), EMITS)
        reader = engine.reader()
        ids = ["o" + suffixed(chance.randrange(size)) for _ in range(50)]
        runs = [reader.why(f"test/{id}" if "/" in id else id)[0].run_id for id in ids]
        figures = {
            "start": start, "event to end": statistics.median(paid), "99th of 100": paid[int(0.99 * EMITS)], "event to wait": statistics.median(left),
            "runs": statistics.median(await timed(lambda _: reader.newest(None, None, None, None, 50), 20)),
            "runs, waiting": statistics.median(await timed(lambda _: reader.newest(None, None, "waiting", None, 50), 20)),
            "runs, seldom": statistics.median(await timed(lambda _: reader.newest("seldom", None, None, None, 50), 5)),
            "why": statistics.median(await timed(lambda n: list(reader.why(ids[n])), 50)),
            "one run": statistics.median(await timed(lambda n: reader.run(runs[n]), 50)),
        }  # fmt: skip
    figures["MB"] = most_resident()
    return figures


def most_resident() -> float:
    """Return the megabytes that this process has held in memory at most; what `getrusage` says began with those of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def suffixed(number: int) -> str:
    """Return the number of an order as it stands in a copied store: that of the first thousand, and the distance from it."""
    first = max(1, number % BASE)
    first += first % 10 == 0
    by = number // BASE * BASE
    return f"{first}-{by}" if by else str(first)


def main() -> None:
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(asyncio.run(measure(Path(sys.argv[2]), int(sys.argv[3])))))
        return
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    head = ["events and runs", "GB", *(f"{name}, ms" if name != "MB" else "memory, MB" for name in MEASURED)]
    rows = []
    print("  ".join(head), flush=True)
    size = BASE
    while size <= largest:
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
            root = shop(Path(name) / "shop")
            taken = fill(root, size)
            done = subprocess.run([sys.executable, __file__, "--measure", str(root), str(size)], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            found = json.loads(done.stdout)
        rows.append([f"{size:,}", f"{taken:.2f}", *(f"{found[name]:.2f}" if name != "MB" else f"{found[name]:.0f}" for name in MEASURED)])
        print("  ".join(rows[-1]), flush=True)
        size *= 10
    said = f"`python benchmarks/growth.py {largest}`; medians of {EMITS} events one after the other, and of 5 to 50 questions. {machine()}."
    write_section("Growth", f"{said}\n\n{table(head, rows)}\n")


if __name__ == "__main__":
    main()
