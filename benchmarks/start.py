"""Starting: `ecomflow --help`, and a check of a project, without plugins and with ten that are slow to import.

python benchmarks/start.py [ROUNDS]   prints the medians, and those of a bare interpreter beside them
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

IMPORT_SECONDS = 0.1
PLUGIN = """
import time
from ecomflow import action, hookimpl
time.sleep({seconds})

@action("bench{number}.do", effect="reads")
def do() -> None: ...

@hookimpl
def register_actions(register):
    register(do)
"""
WORKFLOW = """name: built-in
trigger: {event: order.created}
actions:
  - {action: log.write, with: {message: "{{ order.id }}"}}
"""
SIMULATE = "from ecomflow.testing import Simulation; Simulation.load('.').emit('order.created', {'order': {'id': 'o1'}})"
ECOMFLOW = ["-c", "from ecomflow.cli import main; main()"]


def install(folder: Path, count: int) -> Path:
    """Make a folder of distributions whose imports take long."""
    folder.mkdir()
    for number in range(count):
        name = f"bench_plugin_{number}"
        (folder / f"{name}.py").write_text(PLUGIN.format(seconds=IMPORT_SECONDS, number=number))
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[ecomflow]\n{name} = {name}\n")
    return folder


def measure(words: list[str], shop: Path, plugins: Path, rounds: int) -> float:
    """Milliseconds that a fresh interpreter takes, the median."""
    env = {**os.environ, "PYTHONPATH": str(plugins)}
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=shop, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        shop = root / "shop"
        shop.mkdir()
        (shop / "built-in.yaml").write_text(WORKFLOW)
        none, ten = install(root / "none", 0), install(root / "ten", 10)
        rows = {
            "python -c pass": ["-c", "pass"],
            "ecomflow --help": [*ECOMFLOW, "--help"],
            "a simulation, built-in names only": ["-c", SIMULATE],
            "ecomflow check (imports every plugin)": [*ECOMFLOW, "check"],
        }
        print(f"| median of {rounds}, ms | no plugin | ten, {IMPORT_SECONDS:g} s each to import |\n|---|---|---|")
        for label, words in rows.items():
            print(f"| {label} | {measure(words, shop, none, rounds):.0f} | {measure(words, shop, ten, rounds):.0f} |")


if __name__ == "__main__":
    main()
