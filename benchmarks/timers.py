"""Durable timers: many runs wait, and thousands of them are due at one instant; beside APScheduler with its SQLite store.

python benchmarks/timers.py [WAITING] [DUE] [ROUNDS]   prints the tables and writes them into RESULTS.md
python benchmarks/timers.py --quick                    the same with 20,000 and 2,000 in one round; writes nothing
python benchmarks/timers.py --serve FOLDER DUE COUNT   one measurement of ours, a line of JSON

*claimed*: from the instant to the commit from which on a timer has gone off, whatever comes or fails after it.
*served*: to the commit of the turn in which its run went on. *begun*: to the call of the run's next action.
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

import waiting
from results import machine, table, write_section
from waiting import SEED, completed, fill, let_be_due, make_project, make_runs, open_engine

from ecomflow.runtime.goneoff import gone_off_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ecomflow import Engine

    Found = dict[str, Any]

HERE = Path(__file__).resolve().parent
PEERS_PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"
PEER = HERE / "peer_timers.py"
SMALL = 10_000
LEAD = 20
"""Seconds from the making of a round to its instant: a process must have started before it, or its timers are late (R:W6)."""
PATIENCE = 60
OURS, THEIRS = "ecomflow", "APScheduler"


# --- one measurement, in a process of its own ---


async def serve(folder: Path, due: float, count: int) -> Found:
    """Serve what is due at one instant; with a count of 0, do nothing until then."""
    began = time.perf_counter()
    async with open_engine(folder) as engine:
        opened, at_rest = time.perf_counter() - began, memory("VmRSS")
        assert not count or time.time() < due, f"this machine is too busy: it took longer than {LEAD} s to begin"
        watch = Watch(engine, due)
        await asyncio.sleep(max(due - time.time(), 0))
        cpu = time.process_time()
        while len(waiting.begun) < count and time.time() < due + PATIENCE:  # noqa: ASYNC110 it must cost the engine nothing
            await asyncio.sleep(0.05)
        cpu = time.process_time() - cpu
        while count and (engine._host.busy or engine._host.in_hand):  # noqa: SLF001, ASYNC110 the last answers lead to an end, too
            await asyncio.sleep(0.05)
    return {
        "open": opened, "memory": at_rest, "peak": memory("VmHWM"), "cpu": cpu, "cold": statistics.median(watch.cold or [0]) * 1e6,
        "claimed": watch.claimed, "served": watch.served, "begun": [each - due for _, each in waiting.begun],
        "acted": len({text for text, _ in waiting.begun}),
    }  # fmt: skip


def memory(which: str) -> float:
    """Return megabytes of this process: VmRSS what it has, VmHWM what it has had at most."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(which))
    return int(line.split()[1]) / 1024


class Watch:
    """Notes for each timer after which commits it had gone off and was served, and how long its run took to go on."""

    def __init__(self, engine: Engine, due: float) -> None:
        self.cold, self.claimed, self.served = list[float](), list[float](), list[float]()
        self._due, self._open, self._gone_off, self._loaded = due, 0, None, 0.0
        kernel = engine._host.kernel  # noqa: SLF001 what is measured lies inside
        runs, self._store, self._commit = kernel.runs, kernel.store, kernel.store.commit
        self._load, self._feed = runs.loader.load, runs.feed
        runs.loader.load, runs.feed, kernel.store.commit = self._loading, self._feeding, self._committing

    def _loading(self, n: int) -> Any:
        began = time.perf_counter()
        found = self._load(n)
        self._loaded = time.perf_counter() - began
        return found

    def _feeding(self, run: Any, kind: str, *rest: Any, **named: Any) -> None:
        began = time.perf_counter()
        self._feed(run, kind, *rest, **named)
        if kind == "timer":
            self.cold.append(self._loaded + time.perf_counter() - began)
            self._open += 1

    def _committing(self) -> None:
        self._commit()
        late = time.time() - self._due
        if self._gone_off is None and (gone_off_by(self._store) or 0) >= self._due * 1e6:
            self._gone_off = late
        self.served += [late] * self._open
        self.claimed += [late if self._gone_off is None else self._gone_off] * self._open
        self._open = 0


# --- rounds ---


def run(python: str | Path, script: Path, *words: object) -> Found:
    """Run a measurement and return its line."""
    command = [str(python), str(script), *map(str, words)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr}")
    found: Found = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def round_of_ours(folder: Path, count: int, turn: int) -> Found:
    """Let so many be due, and serve them."""
    due = int(time.time()) + LEAD
    made = let_be_due(folder, count, due * 10**6, turn) if count else 0
    assert made == count, f"{made} wait, not {count}"
    ended = completed(folder) if count else 0
    found = run(sys.executable, HERE / "timers.py", "--serve", folder, due if count else time.time() + 1, count)
    assert len(found["begun"]) == found["acted"] == count, f"{len(found['begun'])} actions of {found['acted']} runs, not {count}"
    assert completed(folder) == ended + count, "not each of them ran to its end"
    return found


def round_of_theirs(folder: Path, count: int) -> Found:
    """Let so many jobs be due, and serve them."""
    due = int(time.time()) + LEAD
    run(PEERS_PYTHON, PEER, "due", folder, due, count)
    return run(PEERS_PYTHON, PEER, "serve", folder, due, count)


class Rounds:
    """What was measured, round by round: ours with few and with many waiting runs, the peer with few."""

    def __init__(self, root: Path, most: int, count: int) -> None:
        self.root, self.count, self.few, self.most = root, count, max(SMALL, count), most
        self.found: dict[tuple[str, int], list[Found]] = {(OURS, self.few): [], (OURS, self.most): [], (THEIRS, self.few): []}
        self.rates: dict[str, list[tuple[float, float]]] = {OURS: [], THEIRS: []}
        self.idle: list[float] = []
        """Megabytes of a process of ours for which nothing waits."""
        self._empty, self._big = make_project(root / "empty"), self._store("big", most)

    def _store(self, name: str, many: int) -> Path:
        shutil.rmtree(self.root / name, ignore_errors=True)
        shop = make_project(self.root / name)
        self.rates[OURS].append(asyncio.run(make_runs(shop, SEED)))
        fill(shop, many)
        return shop

    def once(self, turn: int) -> None:
        """Measure each once."""
        self.idle.append(round_of_ours(self._empty, 0, 0)["peak"])
        self._note((OURS, self.few), round_of_ours(self._store("small", self.few), self.count, turn))
        self._note((OURS, self.most), round_of_ours(self._big, self.count, turn))
        peer = self.root / "peer"
        shutil.rmtree(peer, ignore_errors=True)
        peer.mkdir()
        self.rates[THEIRS].append(run(PEERS_PYTHON, PEER, "make", peer, self.few)["rates"])
        self._note((THEIRS, self.few), round_of_theirs(peer, self.count))

    def _note(self, key: tuple[str, int], found: Found) -> None:
        self.found[key].append(found)
        told([f"{key[0]}, {key[1]:,} wait", *(f"{name} {short(take(found))}" for name, take in FIGURES.items() if take(found) is not None)])

    def over_idle(self) -> float:
        """Return how many megabytes many waiting runs, of which many were due at once, take more than none."""
        return statistics.median(each["peak"] - idle for each, idle in zip(self.found[OURS, self.most], self.idle, strict=True))


# --- tables ---


def share(values: list[float], part: float) -> float | None:
    """Return the value that such a part of them does not exceed."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)] if values else None


FIGURES: dict[str, Callable[[Found], float | None]] = {
    "started in, s": lambda found: found["open"],
    "claimed, p99, s": lambda found: share(found["claimed"], 0.99),
    "served, p99, s": lambda found: share(found.get("served", []), 0.99),
    "begun, p50, s": lambda found: share(found["begun"], 0.5),
    "begun, last, s": lambda found: share(found["begun"], 1),
    "begun": lambda found: float(found["acted"]),
    "processor time, s": lambda found: found["cpu"],
    "cold wake, µs": lambda found: found.get("cold"),
    "memory at most, MB": lambda found: found["peak"],
}


def short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 50 else f"{value:.3g}"


def spread(values: Iterable[float | None]) -> str:
    """Return the median, and from where to where they go."""
    known = sorted(each for each in values if each is not None)
    if not known:
        return ""
    middle, low, high = short(statistics.median(known)), short(known[0]), short(known[-1])
    return middle if low == high else f"{middle} ({low} to {high})"


def served_table(measured: Rounds) -> str:
    """Return the figures of a burst, a column for each engine and number of waiting runs."""
    keys = list(measured.found)
    rows = [[name, *(spread(map(take, measured.found[key])) for key in keys)] for name, take in FIGURES.items()]
    return table([f"{measured.count:,} due at one instant", *(f"{name}, {many:,} wait" for name, many in keys)], rows)


def rate_table(measured: Rounds) -> str:
    """Return how many timers are scheduled a second: ours each with its event, decision and run."""
    rows = [[name, spread(clock for clock, _ in rates), spread(cpu for _, cpu in rates)] for name, rates in measured.rates.items()]
    return table(["scheduled", "a second", "a second of processor time"], rows)


def aims(measured: Rounds) -> str:
    """Return the aims beside what was measured."""
    many = measured.found[OURS, measured.most]

    def middle(name: str) -> float:
        return statistics.median(FIGURES[name](each) or 0 for each in many)

    rate = statistics.median(clock for clock, _ in measured.rates[OURS])
    rows = [
        ("memory over the idle process", measured.over_idle(), 150, " MB"), ("started in", middle("started in, s"), 3, " s"),
        ("claimed, p99", middle("claimed, p99, s"), 0.5, " s"), ("all next actions begun", middle("begun, last, s"), 7, " s"),
    ]  # fmt: skip
    told = [[name, f"below {aim:g}{unit}", f"{short(value)}{unit}", "kept" if value < aim else "missed"] for name, value, aim, unit in rows]
    told.append(["scheduled a second", "20,000", short(rate), "kept" if rate >= 20_000 else "missed"])
    return table([f"aim, {measured.most:,} waiting runs, {measured.count:,} due at once", "is", "measured, median", ""], told)


def told(cells: list[str]) -> None:
    print("  ".join(cells), flush=True)


def check_store(shop: Path) -> str:
    """Return what `ecomflow store check` says of the store, most of whose runs were copied."""
    done = subprocess.run([sys.executable, "-m", "ecomflow.cli", "store", "check"], cwd=shop, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip()


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        print(json.dumps(asyncio.run(serve(Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))), flush=True)
        return
    quick = "--quick" in sys.argv
    given = [int(word) for word in sys.argv[1:] if word.isdigit()]
    most, count, times = [20_000, 2_000, 1] if quick else [*given, *(1_000_000, 10_000, 3)[len(given) :]]
    packages = subprocess.run([str(PEERS_PYTHON), "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=True).stdout.split()
    versions = ", ".join(each for each in packages if each.lower().startswith(("apscheduler", "sqlalchemy")))
    head = f"`python benchmarks/timers.py {most} {count} {times}`, rounds in turn, medians and (lowest to highest). {machine()}. Peer: {versions}."
    print(head, flush=True)
    with tempfile.TemporaryDirectory() as name:
        measured = Rounds(Path(name), most, count)
        for turn in range(times):
            measured.once(turn)
        checked = check_store(measured.root / "big")
    made = f"The engine made {SEED:,} of the waiting runs from events; the others are copies of their rows. `ecomflow store check` then said: {checked}"
    parts = [head, aims(measured), served_table(measured), rate_table(measured), made]
    print("\n\n".join(parts[1:]))
    if not quick:
        write_section("Timers", "\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
