"""What of a journal is fed again.

Theory of operation. A journal is rows in the order in which a run was fed: an entry, the trail of what it caused to be
evaluated, and the composite steps that it closed. A replay feeds the entries by sequence and looks the trail up by path.
Four things shorten or change that:

- A *closed* step gives its result at once, so entries and trail under its path are left out, and the events that its waits
  took. It is met again where it stands, waits like any other request, and goes on when the row that closed it is reached:
  so clock, order and what came in between are as they were. A closed round of a loop stands for all rounds before it. A
  step in which a call was in doubt is not closed: while it was, entries of other branches waited.
- A person's ``retry`` of a failed run: the journal before it is replayed as if the failures had not happened. The failed
  call stays pending; a failed evaluation has no record, so its step stalls; what was done to wind up (marked ``ending``)
  and attempts that failed while their branch was being ended (``!dropped``) are left out. What then finds no record stalls
  as well, entries that find nothing are passed over. With the ``retry`` row all this goes on.
- ``retry`` from a step leaves out all at and after that top-level step, and gives those paths a new generation.
- ``migrated`` brought the run to another version: it holds what the run knew, so all before it but the first row is left out.

Beside outcomes a trail holds ``!note/PATH`` (an error that changed nothing), ``!unclaimed/PATH`` (the row's entry found
nothing and is not fed again), ``!dropped/PATH`` and ``!retry/`` (what a person's ``retry`` meets, found when it was made).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.core.commands import Row
from ecomflow.core.entering import Arrival
from ecomflow.core.trail import DROPPED, REFUSED, RETRY, UNCLAIMED

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from ecomflow.core.commands import Entry
    from ecomflow.model import Workflow

Failure = tuple[int, int, str, bool]
"""The entry during which a step failed, the outcomes it had caused before, the step's path, whether it was an attempt."""

Records = dict[str, list[list[Any]]]

_END = 10**9


@dataclass(slots=True)
class Closed:
    """How a composite step ended: its result, what it changed, and the place of its row."""

    result: Any
    change: dict[str, Any]
    order: int


class Came(NamedTuple):
    """A further page of a search: what it holds, the mark of the one after it, and the place of its row."""

    items: Any
    mark: str | None
    order: int


@dataclass(slots=True)
class Fed:
    """A row to be fed: its entry, unless that is left out, and the closed steps that it ends."""

    entry: Entry
    feeds: bool
    closes: list[str]
    scars: list[str]


@dataclass(slots=True)
class Prepared:
    """What a replay is made of.

    Attributes:
        fed: the rows that matter, in order.
        lives: outcomes by path: those before the first ``retry``, those from there to the next, and so on.
        ends: closed steps by path; ``rounds`` the last closed round by the path of its loop.
        generations: top-level numbers from which on a ``retry`` opened another generation.
        pages: the answers that gave further pages of a search, by path.
        retries: for each ``retry`` the calls whose failure it undoes, with the entry of that.
        arrival: how the run came to its version, where it began on another.
    """

    fed: list[Fed] = field(default_factory=list)
    lives: list[Records] = field(default_factory=list)
    ends: dict[str, Closed] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    pages: dict[str, Came] = field(default_factory=dict)
    generations: list[int] = field(default_factory=list)
    retries: list[set[tuple[str, int]]] = field(default_factory=list)
    arrival: Arrival | None = None


@dataclass(slots=True)
class _Kept:
    entry: Entry
    trail: list[tuple[int, list[Any]]]
    """Outcomes, each with its number among those of the row."""
    closed: list[list[Any]]
    feeds: bool = True
    dropped: bool = False
    note: dict[str, Any] = field(default_factory=dict)
    scars: list[str] = field(default_factory=list)


def prepare(rows: Sequence[Row]) -> Prepared:
    """Return what of the rows is fed again."""
    arrived = last_arrival(rows)
    prepared, kept = Prepared(), [_kept(row) for row in (rows if not arrived else [Row(rows[0].entry), *rows[arrived:]])]
    for number, row in enumerate(kept):
        if row.entry.kind == "retry" and row.feeds:
            row.scars = [failure[2] for failure in row.note["failures"]]
            _undo(kept[:number], row.note, prepared)
    _close(kept, prepared)
    taken = {seq for end in prepared.ends.values() for seq in end.change.get("took", ())}
    _collect(kept, prepared, taken)
    if arrived:
        prepared.arrival = _arrival(rows[:arrived], kept[1:], taken)
    return prepared


def last_arrival(rows: Sequence[Row]) -> int:
    """Return the place of the row that brought the run to its version; 0, the start, where it began on it."""
    return next((place for place in range(len(rows) - 1, 0, -1) if rows[place].entry.kind == "migrated"), 0)


def _arrival(before: Sequence[Row], kept: Sequence[_Kept], taken: set[int]) -> Arrival:
    entry = kept[0].entry
    events = {row.entry.seq: row.entry.data["event"] for row in before if row.entry.kind == "event"}
    came = tuple((seq, events[seq], subs) for seq, subs in entry.data["came"] if seq in events and seq not in taken)
    back = (row.note["from"] for row in kept if row.entry.kind == "retry" and row.feeds and row.note["from"] is not None)
    return Arrival(entry, came, min((number for number in back if number <= top_number(entry.path)), default=None))


def _kept(row: Row) -> _Kept:
    kept = _Kept(row.entry, [], list(row.closed or ()))
    for item in row.trail or ():
        if item[0][:1] != "!":
            kept.trail.append((len(kept.trail), item))
        elif item[0].startswith(RETRY):
            kept.note = item[1]
        elif item[0].startswith(UNCLAIMED):
            kept.feeds = False
        elif item[0].startswith(DROPPED):
            kept.dropped = True
    if row.entry.kind == "migrated" or (row.entry.kind == "retry" and not kept.note):  # the latter could not be brought back
        kept.feeds = False
    return kept


def thinned(row: Row, closed: Container[str]) -> Row:
    """Return a row without what closed steps stand for. No ``retry`` of a person, which opens them, and no ``migrated`` may be among the rows.

    Args:
        row: one of a journal.
        closed: the paths of all steps that the journal has closed.
    """
    entry, trail = row.entry, row.trail
    if _within(entry.path, closed):
        entry = entry._replace(data=None)
    if trail:
        trail = [item for item in trail if item[0][:1] == "!" or not _within(item[0].partition("#")[0], closed)]
    return row._replace(entry=entry, trail=trail)


def _within(path: str, closed: Container[str]) -> bool:
    while path:
        if path in closed:
            return True
        path = path.rpartition("/")[0]
    return False


# --- retry ---


def _undo(before: list[_Kept], note: dict[str, Any], prepared: Prepared) -> None:
    failures: list[Failure] = [tuple(failure) for failure in note["failures"]]
    gone = set(note["gone"])
    for row in before:
        row.trail = [(n, item) for n, item in row.trail if item[0] not in gone]
        row.closed = [item for item in row.closed if item[0] not in gone]
        row.feeds = row.feeds and row.entry.kind != "end"
    if note["from"] is None:
        _undo_failures(before, failures)
    else:
        prepared.generations.append(note["from"])
        for row in before:
            _undo_from(row, note["from"])
    prepared.retries.append({(path, seq) for seq, _, path, attempt in failures if attempt and note["from"] is None})


def _undo_from(row: _Kept, number: int) -> None:
    row.feeds = row.feeds and top_number(row.entry.path) < number
    row.trail = [(n, item) for n, item in row.trail if top_number(item[0]) < number]
    row.closed = [item for item in row.closed if top_number(item[0]) < number]


def _undo_failures(before: list[_Kept], failures: list[Failure]) -> None:
    first, mark = min((seq, count) for seq, count, _, _ in failures)
    for row in before:
        seq = row.entry.seq
        evaluated = {path for at, _, path, attempt in failures if at == seq and not attempt}
        if evaluated:
            row.trail = [(n, item) for n, item in row.trail if item[0].removesuffix(REFUSED) not in evaluated]
        if seq >= first:
            wound_up = mark if seq == first else 0
            row.trail = [(n, item) for n, item in row.trail if n < wound_up or not _ending(item)]
            row.closed = [item for item in row.closed if not item[2].get("ending")]
            row.feeds = row.feeds and not row.dropped


def _ending(item: list[Any]) -> bool:
    return len(item) > 2 and "ending" in item[2]


# --- closed steps ---


def _close(kept: list[_Kept], prepared: Prepared) -> None:
    changes: dict[str, dict[str, Any]] = {}
    for order, row in enumerate(kept):
        for path, result, change in row.closed:
            loop = change.get("loop")
            if loop is None:
                prepared.ends[path] = Closed(result, change, order)
                continue
            # A round stands for those before it, so it has changed what they have changed.
            whole = changes[loop] = _merged(changes.get(loop, {}), change)
            prepared.ends.pop(f"{loop}/{prepared.rounds.get(loop)}", None)
            prepared.rounds[loop] = change["round"]
            prepared.ends[path] = Closed(result, whole, order)


def _merged(before: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = {name: {**before.get(name, {}), **change.get(name, {})} for name in ("vars", "ids", "pages")}
    before.setdefault("took", []).extend(change.get("took", ()))
    return {**merged, "took": before["took"], "effects": before.get("effects") or change.get("effects")}


def _collect(kept: list[_Kept], prepared: Prepared, taken: set[int]) -> None:
    cover = _Cover(prepared)
    records: Records = {}
    prepared.lives.append(records)
    for order, row in enumerate(kept):
        feeds = row.feeds and row.entry.seq not in taken and not cover.covers(row.entry.path)
        closes = [item[0] for item in row.closed if _last(item[0], order, prepared) and not cover.covers(_outer(item[0]))]
        if row.feeds and row.entry.kind == "retry":
            records = {}
            prepared.lives.append(records)
        if feeds and row.entry.kind == "attempt" and "next" in row.entry.data:
            prepared.pages[row.entry.path] = Came(row.entry.data.get("result"), row.entry.data["next"], order)
        if feeds or closes:
            prepared.fed.append(Fed(row.entry, feeds, closes, row.scars))
        for _, item in row.trail:
            if not cover.covers(item[0]):
                records.setdefault(item[0], []).append(item)


def _last(path: str, order: int, prepared: Prepared) -> bool:
    end = prepared.ends.get(path)
    return end is not None and end.order == order


def _outer(path: str) -> str:
    return path.rpartition("/")[0]


class _Cover:
    """Knows which paths lie in closed steps, or in rounds that a later closed round stands for."""

    def __init__(self, prepared: Prepared) -> None:
        self._ends, self._rounds = prepared.ends, prepared.rounds
        self._known: dict[str, bool] = {"": False}

    def covers(self, path: str) -> bool:
        if not self._ends:
            return False
        return self._covers(path.partition("#")[0])

    def _covers(self, path: str) -> bool:
        found = self._known.get(path)
        if found is None:
            outer, _, last = path.rpartition("/")
            found = path in self._ends or self._covers(outer) or (last.isascii() and last.isdigit() and int(last) <= self._rounds.get(outer, -1))
            self._known[path] = found
        return found


# --- top-level steps ---


def top_level(workflow: Workflow, step: str) -> int | None:
    """Return the number of a top-level step by its id or path, or None."""
    for number, found in enumerate(workflow.actions):
        if step in (found.id, found.path, f"actions/{number}"):
            return number
    return None


def top_number(path: str) -> int:
    """Return the number of the top-level step that a path lies in; one beyond all for the output, -1 for what comes before."""
    parts = path.partition("#")[0].split("/", 2)
    if parts[0] == "actions" and len(parts) > 1:
        return int(parts[1])
    return _END if path == "output" else -1


def retry_note(failures: Iterable[Failure], number: int | None, gone: Iterable[str]) -> list[Any]:
    """Return what the row of a person's ``retry`` keeps on its trail."""
    return [f"{RETRY}/", {"from": number, "failures": [list(failure) for failure in failures], "gone": list(gone)}]
