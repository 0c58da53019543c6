"""Matching: from an event's raw bytes to the ids of the workflows whose conditions hold, beside other engines.

python benchmarks/matching.py [ROUNDS]         prints the tables, and writes them into RESULTS.md
python benchmarks/matching.py --serve N 1%|one measures ours for the rounds, as peers.py does for the others

Every engine is a process that builds its rules once; in each round every one of them measures in turn. Figures are
events a second of processor time, so that what else runs on the machine counts as little as it can.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peers import PEERS, Match, serve
from results import machine, table, write_section
from workload import Rule, by_hand, events, rules

from ecomflow.core.encoding import decode_event
from ecomflow.expressions import Env, all_of, compile_condition, conjuncts
from ecomflow.language import load_project
from ecomflow.matching import WorkflowIndex
from ecomflow.model import Workflow
from ecomflow.registry import Registry

HERE = Path(__file__).resolve().parent
PEERS_PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"
OURS = "ecomflow"
COUNTS = [10, 1_000, 10_000, 100_000]
MOST_FILES = 10_000
SHAPE_COUNT = 3_000
SECONDS = 0.4
ENV = Env()


def conditions(rule: Rule) -> list[str]:
    return [f"order.shipping.region == '{rule.region}'", f"order.total > {rule.more_than}", f"order.channel in {rule.channels}"]


def write_files(root: Path, found: list[Rule]) -> None:
    """Write a project of these workflows."""
    (root / "workflows").mkdir()
    (root / "ecomflow.yaml").write_text("shop: bench\nworkflows: workflows/\n", encoding="utf-8")
    for rule in found:
        asked = "".join(f"  - {text}\n" for text in conditions(rule))
        message = f"{{{{ order.number }}}} for {rule.id}"
        text = f'name: {rule.id}\ntrigger: {{event: {rule.type}}}\nconditions:\n{asked}actions:\n  - {{action: log.write, with: {{message: "{message}"}}}}\n'
        (root / "workflows" / f"{rule.id}.yaml").write_text(text, encoding="utf-8")


def load(found: list[Rule]) -> list[Workflow]:
    """Load the workflows of these rules from files."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_files(root, found)
        project = load_project(root, Registry.load().catalog)
    assert len(project.workflows) == len(found), project.diagnostics[:3]
    return [*project.workflows.values()]


def workflows(found: list[Rule]) -> list[Workflow]:
    """Load the workflows from files; those beyond the first 10,000 are these with conditions of their own."""
    made = load(found[:MOST_FILES])
    of_type = {each.triggers[0].types[0]: each for each in made}
    return made + [asking(of_type[rule.type], rule.id, conditions(rule)) for rule in found[MOST_FILES:]]


def asking(like: Workflow, name: str, texts: list[str]) -> Workflow:
    asked = all_of([compile_condition(text, ENV) for text in texts])
    return replace(like, name=name, conditions=asked, index=conjuncts(asked))


def ours(found: list[Rule], arriving: list[tuple[str, bytes]]) -> Match:
    """Match as the engine does: skim, look up, decode and ask where the index does not know.

    The first event of a type makes the index of that type, and what reads its events; here that is part of building, as it is
    with the others.
    """
    index = WorkflowIndex(workflows(found))

    def match(type_: str, raw: bytes) -> list[str]:
        skim = index.skim(type_)
        data = None if skim is None else skim(raw)
        if data is None:
            data = decode_event(raw)
        return [each.name for each in index.candidates(type_, data) if each.known or holds(each.workflow, decode_event(raw))]

    for type_, raw in dict(arriving).items():
        match(type_, raw)
    return match


def holds(workflow: Workflow, data: dict[str, Any]) -> bool:
    return workflow.conditions is None or workflow.conditions.test(data) is True


class Engine:
    """A process that measures when asked."""

    def __init__(self, name: str, count: int, kind: str) -> None:
        of_ours = [sys.executable, str(HERE / "matching.py"), "--serve"]
        command = of_ours if name == OURS else [str(PEERS_PYTHON), str(HERE / "peers.py"), name]
        self.name, self.rates = name, list[float]()
        self._process = subprocess.Popen([*command, str(count), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told = self._line() or {"skipped": "it failed", "about": name}

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
        return found

    def measure(self) -> None:
        """Measure once."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{SECONDS}\n")
        self._process.stdin.flush()
        self.rates.append(self._line()["rate"])

    def end(self) -> None:
        """End the process."""
        self._process.communicate()


def compare(count: int, kind: str, rounds: int) -> list[list[str]]:
    """Return the rows of one number of workflows: every engine, ours first."""
    one = kind == "one"
    expected = [sorted(ids) for ids in by_hand(rules(count, one=one), events(count, one=one)[:3])]
    engines = [Engine(name, count, kind) for name in (OURS, *PEERS)]
    able = [each for each in engines if "skipped" not in each.told]
    for each in able:
        assert each.told["ids"] == expected, f"{each.name} matches other workflows"
    for _ in range(rounds):
        for each in able:
            each.measure()
    for each in engines:
        each.end()
    mine = engines[0].rates
    return [row(each, mine, count, kind) for each in engines]


def row(engine: Engine, mine: list[float], count: int, kind: str) -> list[str]:
    first = [f"{count:,}", kind, engine.name]
    if not engine.rates:
        return [*first, engine.told["skipped"], "", "", ""]
    ratios = [a / b for a, b in zip(mine, engine.rates, strict=True)]
    spread = f"{short(min(engine.rates))} to {short(max(engine.rates))}"
    faster = "" if engine.name == OURS else f"{statistics.median(ratios):.3g}"
    return [*first, short(statistics.median(engine.rates)), spread, faster, f"{engine.told['built']:.1f}"]


def short(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"


# --- shapes that an index does not like ---

SHAPES: dict[str, Callable[[int], list[str]]] = {
    "no indexable conjunct, each its own": lambda n: [f"order.total * {n + 1} != 3", "'vip' in order.tags"],
    "no indexable conjunct, ten distinct": lambda n: [f"order.total * {n % 10 + 1} != 3", "'new' in order.tags"],
    "ranges only": lambda n: [f"order.total > {n}", f"order.total < {n + 50}"],
    "ranges only, of two paths": lambda n: [f"order.total > {n}", f"order.tax <= {n}"],
    "the path is missing": lambda n: [f"order.coupon == 'c{n}'", "order.total > 1"],
    "the path is missing, another conjunct is false": lambda n: [f"order.coupon == 'c{n}'", f"order.total < {n % 50}"],
    "of another kind": lambda n: [f"order.id == 'i{n}'", "order.total > 1"],
    "all match": lambda n: [f"order.total > {n % 90}", "order.channel in ['web', 'pos', 'app', 'marketplace', 'b2b', 'social']"],
    "all match, by an equality": lambda n: ["order.currency == 'EUR'", f"order.total > {n % 90}"],
    "three in four restart an open run": lambda n: [f"order.currency == 'c{n}'", "order.total > 1"],
}


def shapes(count: int, rounds: int) -> Iterator[list[str]]:
    """Return a row for each shape: by index and one by one, microseconds an event."""
    like = load(rules(1, one=True))[0]
    arriving = [(like.triggers[0].types[0], raw) for _, raw in events(20, one=True, many=20)]
    return (shape(name, like, arriving, count, rounds) for name in SHAPES)


def shape(name: str, like: Workflow, arriving: list[tuple[str, bytes]], count: int, rounds: int) -> list[str]:
    made = [asking(like, f"w{n:06}", SHAPES[name](n)) for n in range(count)]
    if "restart" in name:
        made = [replace(each, mode=type(each.mode)("restart")) if n % 4 else each for n, each in enumerate(made)]
    indexed, linear = WorkflowIndex(made), WorkflowIndex(made, use_keys=False)
    found = [[outcomes(index, *each) for each in arriving] for index in (indexed, linear)]
    assert found[0] == found[1], f"{name}: the index finds other workflows"
    times: dict[str, list[float]] = {"index": [], "linear": []}
    for _ in range(rounds):
        for which, index in (("index", indexed), ("linear", linear)):
            began = time.process_time()
            for each in arriving:
                outcomes(index, *each)
            times[which].append((time.process_time() - began) / len(arriving) * 1e6)
    by_index, by_scan = (statistics.median(each) for each in times.values())
    ratio = statistics.median(a / b for a, b in zip(*times.values(), strict=True))
    return [name, f"{count:,}", f"{len(found[0][0][0]):,}", f"{by_index:,.0f}", f"{by_scan:,.0f}", f"{ratio:.3f}"]


def outcomes(index: WorkflowIndex, type_: str, raw: bytes) -> tuple[list[str], list[str]]:
    """Return who matches and of whom it is unknown, as the engine asks."""
    data, true, unknown = decode_event(raw), [], []
    for each in index.candidates(type_, data):
        outcome = True if each.known or each.workflow.conditions is None else each.workflow.conditions.test(data)
        if outcome is not False:
            (true if outcome else unknown).append(each.name)
    return true, unknown


LOAD = """
import sys, time
from pathlib import Path
from ecomflow.registry import Registry
from ecomflow.runtime.opening import open_project
catalog = Registry.load().catalog
for which in sys.argv[2:]:
    if "edit" in which:
        for file in sorted(Path(sys.argv[1], "workflows").iterdir())[:10]:
            file.write_text(file.read_text() + "description: edited\\n")
    clock, cpu = time.perf_counter(), time.process_time()
    found = open_project(Path(sys.argv[1]), catalog)
    print(len(found.workflows), which, time.perf_counter() - clock, time.process_time() - cpu, sep=";")
"""
PROCESSES = [["the first", "the second, in the same process"], ["the second, in a new process"], ["after an edit of ten files, in a new process"]]


def loading(count: int) -> Iterator[list[str]]:
    """Return how long a project of many files takes to load, as the engine loads it."""
    with tempfile.TemporaryDirectory() as name:
        write_files(Path(name), rules(count, one=True))
        for loads in PROCESSES:
            done = subprocess.run([sys.executable, "-c", LOAD, name, *loads], capture_output=True, text=True, check=True)
            for line in done.stdout.splitlines():
                loaded, which, clock, cpu = line.split(";")
                yield [f"{int(loaded):,}", which, f"{float(clock):.1f}", f"{float(cpu):.1f}"]


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        count, one = int(sys.argv[2]), sys.argv[3] == "one"
        arriving = events(count, one=one)
        serve(lambda: ours(rules(count, one=one), arriving), arriving, f"ecomflow {version('ecomflow')}")
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    packages = subprocess.run([str(PEERS_PYTHON), "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=True).stdout.split()
    names = {package.lower().replace("_", "-") for _, package in PEERS.values()}
    parts = [
        f"`python benchmarks/matching.py {rounds}`, {rounds} rounds of {SECONDS} s. {machine()}. Peers: {', '.join(p for p in packages if p.split('==')[0].lower().replace('_', '-') in names)}."
    ]
    print(parts[0], flush=True)
    compared = [told(each) for kind in ("1%", "one") for count in COUNTS for each in compare(count, kind, rounds)]
    parts.append(table(["workflows", "match", "engine", "events/s of processor time", "spread", "ecomflow is faster by", "built in, s"], compared))
    parts.append(table(["shape", "workflows", "match", "index, µs", "linear scan, µs", "ratio"], [*map(told, shapes(SHAPE_COUNT, rounds))]))
    parts.append(table(["files", "load", "seconds by the clock", "of processor time"], [*map(told, loading(MOST_FILES))]))
    write_section("Matching", "\n\n".join(parts) + "\n")


def told(cells: list[str]) -> list[str]:
    print("  ".join(f"{cell:>12}" for cell in cells), flush=True)
    return cells


if __name__ == "__main__":
    main()
