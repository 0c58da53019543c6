"""What an engine does when it has time: stories of ended runs packed, what nobody asks for any more dropped, in small steps."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode, encode
from ecomflow.runtime.clock import DAY, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

_RUNS, _ROWS = 50, 500
"""Runs looked at, and rows written, in one step: a step must not hold up the turn of an event."""

_REST = MINUTE
"""An ended run is left alone for so long: a person may still retry it, and readers look at it."""

PACKED = "packed_to"


class Upkeep:
    """Small steps of upkeep, each a unit.

    Args:
        store: what is kept up.
        turn: the transaction being made.
        lookback: how far back any workflow looks, in microseconds.
    """

    def __init__(self, store: Store, turn: Turn, lookback: Callable[[], int]) -> None:
        self._store, self._turn, self._lookback = store, turn, lookback

    def step(self) -> bool:
        """Do one step; return whether there may be more to do."""
        now = self._turn.now
        dropped = self._store.update("prune_event_keys", (now - 30 * DAY - self._lookback(),))
        dropped += self._store.update("prune_answers", (now - DAY,))
        return self._pack_some() or dropped >= _ROWS

    def _pack_some(self) -> bool:
        # The mark passes runs that are still open; those are packed when they end (see Runs).
        mark: int = self._store.value("meta", PACKED) or 0
        rows, written = self._store.rows("runs_to_pack", self._store.shop, mark, _RUNS), 0
        for n, ended in rows:
            if written >= _ROWS or (ended is not None and self._turn.now - ended < _REST):
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
    found = [(*row[:4], *(None if text is None else text.encode() for text in row[4:])) for row in _packed(store, n)]
    return found + store.rows("journal", store.shop, n)
