"""Virtual time: a clock of the wall that may jump, and an event loop that never waits."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

from disk import Died

_MICRO = 1e-6


class Clock:
    """Time since the world's making, and what the machine's clocks say, in microseconds.

    Args:
        start: the wall's first moment.
    """

    def __init__(self, start: int) -> None:
        self.passed, self.offset = 0, start
        self._boots, self._booted = 0, 0

    def wall(self) -> int:
        """Return the wall's time, which may jump."""
        return self.offset + self.passed

    def __call__(self) -> int:
        return self.wall()

    def boot(self, number: int) -> None:
        """Let the machine have been started for the so manieth time."""
        if number != self._boots:
            self._boots, self._booted = number, self.passed

    @property
    def reference(self) -> str:
        return f"start {self._boots}"

    def steady(self) -> int:
        """Return the time since the machine was started."""
        return self.passed - self._booted

    def awake(self) -> int:
        """Return the same: this machine is never suspended."""
        return self.steady()


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
