"""Cases that failed once, kept in ``kept_seeds.txt``: a seed, and which workflows and operations of it are enough."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

KEPT = Path(__file__).parent / "kept_seeds.txt"


class Case(NamedTuple):
    """A seed, or a part of what it makes: only these workflows, only these operations by number."""

    seed: int
    workflows: tuple[str, ...] | None = None
    operations: tuple[int, ...] | None = None

    @classmethod
    def of(cls, line: str) -> Case:
        """Read a line such as ``12 workflows=w0,echo operations=0,3,17``; what stands after ``#`` is a remark."""
        seed, *parts = line.partition("#")[0].split()
        found = dict(part.split("=") for part in parts)
        workflows = tuple(found["workflows"].split(",")) if "workflows" in found else None
        operations = tuple(map(int, filter(None, found["operations"].split(",")))) if "operations" in found else None
        return cls(int(seed), workflows, operations)


def line_of(case: Case) -> str:
    """Write a case as ``Case.of`` reads it."""
    parts = [str(case.seed)]
    if case.workflows is not None:
        parts.append(f"workflows={','.join(case.workflows)}")
    if case.operations is not None:
        parts.append(f"operations={','.join(map(str, case.operations))}")
    return " ".join(parts)


def kept_cases() -> list[Case]:
    """Return every case that is kept."""
    lines = KEPT.read_text("utf-8").splitlines() if KEPT.exists() else []
    return [Case.of(line) for line in lines if line.partition("#")[0].strip()]
