"""An engine on a loop and a thread of its own, with blocking methods, for programs that are not asynchronous."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from datetime import datetime

    from ecomflow.model import Run
    from ecomflow.runtime.base import Explanation, Receipt
    from ecomflow.runtime.embedded import Engine


class EngineThread:
    """The blocking face of an engine; safe to use from any thread.

    Args:
        engine: one that is not started.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="ecomflow", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._do(self._engine.__aenter__())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            self._do(self._engine.close())
        finally:
            self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @property
    def is_engine(self) -> bool:
        """Whether this process is the engine."""
        return self._engine.is_engine

    def emit(
        self, type: str, data: dict[str, Any] | bytes, *, id: str | None = None, source: str = "app", subject: str | None = None,
        time: datetime | None = None,
    ) -> Receipt:  # fmt: skip
        """Put an event in; see :meth:`Engine.emit`."""
        receipt: Receipt = self._do(self._engine.emit(type, data, id=id, source=source, subject=subject, time=time))
        return receipt

    def start_workflow(
        self, workflow: str, data: dict[str, Any] | None = None, *, force: bool = False, id: str | None = None,
        subject: str | None = None, by: str = "",
    ) -> Receipt:  # fmt: skip
        """Start a workflow by hand; see :meth:`Engine.start_workflow`."""
        receipt: Receipt = self._do(self._engine.start_workflow(workflow, data, force=force, id=id, subject=subject, by=by))
        return receipt

    def decided(self, receipt: Any, timeout: float = 5.0) -> Receipt:
        """Wait for the decisions of a client's receipt."""
        decided: Receipt = self._do(receipt.decided(timeout)) if hasattr(receipt, "decided") else receipt
        return decided

    def wait(self, run_id: str, timeout: float = 30.0) -> Run:
        """Wait until a run has ended; see :meth:`Engine.wait`."""
        run: Run = self._do(self._engine.wait(run_id, timeout))
        return run

    def run(self, run_id: str) -> Run:
        """Return a run with its story."""
        run: Run = self._do(self._engine.run(run_id))
        return run

    def runs(self, workflow: str | None = None, subject: str | None = None, status: str | None = None) -> Iterator[Run]:
        """Return runs in order of start."""

        async def collect() -> list[Run]:
            return [run async for run in self._engine.runs(workflow, subject, status)]

        return iter(self._do(collect()))

    def cancel(self, run_id: str, reason: str = "", by: str = "") -> None:
        """End a run as cancelled."""
        self._do(self._engine.cancel(run_id, reason, by))

    def decide(self, run_id: str, *, approved: bool, by: str, comment: str = "") -> None:
        """Decide the approval that a run asks for."""
        self._do(self._engine.decide(run_id, approved=approved, by=by, comment=comment))

    def retry(self, run_id: str, from_step: str | None = None, by: str = "") -> None:
        """Let a failed or blocked run go on."""
        self._do(self._engine.retry(run_id, from_step, by))

    def skip(self, run_id: str, result: Any = None, by: str = "") -> None:
        """Settle a call in doubt with a result."""
        self._do(self._engine.skip(run_id, result, by))

    def pause(self, workflow: str | None = None, by: str = "") -> None:
        """Pause a workflow, or all."""
        self._do(self._engine.pause(workflow, by))

    def resume(self, workflow: str | None = None, by: str = "") -> None:
        """Resume a workflow, or all."""
        self._do(self._engine.resume(workflow, by))

    def deploy(self, how: str = "keep") -> list[str]:
        """Read the files again and make them current."""
        changed: list[str] = self._do(self._engine.deploy(how))
        return changed

    def why(self, event_id: str, workflow: str | None = None) -> list[Explanation]:
        """Explain what became of an event."""
        found: list[Explanation] = self._do(self._engine.why(event_id, workflow))
        return found
