"""What must be true of a store whatever has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.model import RunStatus
from ecomflow.runtime.loading import Loader

if TYPE_CHECKING:
    from ecomflow.runtime.simulated import SimulatedRuntime


class Ledger:
    """Remembers what was true, and holds the store against it.

    Args:
        runtime: whose store is looked at.
    """

    def __init__(self, runtime: SimulatedRuntime) -> None:
        self._runtime = runtime
        self._journal: dict[tuple[int, int], Any] = {}
        self.acknowledged: set[str] = set()

    def check(self) -> None:
        """Check everything that holds at every moment."""
        self._only_grows()
        self._nothing_acknowledged_is_lost()
        self._each_wait_is_served_once()
        self._journals_give_the_runs()
        self._calls_are_told_once()

    def _rows(self, sql: str) -> list[Any]:
        return list(self._runtime._store.db.execute(sql))

    def _only_grows(self) -> None:
        now = {(row[0], row[1]): row[2:] for row in self._rows("select run, seq, at, kind, path, data, trail, closed from journal")}
        for key, row in self._journal.items():
            assert now.get(key) == row, f"entry {key} was {row}, is {now.get(key)}"
        self._journal = now

    def _nothing_acknowledged_is_lost(self) -> None:
        kept = {row[0] for row in self._rows("select id from event")}
        assert self.acknowledged <= kept, f"acknowledged and lost: {self.acknowledged - kept}"

    def _each_wait_is_served_once(self) -> None:
        twice = self._rows(
            "select run, path from journal where kind = 'timer' and (run, path) not in"
            " (select run, path from journal where kind in ('attempt', 'late')) group by run, path having count(*) > 1"
        )
        # Reminders come again and again; each is an event of its own, which comes once.
        asking = {(run, key.split("/", 2)[2].partition("/approval.")[0].rpartition("/")[0]) for run, key in self._rows(
            "select cause, id from event where type = 'approval.requested'"
        )}  # fmt: skip
        assert set(twice) <= asking, f"waits that were served twice: {set(twice) - asking}"

    def _journals_give_the_runs(self) -> None:
        kernel = self._runtime.kernel
        loader = Loader(kernel.store, kernel.definitions, kernel.events)
        for n, status in self._rows("select n, status from run order by n"):
            run = loader.load(n)
            if not self._rows(f"select 1 from journal where run = {n}"):
                continue
            assert run.machine.status == status, f"run {n} is {status}, its journal says {run.machine.status}"
            if not RunStatus(status).ended:
                self._waits_are_stored(n, run.machine)

    def _calls_are_told_once(self) -> None:
        twice = self._rows("select run, path from journal where kind = 'child' group by run, path having count(*) > 1")
        assert twice == [], f"calls whose end was told twice: {twice}"
        ended = ", ".join(f"'{status}'" for status in RunStatus if status.ended)
        lost = self._rows(
            "select c.run, c.path, c.state from child c join run r on r.n = c.child where c.state in ('open', 'unwanted')"
            f" and r.status in ({ended})"
        )
        assert lost == [], f"calls that have ended and do not know it: {lost}"
        orphans = self._rows(
            "select c.child from child c join run r on r.n = c.child join run p on p.n = c.run"
            f" where p.status in ({ended}) and r.status not in ({ended})"
        )
        assert orphans == [], f"runs that outlive their callers: {orphans}"

    def _waits_are_stored(self, n: int, machine: Any) -> None:
        # A blocked run has taken what its other branches wait for, and acts on it once the doubt is settled.
        blocked = machine.status is RunStatus.BLOCKED
        asked = {w.path for w in machine.pending if w.due is not None and w.kind != "person" and not blocked}
        stored = {row[0] for row in self._rows(f"select path from timer where run = {n}")}
        assert asked <= stored, f"run {n} waits at {asked}, the store has timers for {stored}"
        live = self._runtime.kernel.runs.live.get(n)
        if live is not None:
            assert _told(live.machine) == _told(machine), f"run {n} in memory differs from its journal"


def _told(machine: Any) -> Any:
    calls = sorted((a.path, a.key, a.attempt, str(a.params)) for a in machine.in_flight)
    return machine.status, calls, sorted((w.kind, w.path, str(w.due)) for w in machine.pending)


def check_ends(runtime: SimulatedRuntime) -> None:
    """Check, after all time has passed, that each run has ended or waits for what may still come."""
    for run in runtime.runs():
        if run.status.ended:
            continue
        pending = runtime._reader.run(run.id).waiting_for
        waits = run.status is RunStatus.BLOCKED or run.status is RunStatus.QUEUED or pending
        assert waits, f"{run.id} of {run.workflow} is {run.status} and waits for nothing"
        assert not any(w.kind == "action" for w in pending) or run.status is RunStatus.BLOCKED, f"{run.id} waits for a call that nobody makes"
