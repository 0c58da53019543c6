"""Calls of actions under way: each a task and the alarm of its time, told once how it ended."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from ecomflow.runtime.simulated import timed_out

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ecomflow.runtime.base import Call

    Data = dict[str, Any]

_log = logging.getLogger("ecomflow.action")
GRACE: Final = 1.0
"""Seconds that an action has to clean up, after its time."""


class Attempts:
    """What is under way."""

    def __init__(self) -> None:
        self._untold: set[_Attempt] = set()
        self._tasks: set[asyncio.Task[Data]] = set()
        self._quiet: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._untold)

    def begin(self, call: Call, work: Coroutine[Any, Any, Data], tell: Callable[[Data], object]) -> Callable[[], None]:
        """Begin one; it is over when its time is, also where the action goes on: as a thread, or because it does not let itself be cancelled.

        Args:
            call: what is called.
            work: carries it out; raises nothing.
            tell: takes the data of the attempt, once; not where it is stopped.

        Returns:
            What stops it.
        """
        attempt = _Attempt(self, call, work, tell)
        self._untold.add(attempt)
        self._tasks.add(attempt.task)
        attempt.task.add_done_callback(self._tasks.discard)
        return attempt.stop

    def over(self, attempt: _Attempt) -> None:
        """Forget one that is told, or that nobody is told of."""
        self._untold.discard(attempt)
        if self._quiet is not None and not self._untold:
            self._quiet.set_result(None)
            self._quiet = None

    async def all_told(self) -> None:
        """Wait until none is under way."""
        if self._untold:
            self._quiet = self._quiet or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._quiet)

    def stop(self) -> None:
        """Stop all, and tell nobody."""
        for attempt in list(self._untold):
            attempt.stop()

    async def ended(self) -> None:
        """Wait until what is stopped has ended, or had its time to."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)


class _Attempt:
    """One of them."""

    __slots__ = ("_alarm", "_all", "_call", "_late", "_tell", "task")

    def __init__(self, all_: Attempts, call: Call, work: Coroutine[Any, Any, Data], tell: Callable[[Data], object]) -> None:
        loop = asyncio.get_running_loop()
        self._all, self._call, self._late = all_, call, False
        self._tell: Callable[[Data], object] | None = tell
        self.task = loop.create_task(work)
        self.task.add_done_callback(self._ended)
        self._alarm = loop.call_later(call.timeout, self._time_is_over)

    def _ended(self, task: asyncio.Task[Data]) -> None:
        if not task.cancelled():
            data = task.result()
            self._over(timed_out(self._call.timeout) if self._late and not data["ok"] else data)
        elif self._late:
            self._over(timed_out(self._call.timeout))
        else:  # by whoever ends the loop: what an action raises itself is an answer
            self.stop()

    def _time_is_over(self) -> None:
        self._late = True
        self.task.cancel()
        self._alarm = self.task.get_loop().call_later(GRACE, self._goes_on)

    def _goes_on(self) -> None:
        _log.warning("action %s goes on after its time: it does not let itself be cancelled", self._call.action)
        self._over(timed_out(self._call.timeout))

    def _over(self, data: Data) -> None:
        tell = self._tell
        if tell is not None:
            self._forget()
            tell(data)

    def stop(self) -> None:
        """Stop it, and tell nobody."""
        self._forget()
        self.task.cancel()

    def _forget(self) -> None:
        self._tell = None
        self._alarm.cancel()
        self._all.over(self)
