"""An engine on a loop and a thread of its own, with blocking methods, for programs that are not asynchronous."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from ecomflow.errors import StoreError
from ecomflow.runtime.home import FORKED

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from ecomflow.model import Decision, Run
    from ecomflow.runtime.base import Erasure, Explanation, OlderRun, Receipt
    from ecomflow.runtime.embedded import Engine


@dataclass(slots=True)
class PlainReceipt:
    """A receipt for code that is not asynchronous; its fields are those of any receipt."""

    event_id: str
    duplicate: bool | None
    decisions: Sequence[Decision]
    _receipt: Receipt = field(repr=False, compare=False)
    _thread: EngineThread = field(repr=False, compare=False)

    def decided(self, timeout: float = 5.0) -> PlainReceipt:
        """Wait until the engine has decided the event; at once where this process is the engine.

        Args:
            timeout: seconds.

        Returns:
            This receipt, with ``duplicate`` and ``decisions``.

        Raises:
            TimeoutError: no engine has decided it in that time; the event is kept.
        """
        return self._thread.decided(self, timeout)


class EngineThread:
    """The blocking face of an engine; safe to use from any thread.

    Args:
        engine: one that is not started.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event
        self._lock = threading.Lock()
        self._pid = 0

    # --- opening and closing ---

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.close()

    def start(self) -> Self:
        """Open, for a program without a fitting ``with`` block; what is still open at the program's end is closed then.

        Raises:
            StoreError: it is open already, or cannot be opened.
        """
        if self._thread is not None:
            raise StoreError("the engine is open already")
        opened, end, loop = _Asked(), asyncio.Event(), asyncio.new_event_loop()
        self._pid, self._loop, self._end = os.getpid(), loop, end
        self._thread = threading.Thread(target=_run, args=(loop, self._live(opened, end)), name="ecomflow", daemon=True)
        self._thread.start()
        atexit.register(self.close)
        try:
            opened.wait()
            opened.result()
        except BaseException:
            self.close()
            raise
        return self

    async def _live(self, opened: _Asked, end: asyncio.Event) -> None:
        opened.answered(*await _told(self._engine.__aenter__))
        await end.wait()

    def close(self, drain: float = 10.0) -> None:
        """Stop; actions under way get ``drain`` seconds. One that is closed already stays closed."""
        atexit.unregister(self.close)
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None or os.getpid() != self._pid:
            return
        try:
            closing = self._ask(partial(self._engine.close, drain))
            closing.wait()
            closing.result()
        finally:
            self._loop.call_soon_threadsafe(self._end.set)
            thread.join()

    def _do(self, method: Callable[..., Coroutine[Any, Any, Any]], *values: Any, **named: Any) -> Any:
        call = partial(method, *values, **named)
        with self._lock:
            refused = self._why_not()
            if refused:
                raise StoreError(refused)
            asked = self._ask(call)
        try:
            asked.wait()
        except BaseException:
            self._loop.call_soon_threadsafe(asked.cancel)
            raise
        return asked.result()

    def _ask(self, call: Callable[[], Coroutine[Any, Any, Any]]) -> _Asked:
        asked = _Asked()
        self._loop.call_soon_threadsafe(asked.begin, call)
        return asked

    def _why_not(self) -> str:
        if self._thread is None:
            return "the engine is not open"
        if os.getpid() != self._pid:
            return FORKED
        if self._thread is threading.current_thread():
            return "this is the engine's own thread, which cannot wait for itself: an async action uses no blocking engine"
        return ""

    # --- the methods of an engine ---

    @property
    def is_engine(self) -> bool:
        """Whether this process is the engine."""
        return self._engine.is_engine

    @property
    def failed(self) -> BaseException | None:
        """Why the engine has stopped by itself; see :attr:`Engine.failed`."""
        return self._engine.failed

    @property
    def store_path(self) -> Path:
        """The store's file."""
        return self._engine.store_path

    def emit(
        self, type: str, data: dict[str, Any] | bytes, *, id: str | None = None, source: str = "app", subject: str | None = None,
        time: datetime | None = None,
    ) -> PlainReceipt:  # fmt: skip
        """Put an event in; see :meth:`Engine.emit`."""
        return self._plain(self._do(self._engine.emit, type, data, id=id, source=source, subject=subject, time=time))

    def start_workflow(
        self, workflow: str, data: dict[str, Any] | None = None, *, force: bool = False, id: str | None = None,
        subject: str | None = None, by: str = "",
    ) -> PlainReceipt:  # fmt: skip
        """Start a workflow by hand; see :meth:`Engine.start_workflow`."""
        return self._plain(self._do(self._engine.start_workflow, workflow, data, force=force, id=id, subject=subject, by=by))

    def _plain(self, receipt: Receipt) -> PlainReceipt:
        return PlainReceipt(receipt.event_id, receipt.duplicate, receipt.decisions, receipt, self)

    def decided(self, receipt: PlainReceipt, timeout: float = 5.0) -> PlainReceipt:
        """Wait for the decisions of a receipt; the same as its own ``decided``."""
        found: Receipt = self._do(receipt._receipt.decided, timeout)  # noqa: SLF001 its other half
        receipt.duplicate, receipt.decisions = found.duplicate, found.decisions
        return receipt

    def wait(self, run_id: str, timeout: float = 30.0) -> Run:
        """Wait until a run has ended; see :meth:`Engine.wait`."""
        run: Run = self._do(self._engine.wait, run_id, timeout)
        return run

    def ended(self, run_id: str, timeout: float = 30.0) -> bool:
        """Wait until a run has ended, and return whether it has."""
        ended: bool = self._do(self._engine.ended, run_id, timeout)
        return ended

    def run(self, run_id: str) -> Run:
        """Return a run with its story."""
        run: Run = self._do(self._engine.run, run_id)
        return run

    def runs(
        self, workflow: str | None = None, subject: str | None = None, status: str | None = None, *, newest: int | None = None
    ) -> Iterator[Run]:
        """Return runs in order of start, or only so many of the newest; see :meth:`Engine.runs`."""

        async def collect() -> list[Run]:
            return [run async for run in self._engine.runs(workflow, subject, status, newest=newest)]

        return iter(self._do(collect))

    def cancel(self, run_id: str, reason: str = "", by: str = "") -> None:
        """End a run as cancelled."""
        self._do(self._engine.cancel, run_id, reason, by)

    def decide(self, run_id: str, *, approved: bool, by: str, comment: str = "") -> None:
        """Decide the approval that a run asks for."""
        self._do(self._engine.decide, run_id, approved=approved, by=by, comment=comment)

    def retry(self, run_id: str, from_step: str | None = None, by: str = "") -> None:
        """Let a failed or blocked run go on."""
        self._do(self._engine.retry, run_id, from_step, by)

    def retry_all(self, run_ids: Iterable[str], from_step: str | None = None, by: str = "") -> dict[str, str]:
        """Retry many runs; see :meth:`Engine.retry_all`."""
        told: dict[str, str] = self._do(self._engine.retry_all, run_ids, from_step, by)
        return told

    def retry_event(self, event_id: str, by: str = "") -> list[Decision]:
        """Decide an event again; see :meth:`Engine.retry_event`."""
        decisions: list[Decision] = self._do(self._engine.retry_event, event_id, by)
        return decisions

    def skip(self, run_id: str, result: Any = None, by: str = "") -> None:
        """Settle a call in doubt with a result."""
        self._do(self._engine.skip, run_id, result, by)

    def pause(self, workflow: str | None = None, by: str = "", *, connection: str | None = None) -> None:
        """Pause a workflow, or all; or, with ``connection``, the requests to that one."""
        self._do(self._engine.pause, workflow, by, connection=connection)

    def resume(self, workflow: str | None = None, by: str = "", *, connection: str | None = None, adopt: bool = False) -> None:
        """Resume a workflow, or all; or a connection; or adopt a copied store; see :meth:`Engine.resume`."""
        self._do(self._engine.resume, workflow, by, connection=connection, adopt=adopt)

    def accept_time(self, by: str = "") -> None:
        """Take the machine's time for the right one after its clock has jumped; see :meth:`Engine.accept_time`."""
        self._do(self._engine.accept_time, by)

    def deploy(self, how: str = "keep", by: str = "", *, timeout: float = 60.0) -> list[str]:
        """Read the files again and make them current; see :meth:`Engine.deploy`."""
        changed: list[str] = self._do(self._engine.deploy, how, by, timeout=timeout)
        return changed

    def older_runs(self) -> list[OlderRun]:
        """Return the open runs of versions that are no longer current; see :meth:`Engine.older_runs`."""
        found: list[OlderRun] = self._do(self._engine.older_runs)
        return found

    def prune(self, keep: timedelta | None = None, by: str = "") -> None:
        """Begin to drop what is over; see :meth:`Engine.prune`."""
        self._do(self._engine.prune, keep, by)
    def erase(
        self, subject: str, *, also: Iterable[str] = (), by: str = "", dry_run: bool = False, timeout: float = 30.0
    ) -> Erasure:  # fmt: skip
        """Take somebody out of all that the shop keeps; see :meth:`Engine.erase`."""
        erased: Erasure = self._do(self._engine.erase, subject, also=also, by=by, dry_run=dry_run, timeout=timeout)
        return erased

    def why(self, event_id: str, workflow: str | None = None) -> list[Explanation]:
        """Explain what became of an event."""
        found: list[Explanation] = self._do(self._engine.why, event_id, workflow)
        return found


def _run(loop: asyncio.AbstractEventLoop, life: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(life)


class _Asked:
    """A call on the loop that another thread waits for.

    Who waits may be interrupted at any instruction. So the coroutine is made on the loop, where none is left behind, and the two
    threads share one lock that the loop never takes: those of :mod:`concurrent.futures` can stay taken for ever by a thread that
    was interrupted while it took them, and stop the loop.
    """

    __slots__ = ("_answer", "_done", "_work")

    def __init__(self) -> None:
        self._answer: tuple[Any, BaseException | None] | None = None
        self._work: asyncio.Task[None] | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def begin(self, call: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Begin, on the loop."""
        self._work = asyncio.get_running_loop().create_task(self._serve(call))
        self._work.add_done_callback(self._ended)

    async def _serve(self, call: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self.answered(*await _told(call))

    def _ended(self, work: asyncio.Task[None]) -> None:
        if work.cancelled():
            self.answered(None, StoreError("the engine has been closed"))

    def answered(self, value: Any, error: BaseException | None) -> None:
        """Give the answer, on the loop."""
        self._answer = value, error
        self._done.release()

    def cancel(self) -> None:
        """Give up, on the loop: nobody waits any more."""
        if self._work is not None:
            self._work.cancel()

    def wait(self) -> None:
        """Wait for the answer, in the other thread."""
        if self._answer is None:
            self._done.acquire()

    def result(self) -> Any:
        """Return or raise the answer that has come."""
        assert self._answer is not None
        value, error = self._answer
        if error is not None:
            raise error
        return value


async def _told(call: Callable[[], Coroutine[Any, Any, Any]]) -> tuple[Any, BaseException | None]:
    try:
        return await call(), None
    except Exception as error:  # noqa: BLE001 it is raised for who asked
        return None, error
