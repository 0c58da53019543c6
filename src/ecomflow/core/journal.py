"""What of a journal is fed again.

Theory of operation. A journal is rows in the order in which a run was fed: an entry, the trail of what it caused to be
evaluated, and the composite steps that it closed. A replay feeds the entries by sequence and looks the trail up by path.
Three things shorten or change that:

- A *closed* step gives its result without being walked, so entries and trail under its path are left out, and the events
  that its waits took. Closing a round of a loop stands for all rounds before it. So a run that has walked ten thousand
  rounds is brought back from the last one. The result is given when the replay comes to the row that closed the step, for
  what follows it, and what runs beside it, must find the time and the order of then; where the row's entry is left out, a
  *tick* stands for it. Of items that are walked one after the other, the last one's row is enough.
- ``retry`` of a failed run leaves out what made it fail: the attempts of the failed action, or the outcome of the failed
  evaluation, and the ``finally`` blocks that ran after it. The step is then pending again, under its old key.
- ``retry`` from a step leaves out everything at and after that top-level step, and gives those paths a new generation.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecomflow.core.commands import Row
    from ecomflow.model import Workflow

TICK = "closed"
"""The kind of an entry that stands for a row whose own entry lies under the step that it closed."""

FAILED = "!failed"
"""The trail's mark of the step that failed a run: its path and the entry that was being fed."""


@dataclass(slots=True)
class Prepared:
    """What a replay is made of.

    Attributes:
        entries: what is fed, in order.
        trail: outcomes by path, each once.
        closed: what ended composite steps gave, by path.
        rounds: by the path of a loop, how many rounds are closed, and what the last gave.
        gates: by the path of a closed step or round, the row that closed it; none where it need not be waited for.
        generations: top-level numbers from which on a person's ``retry --from`` opened another generation.
        revived: whether a person's ``retry`` is part of it, so that some entries find their path gone.
    """

    entries: list[Entry] = field(default_factory=list)
    trail: dict[str, deque[list[Any]]] = field(default_factory=dict)
    closed: dict[str, dict[str, Any]] = field(default_factory=dict)
    rounds: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    gates: dict[str, int] = field(default_factory=dict)
    generations: list[int] = field(default_factory=list)
    revived: bool = False

    def generation(self, path: str) -> int:
        """Return how often a person's retry has begun a path anew."""
        return sum(_number(path) >= start for start in self.generations)


def prepare(rows: Sequence[Row], workflow: Workflow) -> Prepared:
    """Return what of the rows is fed again."""
    return _Preparation(workflow).of(rows)


class _Preparation:
    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._entries: list[Entry] = []
        self._trail: list[tuple[int, str, list[Any]]] = []
        self._closed: dict[str, dict[str, Any]] = {}
        self._closing: dict[str, Entry] = {}
        self._failed: list[Any] | None = None
        self._generations: list[int] = []
        self._revived = False

    def of(self, rows: Sequence[Row]) -> Prepared:
        for row in rows:
            if row.entry.kind == "retry":
                self._retry(row.entry.data["from"])
            else:
                self._entries.append(row.entry)
            for path, *item in row.trail or ():
                if path == FAILED:
                    self._failed = item[0]
                elif not path.startswith("!"):
                    self._trail.append((row.entry.seq, path, item))
            for path, record in row.closed or ():
                self._closed[path] = record
                self._closing[path] = row.entry
        return self._result()

    def _retry(self, step: str | None) -> None:
        self._revived = True
        if step is not None:
            self._drop_from(top_level(self._workflow, step) or 0)
        elif self._failed is not None:
            self._drop_failure(*self._failed)
        self._failed = None

    def _drop_from(self, number: int) -> None:
        self._generations.append(number)
        self._entries = [e for e in self._entries if _number(e.path) < number]
        self._trail = [t for t in self._trail if _number(t[1]) < number and t[1] != "output"]
        self._closed = {path: record for path, record in self._closed.items() if _number(path) < number}

    def _drop_failure(self, path: str, seq: int) -> None:
        self._entries = [e for e in self._entries if e.path != path and not (e.seq > seq and "/finally/" in e.path)]
        self._trail = [t for t in self._trail if not (t[0] >= seq and "/finally/" in t[1])]
        last = max((i for i, t in enumerate(self._trail) if t[1] == path), default=None)
        if last is not None and len(self._trail[last][2]) > 1:
            del self._trail[last]

    def _result(self) -> Prepared:
        prepared = Prepared(generations=self._generations, revived=self._revived)
        taken: set[int] = set()
        for path, record in self._closed.items():
            taken.update(record.get("taken", ()))
            if "rounds" in record:
                loop, number = record["rounds"]
                if number > prepared.rounds.get(loop, (0, {}))[0]:
                    prepared.rounds[loop] = (number, record)
            else:
                prepared.closed[path] = record
        kept = [e for e in self._entries if e.seq not in taken and not _covered(e.path, prepared)]
        prepared.entries = self._with_ticks(kept, prepared)
        for _, path, item in self._trail:
            if not _covered(path.partition("#")[0], prepared):
                prepared.trail.setdefault(path, deque()).append(item)
        return prepared

    def _with_ticks(self, kept: list[Entry], prepared: Prepared) -> list[Entry]:
        ticks: dict[int, Entry] = {}
        for path in self._gated(prepared):
            entry = self._closing[path]
            prepared.gates[path] = entry.seq
            ticks[entry.seq] = Entry(entry.seq, entry.at, TICK)
        for entry in kept:
            ticks.pop(entry.seq, None)
        return sorted([*kept, *ticks.values()], key=lambda entry: entry.seq) if ticks else kept

    def _gated(self, prepared: Prepared) -> list[str]:
        last: dict[str, str] = {}
        for path, record in self._closed.items():
            parent, _, number = path.rpartition("/")
            if "rounds" in record and int(number) < prepared.rounds[parent][0]:
                continue
            if not _covered(parent, prepared):
                last[parent if "in_turn" in record else path] = path
        return list(last.values())


def _covered(path: str, prepared: Prepared) -> bool:
    # A path lies under a closed step, or in a round that a later closed round stands for.
    parts = path.split("/")
    for length in range(2, len(parts) + 1):
        prefix = "/".join(parts[:length])
        if prefix in prepared.closed:
            return True
        if prefix in prepared.rounds and length < len(parts):
            number = parts[length]
            if number.isdigit() and int(number) <= prepared.rounds[prefix][0]:
                return True
    return False


def settles(entry: Entry) -> bool:
    """Return whether an entry is taken while a call in doubt waits for a person; others are held until then."""
    return entry.kind in ("settle", TICK) or (entry.kind == "end" and entry.data["how"] == "cancelled")


def top_level(workflow: Workflow, step: str) -> int | None:
    """Return the number of a top-level step by its id or path, or None."""
    for number, found in enumerate(workflow.actions):
        if step in (found.id, found.path, f"actions/{number}"):
            return number
    return None


def _number(path: str) -> int:
    parts = path.partition("#")[0].split("/")
    return int(parts[1]) if parts[0] == "actions" and len(parts) > 1 else -1
