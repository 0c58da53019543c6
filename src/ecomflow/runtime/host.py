"""The engine on an event loop: units gathered into turns, actions called after their commits, timers, the inbox."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from ecomflow.errors import LeaseLostError, StoreError
from ecomflow.runtime.clock import SECOND
from ecomflow.runtime.ends import Ends
from ecomflow.runtime.erasures import carry_on
from ecomflow.runtime.letters import Letters
from ecomflow.runtime.moves import move_on
from ecomflow.runtime.replies import refuse, tell
from ecomflow.runtime.upkeep import ROWS
from ecomflow.runtime.wake import WakeSocket
from ecomflow.store import FAULTS, said
from ecomflow.store.lease import RENEW_SECONDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from pathlib import Path

    from ecomflow.language import Project
    from ecomflow.runtime.base import Call
    from ecomflow.runtime.hands import Hands
    from ecomflow.runtime.kernel import Kernel
    from ecomflow.store import Inbox, Letter

    Unit = Callable[[], Any]

_log = logging.getLogger("ecomflow")
_LOOK_SECONDS = 0.5
"""How often the inbox is looked at, for bells that were not heard."""

_MOST = 1000
"""Units of a turn: more would hold up whoever comes next."""

_UPKEEP_SECONDS = 5.0
_SMALL_STEP = 20
"""Rows of a step of upkeep while there is other work: it is in one commit with events."""

_RESTS = 10
"""While there is other work, upkeep rests for so many times as long as its last step took."""

_LONGEST_SLEEP = 3600.0


class Host:
    """Drives a kernel.

    Args:
        kernel: opened; used from this loop alone.
        hands: who calls actions.
        inbox: what clients leave; None where there are none.
        load: reads the project's files again.
        socket: where the bell is.
        heartbeat: seconds between two renewals of the lease.
    """

    def __init__(
        self, kernel: Kernel, hands: Hands, inbox: Inbox | None, load: Callable[[], Project],
        socket: Path | None = None, heartbeat: float = RENEW_SECONDS,
    ) -> None:  # fmt: skip
        self._heartbeat = heartbeat
        self.kernel, self.hands, self._inbox = kernel, hands, inbox
        self._letters = Letters(kernel, load)
        self._loop = asyncio.get_running_loop()
        self._queue: list[tuple[Unit, asyncio.Future[Any] | None]] = []
        self._done: list[tuple[asyncio.Future[Any] | None, Any, BaseException | None]] = []
        """What units gave whose consequences are not all done yet, of those that somebody waits for or that failed."""
        self._called = False
        """Whether the next turn comes by itself."""
        self._alarm: asyncio.TimerHandle | None = None
        self._ticks: list[asyncio.TimerHandle] = []
        self._next_upkeep: asyncio.TimerHandle | None = None
        self._keeping_up = False
        self._others = 0
        """Units since the last step of upkeep that somebody waits for, or that actions have caused."""
        self._ends = Ends(self._loop)
        self._socket_path = socket
        self._bell: WakeSocket | None = None
        self._looking = False
        self._answers: asyncio.Future[list[Any]] | None = None
        self._works: dict[str, asyncio.Task[None]] = {}
        """What goes on beside everything else, a unit at a time."""
        self.failed: BaseException | None = None
        """Why this engine has stopped by itself, such as a lost lease."""

    def start(self) -> None:
        """Begin: perform what the kernel found at its opening, serve timers, look into the inbox."""
        if self._socket_path is not None:
            self._bell = WakeSocket(self._socket_path, self.look)
            if self._bell.socket is not None:
                self._loop.add_reader(self._bell.socket, self._bell.read)
        self._after_turn()
        self.kernel.upkeep.asked = lambda: self._loop.call_soon(self._keep_up)
        self._tick(self._heartbeat, self.wake)
        if self._inbox is not None:
            self._tick(_LOOK_SECONDS, self.look)
            self._tick(_UPKEEP_SECONDS, self._keep_up)
            self.look()

    def _tick(self, seconds: float, what: Callable[[], None]) -> None:
        def again() -> None:
            if self.failed is None:
                what()
                self._ticks[place] = self._loop.call_later(seconds, again)

        place = len(self._ticks)
        self._ticks.append(self._loop.call_later(seconds, again))

    @property
    def goes_on(self) -> bool:
        """Whether this engine neither stops nor has stopped."""
        return self.failed is None and not self.kernel.draining

    @property
    def reads_inbox(self) -> bool:
        """Whether letters are being carried out that lie in the inbox still."""
        return self._looking

    @property
    def busy(self) -> bool:
        """Whether units wait for the next turn, or tasks are ready to go on."""
        return bool(self._queue) or self.kernel.behind

    @property
    def in_hand(self) -> int:
        """How many calls are under way, and works beside them."""
        return len(self.hands.attempts) + len(self._works)

    # --- upkeep ---

    def _keep_up(self) -> None:
        """Put a step of upkeep into the next turn, a small one where there is other work; the next follows where there is more to do."""
        if self._keeping_up or self.failed is not None or self.kernel.draining:
            return
        self._keeping_up = True
        if self._next_upkeep is not None:
            self._next_upkeep.cancel()
        busy, self._others = bool(self._others or self.in_hand), 0
        step = self.submit(partial(self._upkeep_step, busy=busy))
        self._others -= 1
        step.add_done_callback(self._kept_up)

    def _upkeep_step(self, *, busy: bool) -> float | None:
        """Do a step; return after how many seconds the next is due, None where there is nothing more to do."""
        began = self._loop.time()
        more = self.kernel.upkeep.step(_SMALL_STEP if busy else ROWS)
        return (_RESTS * (self._loop.time() - began) if busy else 0.0) if more else None

    def _kept_up(self, step: asyncio.Future[float | None]) -> None:
        self._keeping_up = False
        if step.cancelled():
            return
        error = step.exception()
        if not self.goes_on:
            return
        if error is not None:
            _log.error("a step of upkeep failed: %s", error)
        elif (rest := step.result()) is not None:
            self._next_upkeep = self._loop.call_later(rest, self._keep_up)

    def wake(self) -> None:
        """Make a turn, which serves timers that are due and renews the lease."""
        self._put(_nothing, None)

    # --- units ---

    def submit(self, unit: Unit) -> asyncio.Future[Any]:
        """Put a unit into the next turn; the future has what it gives, once it is durable."""
        future: asyncio.Future[Any] = self._loop.create_future()
        if self.failed is not None:
            future.set_exception(self.failed)
        elif self.kernel.draining:
            future.set_exception(StoreError("the engine is about to stop"))
        else:
            self._put(unit, future)
        return future

    async def request(self, kind: str, body: dict[str, Any]) -> Any:
        """Carry out a person's request of this process; errors are raised."""
        return await self.submit(lambda: self._letters.carry_out(kind, body))

    def _put(self, unit: Unit, future: asyncio.Future[Any] | None) -> None:
        if not self._called:
            self._soon()
        if unit is not _nothing:
            self._others += 1
        self._queue.append((unit, future))

    def _soon(self) -> None:
        self._called = True
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._called = False
        if self.failed is not None:
            return
        if self.kernel.draining and self.kernel.owes:
            self._turn_away()
        batch, self._queue = self._queue[:_MOST], self._queue[_MOST:]
        try:
            outcomes = self.kernel.some([unit for unit, _ in batch])
        except LeaseLostError as error:
            self._stop_for(error, batch)
            return
        asked = zip(batch, outcomes, strict=False)
        self._done += [(future, value, error) for (_, future), (value, error) in asked if future is not None or error is not None]
        self._queue[:0] = batch[len(outcomes) :]
        if not self.kernel.behind:
            self._tell_done()
        self._after_turn()
        if self.busy and not self._called:
            self._soon()

    def _turn_away(self) -> None:
        # What is left to do comes before them, and the next engine does it; answers are kept for that one, too.
        waiting = self._queue
        self._queue = [each for each in waiting if each[1] is None]
        refuse(waiting, StoreError("the engine is about to stop"))

    def _tell_done(self) -> None:
        done, self._done = self._done, []
        for future, value, failure in done:
            tell(future, value, failure)

    def _stop_for(self, error: BaseException, batch: list[tuple[Unit, asyncio.Future[Any] | None]]) -> None:
        _log.error("the engine stops: %s", error)
        self.failed = error
        self._tell_done()
        refuse([*batch, *self._queue], error)
        self._queue.clear()
        self._ends.fail(error)

    def _after_turn(self) -> None:
        for call in self.kernel.take_calls():
            self._start(call)
        for n in self.kernel.ended:
            self._ends.came(n)
        self.kernel.ended.clear()
        self._set_alarm()
        self._work()

    def _work(self) -> None:
        erasing, migrating = self.kernel.erasing, self.kernel.migrating
        if erasing.asked is not None and not erasing.waits:
            self._begin("erasing", lambda: carry_on(self, self._inbox))
        if migrating.has_step:
            self._begin("migrating", lambda: move_on(self))

    def _begin(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if name not in self._works and self.goes_on:
            task = self._works[name] = self._loop.create_task(work())
            task.add_done_callback(lambda _: self._worked(name))

    def _worked(self, name: str) -> None:
        del self._works[name]
        self._work()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        rest = self.kernel.rest
        if rest is not None:
            delay = min(max(rest / SECOND, 0.0), _LONGEST_SLEEP)
            self._alarm = self._loop.call_later(delay, self._ring_alarm)

    def _ring_alarm(self) -> None:
        self._alarm = None
        rest = self.kernel.rest
        if rest is not None and rest <= 0:
            self.wake()
        else:
            self._set_alarm()

    # --- actions ---

    def _start(self, call: Call) -> None:
        if self.hands.is_quick(call.action):
            self._answer(call, self.hands.call_quick(call))
        else:
            self.hands.begin(call, partial(self._answer, call))

    def _answer(self, call: Call, data: dict[str, Any]) -> None:
        if self.failed is None:
            self._put(partial(self.kernel.answered, call, data), None)

    # --- the inbox ---

    def look(self) -> None:
        """Carry out what clients have left."""
        if self._inbox is None or self.failed is not None or self._looking or self.kernel.draining:
            return
        letters = self._waiting_letters(self._inbox)
        if letters:
            self._looking = True
            futures = [self.submit(partial(self._letters.unit, letter)) for letter in letters]
            done = asyncio.gather(*futures, return_exceptions=True)
            done.add_done_callback(lambda found: self._drop(letters, found.result()))
            self._answers = done

    def _waiting_letters(self, inbox: Inbox) -> list[Letter]:
        try:
            return inbox.letters()
        except (StoreError, *FAULTS) as error:
            _log.error("the inbox cannot be read now, it is looked at again: %s", said(error))
            return []

    def _drop(self, letters: list[Letter], results: list[Any]) -> None:
        self._looking = False
        if self._inbox is None or self.failed is not None:
            return
        carried_out = []
        for letter, result in zip(letters, results, strict=True):
            if not isinstance(result, BaseException):
                carried_out.append(letter.n)
            elif not isinstance(result, (StoreError, *FAULTS, asyncio.CancelledError)):
                # What the store raises says nothing about the letter; whatever else does, must not come again and again.
                self._put(partial(self._letters.refuse, letter, result), None)
        try:
            self._inbox.done(carried_out)
        except (StoreError, *FAULTS) as error:
            # Each has its answer in the store: they are found again, passed over, and dropped when there is room.
            _log.error("letters cannot be dropped from the inbox now: %s", said(error))
            return
        if len(carried_out) == len(letters):
            self.look()

    # --- waiting and stopping ---

    def wait_for_end(self, n: int, timeout: float) -> Awaitable[bool]:
        """Wait until a run has ended, for at most so many seconds; return whether it has.

        Raises:
            StoreError: the engine has stopped.
        """
        if self.failed is not None:
            raise self.failed
        return self._ends.wait(n, timeout)

    async def stop(self, drain: float = 10.0) -> None:
        """Let what is in flight, or begun by turns meanwhile, finish for a while, then stop; the rest is in doubt at the next start.

        Args:
            drain: seconds.
        """
        self.kernel.draining = True
        with suppress(TimeoutError):
            async with asyncio.timeout(drain):
                while (self.in_hand or self.busy or self._looking) and self.failed is None:
                    await self._what_goes_on()
        while self._queue and self.failed is None:
            # Answers that came last; where the disk takes nothing, they are in doubt at the next start.
            self._flush()
        await self.kill()
        await self.hands.close()

    async def _what_goes_on(self) -> None:
        if self.hands.attempts:
            await self.hands.attempts.all_told()
        else:
            await (asyncio.wait(self._works.values()) if self._works else asyncio.sleep(0))

    async def kill(self) -> None:
        """Stop at once, as if the process had died."""
        if self.failed is None:
            self.failed = StoreError("the engine has been closed")
        refuse(self._queue, self.failed)
        self._queue.clear()
        self._tell_done()
        self._ends.fail(self.failed)
        for handle in (*self._ticks, self._alarm, self._next_upkeep):
            if handle is not None:
                handle.cancel()
        self.hands.attempts.stop()
        works = list(self._works.values())
        for task in works:
            task.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        if self._bell is not None:
            if self._bell.socket is not None:
                self._loop.remove_reader(self._bell.socket)
            self._bell.close()


def _nothing() -> None:
    """Make a turn without a unit of its own."""
