"""What an engine does when it has time: stories of ended runs packed, what nobody asks for any more dropped, in small steps."""

from __future__ import annotations

import zlib
from collections import deque
from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode, encode
from ecomflow.runtime.clock import DAY, MINUTE
from ecomflow.runtime.pruning import QUEUED_FOR, Pruning

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

ROWS = 500
"""Rows written in one step: a step must not hold up the turn of an event."""

_SPARE, _SHARE = 256, 8
"""Pages are given back where so many are free, and one of so many."""

_REST = MINUTE
"""An ended run is left alone for so long: a person may still retry it, and readers look at it."""

_ANSWERS_EVERY = 10 * MINUTE

PACKED = "packed_to"


class Upkeep:
    """Small steps of upkeep, each a unit.

    Args:
        store: what is kept up.
        turn: the transaction being made.
        definitions: how long things are kept, and what looks back.
    """

    def __init__(self, store: Store, turn: Turn, definitions: Definitions) -> None:
        self._store, self._turn, self._definitions = store, turn, definitions
        self.pruning = Pruning(store, turn, definitions)
        self._answers_next = 0
        self.asked: Callable[[], object] = _unheard
        """Who lets the next step come soon."""
        self._parts: deque[Callable[[int], bool]] = deque([self._drop_keys, self._drop_answers, self._pack_some, self.pruning.step, self._give_back])

    def prune(self, keep: int | None) -> None:
        """Begin a pass over the store now; ``keep`` are microseconds in place of what the project file says."""
        self.pruning.ask(keep)
        self.asked()

    def step(self, most: int = ROWS) -> bool:
        """Do one step of about so many rows at most; return whether there may be more to do."""
        for _ in range(len(self._parts)):
            part = self._parts[0]
            self._parts.rotate(-1)
            if part(most):
                return True
        return False

    def _drop_keys(self, most: int) -> bool:
        now = self._turn.now
        return self._store.update("prune_event_keys", (now - QUEUED_FOR - self._definitions.longest_lookback(), most)) >= most

    def _drop_answers(self, most: int) -> bool:
        # Answers lie in no order of time, so looking for old ones is looking at all of a day.
        now = self._turn.now
        if 0 < self._answers_next - now <= _ANSWERS_EVERY:
            return False
        more = self._store.update("prune_answers", (now - DAY, most)) >= most
        self._answers_next = now if more else now + _ANSWERS_EVERY
        return more

    def _give_back(self, most: int) -> bool:
        """Give pages back to the disk where many are free; those that are few are soon used again."""
        free, pages = self._store.row("free_pages")
        if free < _SPARE or free * _SHARE < pages:
            return False
        self._store.give_back(min(free, most // 4 + 1))
        return bool(self._store.row("free_pages")[0] < free)  # a file that was made otherwise keeps its pages

    def _pack_some(self, most: int) -> bool:
        # The mark passes runs that are still open; those are packed when they end (see Runs).
        mark: int = self._store.value("meta", PACKED) or 0
        rows, written = self._store.rows("runs_to_pack", self._store.shop, mark, most // 10 + 1), 0
        for n, ended in rows:
            if written >= most or (ended is not None and self._turn.now - ended < _REST):
                break
            mark = n
            if ended is not None:
                written += pack(self._store, n)
        if rows:
            self._store.run("set_meta", PACKED, mark)
        return written > 0


def is_past(store: Store, n: int) -> bool:
    """Return whether the mark of packing has passed a run."""
    mark: int = store.value("meta", PACKED) or 0
    return n <= mark


def pack(store: Store, n: int) -> int:
    """Put the journal of an ended run into one compressed row; return how many rows it had."""
    rows = store.rows("journal", store.shop, n)
    if rows:
        texts = [[*row[:4], *(None if blob is None else blob.decode() for blob in row[4:])] for row in rows]
        store.run("add_story", store.shop, n, zlib.compress(encode([*_packed(store, n), *texts])))
        store.run("drop_journal", store.shop, n)
    return len(rows)


def _packed(store: Store, n: int) -> list[list[Any]]:
    blob = store.value("story", store.shop, n)
    rows: list[list[Any]] = [] if blob is None else decode(zlib.decompress(blob))
    return rows


def journal_rows(store: Store, n: int) -> list[tuple[Any, ...]]:
    """Return the rows of a journal, packed or not, as the query ``journal`` does."""
    rows: list[tuple[Any, ...]] = store.rows("journal", store.shop, n)
    if rows and rows[0][0] == 1:  # nothing of it is packed
        return rows
    return [(*row[:4], *(None if text is None else text.encode() for text in row[4:])) for row in _packed(store, n)] + rows


def _unheard() -> None:
    """Stand in until somebody makes steps."""
