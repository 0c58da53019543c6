"""How long commits and turns take while events come, with and without pruning, in alternating rounds.

python benchmarks/pruning.py [ROUNDS] [OLD] [EVENTS] [IN_FLIGHT]   prints a table: median and p99 in milliseconds
python benchmarks/pruning.py --once FOLDER PRUNE EVENTS IN_FLIGHT  one measurement, a line of JSON

A store with OLD events that are over, each with a completed run, is copied for each measurement; EVENTS new ones come.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecomflow import Engine, action
from ecomflow.registry import Registry
from ecomflow.runtime.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

WORKFLOW = """name: note
trigger: {event: thing.happened}
actions:
  - {action: bench.note, with: {text: "thing {{ thing.id }}"}}
"""
AIM = 5
"""The p99 stays below so many times the median."""


@action("bench.note", effect="writes", idempotent=True, quick=True)
def note(text: str) -> str:
    """Note a text.

    Args:
        text: what to note.
    """
    return text


def clock(days: int) -> Callable[[], int]:
    """Return the time of so many days ago."""
    return lambda: time.time_ns() // 1000 - days * DAY


async def load(engine: Engine, name: str, count: int, in_flight: int) -> None:
    """Let so many events come, so many at a time; half start a run."""
    numbers = iter(range(count))

    async def shopper() -> None:
        for n in numbers:
            await engine.emit("thing.happened" if n % 2 else "thing.seen", {"thing": {"id": n, "text": "x" * 1000}}, id=f"{name}{n}")

    await asyncio.gather(*(shopper() for _ in range(in_flight)))


async def make(folder: Path, old: int) -> None:
    """Make a store with a history that is over."""
    (folder / "workflows").mkdir(parents=True)
    (folder / "workflows" / "note.yaml").write_text(WORKFLOW, "utf-8")
    (folder / "ecomflow.yaml").write_text("shop: bench\n", "utf-8")
    async with Engine.open(folder, registry=Registry.load([note]), clock=clock(100)) as engine:
        await load(engine, "old", old, 500)


def timed(what: Callable[..., Any], times: list[float]) -> Callable[..., Any]:
    """Return a function that notes how long it takes."""

    def call(*values: Any) -> Any:
        began = time.perf_counter()
        found = what(*values)
        times.append((time.perf_counter() - began) * 1e3)
        return found

    return call


async def measure(folder: Path, prune: bool, count: int, in_flight: int) -> dict[str, Any]:
    """Let events come, and return how long commits and turns took."""
    (folder / "ecomflow.yaml").write_text(f"shop: bench\nretention: {{{'runs: 90d, events: 30d' if prune else ''}}}\n", "utf-8")
    async with Engine.open(folder, registry=Registry.load([note])) as engine:
        kernel = engine._host.kernel  # noqa: SLF001 what is measured lies inside
        commits: list[float] = []
        turns: list[float] = []
        # Both pack what has ended; that is over before the measurement.
        keep, kernel.definitions.keep_runs, kernel.definitions.keep_events = (kernel.definitions.keep_runs, kernel.definitions.keep_events), None, None
        while kernel.do(kernel.upkeep.step):
            pass
        kernel.definitions.keep_runs, kernel.definitions.keep_events = keep
        kernel.store.commit, kernel.turn = timed(kernel.store.commit, commits), timed(kernel.turn, turns)
        before = rows(engine)
        if prune:
            await engine.prune()
        began = time.perf_counter()
        await load(engine, "new", count, in_flight)
        took = time.perf_counter() - began
        gone = before + count + count // 2 - rows(engine)
    return {"commit": spread(commits), "turn": spread(turns), "dropped": gone, "events_s": round(count / took)}


def rows(engine: Engine) -> int:
    """Return how many events and runs there are."""
    found: int = engine._host.kernel.store.db.execute("select (select count(*) from event) + (select count(*) from run)").get  # noqa: SLF001
    return found


def spread(times: list[float]) -> tuple[float, float]:
    """Return median and p99."""
    ordered = sorted(times)
    return round(statistics.median(ordered), 2), round(ordered[int(len(ordered) * 0.99)], 2)


def once(made: Path, prune: bool, count: int, in_flight: int) -> dict[str, Any]:
    """Measure on a copy of the store, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(made, Path(folder) / "shop")
        command = [sys.executable, __file__, "--once", f"{folder}/shop", str(int(prune)), str(count), str(in_flight)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(asyncio.run(measure(Path(sys.argv[2]), sys.argv[3] == "1", int(sys.argv[4]), int(sys.argv[5])))), flush=True)
        return
    given = [int(word) for word in sys.argv[1:]]
    rounds, old, count, in_flight = [*given, *(5, 20_000, 40_000, 20)[len(given) :]]
    worst = {False: 0.0, True: 0.0}
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "shop"
        asyncio.run(make(made, old))
        print(f"{'round':>5} {'pruning':>8} {'commit p50':>11} {'p99':>7} {'p99/p50':>8} {'turn p50':>9} {'p99':>7} {'p99/p50':>8} {'events/s':>9} {'dropped':>8}")
        for number in range(1, rounds + 1):
            for prune in (False, True) if number % 2 else (True, False):
                found = once(made, prune, count, in_flight)
                (c50, c99), (t50, t99) = found["commit"], found["turn"]
                worst[prune] = max(worst[prune], c99 / c50)
                row = f"{c50:>11} {c99:>7} {c99 / c50:>8.1f} {t50:>9} {t99:>7} {t99 / t50:>8.1f} {found['events_s']:>9} {found['dropped']:>8}"
                print(f"{number:>5} {'yes' if prune else 'no':>8} {row}", flush=True)
    print(f"commits, p99 over median at worst: {worst[False]:.1f} without pruning, {worst[True]:.1f} with it (aim: below {AIM})")


if __name__ == "__main__":
    main()
