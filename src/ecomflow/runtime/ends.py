"""Who waits for the end of which run, and until when; one alarm for all of them."""

from __future__ import annotations

from itertools import chain
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable


class Ends:
    """The waits for ends of runs.

    Args:
        loop: on which everybody waits.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waits: dict[int, list[tuple[float, asyncio.Future[bool]]]] = {}
        """By run: until when, and who."""
        self._alarm: asyncio.TimerHandle | None = None
        self._rings = inf

    async def wait(self, n: int, timeout: float) -> bool:
        """Wait for the end of a run for at most so many seconds; return whether it came."""
        # An alarm for each would cost more than the wait: nearly all of them are cancelled, and the loop keeps them in order.
        future: asyncio.Future[bool] = self._loop.create_future()
        wait = self._loop.time() + timeout, future
        self._waits.setdefault(n, []).append(wait)
        if wait[0] < self._rings:
            self._set(wait[0])
        try:
            return await future
        finally:
            waits = self._waits.get(n)
            if waits and wait in waits:  # the end has not come
                waits.remove(wait)
                if not waits:
                    del self._waits[n]

    def came(self, n: int) -> None:
        """Tell who waits for the end of a run that it has come."""
        for _, future in self._waits.pop(n, ()):
            if not future.done():
                future.set_result(True)

    def fail(self, error: BaseException) -> None:
        """Let everybody's wait end with an error."""
        self._set(inf)
        for _, future in self._all():
            if not future.done():
                future.set_exception(error)
        self._waits.clear()

    def _all(self) -> Iterable[tuple[float, asyncio.Future[bool]]]:
        return chain.from_iterable(self._waits.values())

    def _set(self, when: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._rings, self._alarm = when, None if when == inf else self._loop.call_at(when, self._ring)

    def _ring(self) -> None:
        now, left = self._loop.time(), inf
        for until, future in self._all():
            if until > now:
                left = min(left, until)
            elif not future.done():
                future.set_result(False)
        self._set(left)
