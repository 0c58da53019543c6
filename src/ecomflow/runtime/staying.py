"""The runs that stay in memory while they wait; any other costs its row alone (R:G8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.runtime.loading import LONG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ecomflow.runtime.record import LiveRun

_KEPT = 50
"""Runs with long journals that stay in memory while they wait."""


class Staying:
    """Those that did something last.

    A few with long journals always stay: a loop with a wait in each item, brought back for each, would cost the square of its
    items.

    Attributes:
        others: how many with short journals stay, too.
    """

    def __init__(self) -> None:
        self.others = 0
        self.forget()

    def forget(self) -> None:
        """Drop what is in memory."""
        self._long: dict[int, None] = {}
        self._short: dict[int, None] = {}

    def leave(self, live: Mapping[int, LiveRun], touched: Iterable[int]) -> Iterator[int]:
        """Yield the runs that go after a turn.

        Args:
            live: those that are in memory.
            touched: those of the turn.
        """
        for n in touched:
            run = live.get(n)
            self._long.pop(n, None)
            self._short.pop(n, None)
            if run is None:
                continue
            if (run.seq < LONG and not self.others) or run.status.ended:
                if not run.live:
                    yield n
            elif run.seq >= LONG:
                self._long[n] = None
            else:
                self._short[n] = None
        yield from _beyond(self._long, _KEPT, live)
        yield from _beyond(self._short, self.others, live)


def _beyond(waiting: dict[int, None], most: int, live: Mapping[int, LiveRun]) -> Iterator[int]:
    while len(waiting) > most:
        n = next(iter(waiting))
        del waiting[n]
        if not live[n].live:
            yield n
