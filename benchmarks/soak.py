"""Ten minutes under load: whether memory and speed stay as they were.

python benchmarks/soak.py [MINUTES] [IN_FLIGHT]   a line a minute: events, runs, memory of the process, size of the store

What ends, what waits for months, what waits for seconds, what fails and is tried again, what is refused and what comes twice
take turns; each event is about something of its own.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

from results import machine, table, write_section

from ecomflow import Engine, Retryable, action
from ecomflow.registry import Registry

WORKFLOWS = {
    "thanks": 'trigger: {event: order.paid}\nconditions: [order.total > 10]\nactions:\n  - {action: bench.note, with: {text: "{{ order.id }}"}}\n',
    "patient": 'trigger: {event: cart.left}\nactions:\n  - wait: 90d\n  - {action: bench.note, with: {text: "{{ cart.id }}"}}\n',
    "soon": 'trigger: {event: parcel.sent}\nactions:\n  - wait: 5s\n  - {action: bench.note, with: {text: "{{ parcel.id }}"}}\n',
    "stubborn": "trigger: {event: stock.asked}\nactions:\n"
    '  - {action: bench.fail, with: {text: "{{ stock.id }}"}, retry: {attempts: 2, delay: 1s}, on_error: []}\n',
    "once": 'trigger: {event: shopper.seen}\nthrottle: {times: 1, per: 1h, key: shopper.kind}\nactions:\n  - {action: bench.note, with: {text: "{{ shopper.kind }}"}}\n',
    "counted": "trigger: {count: return.made, at_least: 3, within: 1h, key: return.kind}\nactions:\n  - {action: bench.note, with: {text: many}}\n",
}
KINDS = ("order.paid", "order.paid", "order.paid", "cart.left", "parcel.sent", "stock.asked", "shopper.seen", "return.made", "nothing.known")


@action("bench.note", effect="writes", idempotent=True, quick=True)
def note(text: str) -> str:
    """Note a text.

    Args:
        text: what to note.
    """
    return text


@action("bench.fail", effect="writes", idempotent=True, quick=True)
def fail(text: str) -> str:
    """Fail.

    Args:
        text: of which.
    """
    raise Retryable(text)


def resident() -> float:
    """Return the megabytes that the process holds in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def soak(root: Path, minutes: int, in_flight: int) -> list[list[str]]:
    """Load an engine for so long; return a row a minute."""
    rows: list[list[str]] = []
    numbers, end = itertools.count(), time.monotonic() + 60 * minutes
    done = 0

    async with Engine.open(root, registry=Registry.load([note, fail])) as engine:

        async def shopper() -> None:
            nonlocal done
            for n in numbers:
                if time.monotonic() >= end:
                    return
                type_ = KINDS[n % len(KINDS)]
                noun = type_.partition(".")[0]
                data = {noun: {"id": f"{noun}{n}", "total": 80, "kind": n % 1000, "note": "x" * 400}}
                await engine.emit(type_, data, id=f"e{n - n % 50 // 49}", subject=f"{noun}{n}")
                done += 1

        async def watch() -> None:
            told = 0
            for minute in range(1, minutes + 1):
                await asyncio.sleep(max(0.0, end - 60 * (minutes - minute) - time.monotonic()))
                gc.collect()
                size = sum(each.stat().st_size for each in (root / "var").iterdir() if each.is_file()) / 2**20
                rows.append([str(minute), f"{done:,}", f"{(done - told) / 60:,.0f}", f"{resident():.1f}", f"{size:,.0f}"])
                print("  ".join(f"{cell:>12}" for cell in rows[-1]), flush=True)
                told = done

        await asyncio.gather(watch(), *(shopper() for _ in range(in_flight)))
    return rows


def main() -> None:
    minutes, in_flight = (int(each) for each in [*sys.argv[1:], "10", "50"][:2]) if len(sys.argv) != 2 else (int(sys.argv[1]), 50)
    head = ["minute", "events", "events/s", "memory, MB", "store, MB"]
    said = f"`python benchmarks/soak.py {minutes} {in_flight}`: {in_flight} in flight. {machine()}."
    print(said, "  ".join(f"{cell:>12}" for cell in head), sep="\n", flush=True)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        root = Path(name)
        (root / "workflows").mkdir()
        for workflow, text in WORKFLOWS.items():
            (root / "workflows" / f"{workflow}.yaml").write_text(f"name: {workflow}\n{text}", encoding="utf-8")
        (root / "ecomflow.yaml").write_text("shop: bench\nstore: sqlite:///var/bench.db\nworkflows: workflows/\n", encoding="utf-8")
        rows = asyncio.run(soak(root, minutes, in_flight))
    write_section("Soak", f"{said}\n\n{table(head, rows)}\n")


if __name__ == "__main__":
    main()
