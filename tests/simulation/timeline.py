"""Virtual time: a clock of the wall that may jump, and an event loop that never waits."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

from disk import Died

_MICRO = 1e-6


class Clock:
    """Time of the machine since its making, and of the wall, in microseconds.

    Args:
        start: the wall's first moment.
    """

    def __init__(self, start: int) -> None:
        self.passed, self.offset = 0, start

    def wall(self) -> int:
        """Return the wall's time, which may jump."""
        return self.offset + self.passed


class _NoWaiting(selectors.SelectSelector):
    def select(self, timeout: float | None = None) -> list[Any]:
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A real event loop whose time is the clock's: it goes on when it is told to.

    Args:
        clock: whose time it has.
    """

    def __init__(self, clock: Clock) -> None:
        self._now = clock
        super().__init__(_NoWaiting())
        self._clock_resolution = _MICRO
        self.die_in: int | None = None
        """After how many rounds the process dies, or None."""

    def time(self) -> float:
        return self._now.passed * _MICRO

    @property
    def due(self) -> int | None:
        """When the next timer of anybody goes off, in the clock's microseconds."""
        times = [handle.when() for handle in self._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
        return round(min(times) / _MICRO) if times else None

    def round(self) -> bool:
        """Call what is ready; return whether there was anything.

        Raises:
            Died: this was the round in which the process dies.
        """
        due = self.due
        if not self._ready and (due is None or due > self._now.passed):  # type: ignore[attr-defined]
            return False
        if self.die_in is not None:
            self.die_in -= 1
            if self.die_in < 0:
                self.die_in = None
                raise Died("the process has died")
        self.call_soon(self.stop)
        self.run_forever()
        return True
