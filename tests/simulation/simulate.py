"""A shop, its events and its misfortunes from a seed, on the production engine: ``simulate.py [SEEDS [FROM]]``.

Time is virtual, answers come in a seeded order, the disk refuses, tears and loses writes, processes and machines die. What
happens is a list of operations, each with chances of its own, so that some can be left out and the others stay what they
are: that is how a seed that fails is made smaller. After every operation the auditor holds the store against what must
always be true, and against what the simulation knows.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from disk import Died, faulty_disk
from edits import operations_of
from kept import KEPT, Case, line_of
from world import World, is_plain, portions

from ecomflow.errors import EcomflowError

OPERATIONS = 24
_CHUNK = 25
_MEMORY = Path("/dev/shm")
"""Where files are as fast as memory; that a machine may stop is the affair of the faulty disk."""


class Failed(NamedTuple):
    """How a case failed: ``kind`` is what stays the same when it is made smaller."""

    case: Case
    kind: str
    message: str


def simulate(case: Case | int) -> Counter[str]:
    """Simulate a case, or a whole seed; what fails is raised, with the case."""
    case = Case(case) if isinstance(case, int) else case
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder, ExitStack() as stack:
        disk = stack.enter_context(faulty_disk(default=not is_plain(case.seed)))
        stack.enter_context(portions(case.seed))
        try:
            return World(case, Path(folder), disk).live(OPERATIONS)
        except (Exception, Died) as error:
            error.add_note(f"to see it again: python {__file__} '{line_of(case)}'")
            raise


def failure(case: Case) -> Failed | None:
    """Return how a case fails, or None."""
    try:
        simulate(case)
    except (Exception, Died) as error:  # noqa: BLE001 whatever it is, it is told
        place = "" if isinstance(error, EcomflowError) else str(error).split(":")[0].split("{")[0]
        kind = f"{type(error).__name__} {''.join(c for c in place if not c.isdigit())[:40]}"
        return Failed(case, kind, f"{type(error).__name__}: {error}")
    return None


def shrink(found: Failed, tries: int = 150) -> Failed:
    """Return a smaller case that fails in the same way: with fewer workflows, fewer operations, no spare faults."""
    operations = list(found.case.operations or operations_of(found.case.seed, OPERATIONS))
    size = max(1, len(operations) // 2)
    while size and tries > 0:
        start = 0
        while start < len(operations) and tries > 0:
            fewer = operations[:start] + operations[start + size :]
            tries -= 1
            smaller = failure(found.case._replace(operations=tuple(fewer)))
            if smaller is not None and smaller.kind == found.kind:
                found, operations = smaller, fewer
            else:
                start += size
        size //= 2
    for name in ("w1", "self", "echo", "w0"):
        kept = tuple(n for n in found.case.workflows or ("w0", "w1", "self", "echo") if n != name)
        smaller = failure(found.case._replace(workflows=kept)) if kept else None
        if smaller is not None and smaller.kind == found.kind:
            found = smaller
    return found


def _try(seed: int) -> tuple[Counter[str], Failed | None]:
    logging.disable(logging.CRITICAL)
    try:
        return simulate(seed), None
    except (Exception, Died):  # noqa: BLE001 as above
        return Counter(), failure(Case(seed)) or Failed(Case(seed), "unstable", "it failed once, and not again")


def main(seeds: int = 200, first: int = 0, processes: int = 2) -> int:
    """Simulate many seeds; print what happened in them, and keep what failed, made smaller, beside this file."""
    total: Counter[str] = Counter()
    bad: list[Failed] = []
    with ProcessPoolExecutor(processes) as pool:
        for counts, failed in pool.map(_try, range(first, first + seeds), chunksize=_CHUNK):
            total += counts
            if failed is not None:
                bad.append(failed)
                print(f"seed {failed.case.seed} failed: {failed.message[:600]}", flush=True)
    for kind in list(dict.fromkeys(failed.kind for failed in bad))[:4]:
        smallest = shrink(next(failed for failed in bad if failed.kind == kind))
        print(f"made smaller: {line_of(smallest.case)}\n  {smallest.message[:1000]}")
        with KEPT.open("a", encoding="utf-8") as file:
            file.write(f"{line_of(smallest.case)}  # {' '.join(smallest.message.split())[:100]}\n")
    print(f"{seeds} seeds from {first}, {len(bad)} failed: " + ", ".join(f"{n} {what}" for what, n in sorted(total.items())))
    return int(bool(bad))


def again(line: str) -> int:
    """Simulate one case and let its failure be seen whole."""
    simulate(Case.of(line))
    return 0


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    one = len(sys.argv) == 2 and not sys.argv[1].isdigit()
    sys.exit(again(sys.argv[1]) if one else main(*map(int, sys.argv[1:])))
