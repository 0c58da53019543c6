"""Whether a peer is as fast here as in a program that somebody else wrote, so that none is slowed down by accident.

python benchmarks/agreement.py [ROUNDS]   prints a table, and writes it into RESULTS.md

The other programs are those of `../shared/bench`; where they are missing, nothing is compared. The bare loop and DBOS are not
in the table, for `runs.py` runs those programs themselves.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from results import machine, table, write_section

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent.parent / "shared" / "bench"
PEERS_PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"
WORKFLOWS = 1000
TIMERS = 500
SECONDS = 1.0
LARGEST = 0.15
"""By how much the two may differ."""

MATCHERS = {"rule-engine": "rule_engine", "business-rules": "business_rules", "cel-python": "cel_python"}
"""Peers of the matching that both have whole, and that spend next to nothing of their time on decoding, which the other program leaves out."""


def matching_here(peer: str) -> float:
    """Return events a second of processor time, as matching.py measures them."""
    command = [str(PEERS_PYTHON), str(HERE / "peers.py"), peer, str(WORKFLOWS), "1%"]
    done = subprocess.run(command, input=f"{SECONDS}\n" * 3, capture_output=True, text=True, check=True)
    return statistics.median(json.loads(line)["rate"] for line in done.stdout.splitlines()[1:])


def matching_there(peer: str) -> float:
    """Return the same of the other program."""
    found: float = _told(SCRIPTS / "work_a.py", MATCHERS[peer], WORKFLOWS, SECONDS)["ev_per_cpu_s"]
    return found


def timers_here(_: str) -> float:
    """Return timers a second of processor time, as timers.py measures them."""
    with tempfile.TemporaryDirectory() as folder:
        found: float = _told(HERE / "peer_timers.py", "make", folder, TIMERS)["rates"][1]
    return found


def timers_there(_: str) -> float:
    """Return the same of the other program."""
    found: float = _told(SCRIPTS / "bench_aps.py", "sqlite", TIMERS, 60, 0, "wal")["timers_per_cpu_s"]
    return found


def _told(script: Path, *words: object) -> dict[str, Any]:
    """Return the last line that a program prints."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(PEERS_PYTHON), str(script), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "BENCH_DIR": folder})
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(what: str, peer: str, here: Callable[[str], float], there: Callable[[str], float], rounds: int) -> list[str]:
    """Return a row: both measured in turn."""
    pairs = [(here(peer), there(peer)) for _ in range(rounds)]
    ratios = [ours / theirs for ours, theirs in pairs]
    ratio = statistics.median(ratios)
    medians = [f"{statistics.median(each):,.4g}" for each in zip(*pairs, strict=True)]
    agree = "yes" if abs(ratio - 1) <= LARGEST else "faster here" if ratio > 1 else "slower here"
    cells = [peer, what, *medians, f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})", agree]
    print("  ".join(f"{cell:>12}" for cell in cells), flush=True)
    return cells


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    if not SCRIPTS.exists():
        print(f"{SCRIPTS} is missing: nothing to compare with")
        return
    head = f"`python benchmarks/agreement.py {rounds}`, {rounds} rounds, in turn. {machine()}."
    print(head, flush=True)
    matched = f"events/s of processor time, {WORKFLOWS:,} workflows, 1 % match"
    rows = [compare(matched, peer, matching_here, matching_there, rounds) for peer in MATCHERS]
    rows.append(compare("timers/s of processor time, scheduled", "APScheduler", timers_here, timers_there, rounds))
    about = f"The peers' own figures from the programs of `../shared/bench` beside those from here; they may differ by {LARGEST:.0%}."
    columns = ["peer", "what", "here", "there", "here is times that", "agree"]
    write_section("Peers: the same figure from two programs", "\n\n".join([head, about, table(columns, rows)]) + "\n")


if __name__ == "__main__":
    main()
