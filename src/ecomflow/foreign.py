"""Calls of a plugin's functions, kept from harming whoever calls: in a thread of their own, or watched on the loop."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from contextvars import copy_context
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import Permanent, Retryable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

_log = logging.getLogger("ecomflow.action")
HELD_SECONDS: Final = 1.0
"""How long a plugin's function may hold the loop before the log names it."""


def told(error: BaseException) -> Exception:
    """Return what a plugin's function raised as an error that harms nobody: no end of the process, of a loop or of a generator.

    Args:
        error: what was raised.
    """
    if isinstance(error, SystemExit):
        return Permanent("the action tried to end the process", type="SystemExit")
    if isinstance(error, Exception) and not isinstance(error, (StopIteration, StopAsyncIteration)):
        return error
    return Permanent(f"the action raised {type(error).__name__}: {error}", type=type(error).__name__)


async def in_thread(work: Callable[[], Any]) -> Any:
    """Call something in a thread of its own: none waits for another, and none that hangs keeps the program from ending.

    Args:
        work: what to call.

    Raises:
        Retryable: no thread could be started.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Any] = loop.create_future()

    def tell(value: Any, error: Exception | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(value)
        else:
            answer.set_exception(error)

    def run() -> None:
        value, error = None, None
        try:
            value = work()
        except BaseException as raised:  # noqa: BLE001 whatever it is, it belongs to who called
            error = told(raised)
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            loop.call_soon_threadsafe(tell, value, error)

    try:
        Thread(target=copy_context().run, args=(run,), name="ecomflow-action", daemon=True).start()
    except RuntimeError as error:
        raise Retryable(f"no thread could be started: {error}") from error
    return await answer


class LoopWatch:
    """Knows which plugin's function has the loop, and names in the log the one that does not give it back.

    Args:
        seconds: for how long one may hold the loop; 0 for a watch that looks at nothing.
    """

    def __init__(self, seconds: float = HELD_SECONDS) -> None:
        self._seconds = seconds
        self._current: tuple[str, float] | None = None
        self._closed = Event()
        self._thread: Thread | None = None

    def enter(self, name: str) -> None:
        """Note that a function has the loop from now on."""
        self._current = (name, monotonic())
        if self._thread is None and self._seconds:
            self._thread = Thread(target=self._look, name="ecomflow-watch", daemon=True)
            self._thread.start()

    def leave(self) -> None:
        """Note that it gave the loop back."""
        self._current = None

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def _look(self) -> None:
        named = None
        while not self._closed.wait(self._seconds):
            current = self._current
            if current is not None and current is not named and monotonic() - current[1] >= self._seconds:
                named = current
                _log.warning(_HOLDS, current[0])


_HOLDS: Final = (
    "%s holds the engine's loop, and everything waits for it: an `async def` must not block;"
    " make it a plain `def`, which has a thread of its own, or await what it waits for"
)


UNWATCHED: Final = LoopWatch(0)
"""For calls outside an engine: their loop waits for nobody else."""


class Watched:
    """A plugin's coroutine, to be awaited: a watch knows when it has the loop, and what it raises harms nobody.

    Args:
        coroutine: of an ``async def``.
        name: how the log names it.
        watch: who is told.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any], name: str, watch: LoopWatch) -> None:
        self._coroutine, self._name, self._watch = coroutine, name, watch

    def __await__(self) -> Generator[Any, Any, Any]:
        # What the loop throws in reaches the plugin; what comes out of it is told apart from what was meant for us.
        thrown: BaseException | None = None
        while True:
            try:
                waits = self._step(thrown)
            except StopIteration as ended:
                return ended.value
            try:
                yield waits
                thrown = None
            except GeneratorExit:
                with suppress(RuntimeError):  # it does not want to end
                    self._coroutine.close()
                raise
            except BaseException as error:  # noqa: BLE001 it is thrown on
                thrown = error

    def _step(self, thrown: BaseException | None) -> Any:
        self._watch.enter(self._name)
        try:
            return self._coroutine.send(None) if thrown is None else self._coroutine.throw(thrown)
        except StopIteration:
            raise
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            raise told(error) from error
        except BaseException as error:
            raise told(error) from error
        finally:
            self._watch.leave()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
