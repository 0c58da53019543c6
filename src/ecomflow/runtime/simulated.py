"""The simulated runtime: the kernel of the engine on a virtual clock, with actions that are answered at once or in virtual time."""

from __future__ import annotations

from heapq import heappop, heappush
from random import Random
from typing import TYPE_CHECKING, Any

from ecomflow.runtime.accept import make_event
from ecomflow.runtime.clock import SECOND, to_micros, to_moment
from ecomflow.runtime.kernel import Kernel
from ecomflow.runtime.reading import Reader
from ecomflow.store import Lease, Store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ecomflow.language import Project
    from ecomflow.model import Catalog, Run
    from ecomflow.runtime.base import Answer, Call, DecisionRecord, Explanation, Performer, Receipt

_ROUNDS = 1_000_000
"""Turns that one step of time may take before the simulation is taken to go round in circles."""


class SimulatedRuntime:
    """A whole engine in virtual time.

    Args:
        project: the files.
        start: the first moment.
        performer: who answers actions.
        catalog: what is installed.
        path: the store's file; in memory by default.
        seed: of run ids.
        secrets: registered secrets.
        kept: how many runs stay in memory while they wait; others are brought back when they go on, as in the engine.
    """

    def __init__(
        self, project: Project, *, start: datetime, performer: Performer, catalog: Catalog, path: str = ":memory:",
        seed: int = 0, secrets: Iterable[str] = (), kept: int = 0,
    ) -> None:  # fmt: skip
        self._project, self._performer, self._catalog = project, performer, catalog
        self._random, self._secrets = Random(seed), tuple(secrets)  # noqa: S311 ids of a simulation
        self._micros, self._kept = to_micros(start), kept
        self._store = Store(path, project.shop)
        self._answers: list[tuple[int, int, Call, dict[str, Any]]] = []
        self._count = 0
        self._open()

    def _open(self) -> None:
        self._lease = Lease(self._store, f"simulation-{self._count}")
        self._lease.take(self._micros)
        self.kernel = Kernel(
            self._store, self._catalog, clock=lambda: self._micros, suffix=self._suffix, secrets=self._secrets,
            lease=self._lease,
        )  # fmt: skip
        self.kernel.runs.staying.others = self._kept
        self.kernel.open(self._project)
        self._drain()

    def _suffix(self) -> str:
        return f"{self._random.getrandbits(64):013x}"

    # --- time ---

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return to_moment(self._micros)

    def advance(self, to: datetime) -> None:
        """Let time pass until ``to``; what is due at that moment is done, too."""
        end = to_micros(to)
        self._drain()
        while (due := self._next()) is not None and due <= end:
            self._micros = max(self._micros, due)
            self._drain()
        self._micros = max(self._micros, end)

    def _next(self) -> int | None:
        fire = self.kernel.next_fire
        if not self._answers:
            return fire
        answer = self._answers[0][0]
        return answer if fire is None else min(fire, answer)

    def _drain(self) -> None:
        for _ in range(_ROUNDS):
            self._perform()
            if not self._step():
                return
        raise RuntimeError(f"the simulation makes no progress at {self.now.isoformat()}")

    def _perform(self) -> None:
        self.kernel.ended.clear()
        for call in self.kernel.take_calls():
            self._count += 1
            data, takes = self._within(call, self._performer.perform(call))
            heappush(self._answers, (self._micros + int(takes * SECOND), self._count, call, data))

    @staticmethod
    def _within(call: Call, answer: Answer) -> tuple[dict[str, Any], float]:
        if answer.takes <= call.timeout:
            return dict(answer.data), answer.takes
        return timed_out(call.timeout), call.timeout

    def _step(self) -> bool:
        fire = self.kernel.next_fire
        if fire is not None and fire <= self._micros:
            self.kernel.turn([])
            return True
        if self.kernel.migrating.has_step:
            self.kernel.do(self.kernel.migrating.portion)
            return True
        if self._answers and self._answers[0][0] <= self._micros:
            _, _, call, data = heappop(self._answers)
            self.kernel.do(lambda: self.kernel.answered(call, data))
            return True
        return False

    # --- what comes from outside ---

    def emit(
        self, type: str, data: dict[str, Any], *, id: str | None = None, source: str = "test", subject: str | None = None,
        time: datetime | None = None,
    ) -> Receipt:  # fmt: skip
        """Let an event arrive now; return what became of it after everything due now is done."""
        self._drain()
        self._count += 1
        event, raw = make_event(
            type, data, id_=id or f"event-{self._count}", source=source, now=self.now, subject=subject, time=time,
            skim=self.kernel.ingest.skim,
        )  # fmt: skip
        receipt: Receipt = self.kernel.do(self.kernel.taking(event, raw))
        self._drain()
        return receipt

    def start_workflow(
        self, workflow: str, data: dict[str, Any] | None = None, *, force: bool = False, id: str | None = None, subject: str | None = None
    ) -> Receipt:
        """Start a workflow by hand; return what became of it after everything due now is done."""
        self._count += 1
        id_ = id or f"start-{self._count}"
        receipt: Receipt = self._ask(
            lambda: self.kernel.ingest.start_by_hand(workflow, data or {}, id_=id_, subject=subject, force=force)
        )
        return receipt

    def _ask(self, unit: Any) -> Any:
        self._drain()
        value = self.kernel.do(unit)
        self._drain()
        return value

    def cancel(self, run_id: str, reason: str = "", by: str = "") -> None:
        """End a run as cancelled."""
        self._ask(lambda: self.kernel.people.cancel(run_id, reason, by))

    def decide(self, run_id: str, *, approved: bool, by: str, comment: str = "") -> None:
        """Decide the approval that a run asks for."""
        self._ask(lambda: self.kernel.people.decide(run_id, approved=approved, by=by, comment=comment))

    def retry(self, run_id: str, from_step: str | None = None, by: str = "") -> None:
        """Let a failed or blocked run go on."""
        self._ask(lambda: self.kernel.people.retry(run_id, from_step, by))

    def skip(self, run_id: str, result: Any, by: str = "") -> None:
        """Settle a call in doubt with a result."""
        self._ask(lambda: self.kernel.people.skip(run_id, result, by))

    def pause(self, workflow: str | None = None, *, connection: str | None = None) -> None:
        """Pause a workflow, or all; or, with ``connection``, the requests to that one."""
        self._ask(lambda: self.kernel.pause(workflow, connection=connection))

    def resume(self, workflow: str | None = None, *, connection: str | None = None) -> None:
        """Resume a workflow, or all; or, with ``connection``, the requests to that one."""
        self._ask(lambda: self.kernel.resume(workflow, connection=connection))

    def deploy(self, project: Project, how: str = "keep") -> None:
        """Make other files current."""
        self._project = project
        self._ask(lambda: self.kernel.deploy(project, how))

    def restart(self, down: float = 0.0) -> None:
        """Let the process die now, and come back ``down`` seconds later; calls in flight never answer."""
        self._drain()
        self._store.begin()
        self._lease.renew(self._micros)
        self._store.commit()
        self._lease.free()
        self._answers.clear()
        self._micros += int(down * SECOND)
        self._count += 1
        self._open()

    # --- looking ---

    def runs(self) -> list[Run]:
        """Return all runs, in order of start."""
        return list(self._reader.runs())

    def run(self, run_id: str) -> Run:
        """Return a run with its story."""
        return self._reader.run(run_id)

    def decisions(self) -> list[DecisionRecord]:
        """Return all decisions, in their order."""
        return self._reader.decisions()

    def why(self, event_id: str, workflow: str | None = None) -> list[Explanation]:
        """Explain what became of an event, for one workflow or all that listen to it."""
        return self._reader.why(event_id, workflow)

    @property
    def _reader(self) -> Reader:
        return Reader(self._store, self.kernel.definitions, self.kernel.events)

    def close(self) -> None:
        """Close the store."""
        self._store.close()


def timed_out(timeout: float) -> dict[str, Any]:
    """Return the data of an attempt that ran out of time: in doubt for every effect (R:P9)."""
    return {"ok": False, "class": "in_doubt", "type": "timeout", "message": f"no answer within {timeout:g} s"}
