"""What people ask of runs: cancel, decide, retry, skip, each in one unit, each with who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode, encode
from ecomflow.core.journal import top_level, top_number
from ecomflow.errors import NotFoundError, RefusedError
from ecomflow.model import RunStatus
from ecomflow.runtime.record import number_of, split_run_id

if TYPE_CHECKING:
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.guard import SecretGuard
    from ecomflow.runtime.holding import Holding
    from ecomflow.runtime.record import LiveRun
    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store


class People:
    """Requests of people.

    Args:
        store: approvals and the audit.
        definitions: who may decide.
        runs: what they ask about.
        holding: entries for paused workflows wait.
        turn: the transaction being made.
        guard: finds secrets in what people give.
    """

    def __init__(
        self, store: Store, definitions: Definitions, runs: Runs, holding: Holding, turn: Turn, guard: SecretGuard
    ) -> None:
        self._guard = guard
        self._store, self._definitions, self._runs = store, definitions, runs
        self._holding, self._turn = holding, turn

    def run_number(self, run_id: str) -> int:
        """Return the number of a run.

        Raises:
            NotFoundError: no run has that id.
        """
        parts = split_run_id(run_id)
        row = None if parts is None else self._store.row("run", parts[0], self._store.shop)
        if parts is None or row is None or row[1] != parts[1]:
            raise NotFoundError(f"there is no run {run_id}")
        return parts[0]

    def open_number(self, run_id: str) -> int | None:
        """Return the number of a run that is open, or None where it has ended.

        Raises:
            NotFoundError: no run has that id.
        """
        try:
            live = self._runs.live.get(number_of(run_id))
        except ValueError:
            live = None
        if live is not None and live.id == run_id:
            return live.n
        n = self.run_number(run_id)
        return None if RunStatus(self._store.row("run", n, self._store.shop)[6]).ended else n

    def _open(self, run_id: str) -> LiveRun:
        run = self._runs.get(self.run_number(run_id))
        if run.status.ended:
            raise RefusedError(f"run {run_id} has ended: {run.status}")
        return run

    def cancel(self, run_id: str, reason: str, by: str) -> None:
        """End a run as cancelled.

        Raises:
            NotFoundError: no run has that id.
            RefusedError: it has ended, or the reason tells a secret.
        """
        self._refuse_secrets(reason)
        run = self._open(run_id)
        if self._holding.paused and self._holding.holds(run.workflow.name):
            self._hold(run, "end", "", encode({"how": "cancelled", "reason": reason or "cancelled"}))
        else:
            self._runs.end(run, "cancelled", reason or "cancelled")
        self._audit(by, "cancel", run.n, reason)

    def decide(self, run_id: str, *, approved: bool, by: str, comment: str) -> None:
        """Decide the oldest approval that a run asks for (R:P11); a refused decision is kept in the audit.

        Raises:
            NotFoundError: no run has that id.
            RefusedError: it asks for none, or not this person.
        """
        what, n = "approve" if approved else "reject", self.run_number(run_id)
        try:
            self._decide(run_id, {"approved": approved, "by": by, "comment": comment})
        except RefusedError as error:
            self._audit(by, f"{what} refused", n, str(error))
            raise
        self._audit(by, what, n, comment)

    def _decide(self, run_id: str, decision: dict[str, Any]) -> None:
        self._refuse_secrets(decision["comment"])
        run, by = self._open(run_id), decision["by"]
        row = self._store.row("approvals_of", self._store.shop, run.n)
        if row is None:
            raise RefusedError(f"run {run_id} asks for no decision")
        path, asked = row[0], decode(row[3].encode())
        if not self._may_decide(by, asked):
            who = f"{by} may not decide this" if by else "it is not said who decides this"
            raise RefusedError(f"{who}: it was asked of {', '.join(map(self._asked, asked))}")
        self._feed(run, "decision", path, decision)

    def _asked(self, name: str) -> str:
        people = self._definitions.people.get(name)
        return f"{name} ({', '.join(people)})" if people else name

    def _may_decide(self, by: str, asked: list[str]) -> bool:
        people = self._definitions.people
        return any(by in people[name] if name in people else by == name for name in asked)

    def retry(self, run_id: str, from_step: str | None, by: str) -> None:
        """Repeat a call in doubt under its key, or let a failed run go on (R:P8, P9).

        Raises:
            NotFoundError: no run has that id, or no step that name.
            RefusedError: the run is neither failed nor blocked by a call in doubt, or never reached the step.
        """
        run = self._runs.get(self.run_number(run_id))
        if run.status is RunStatus.BLOCKED and from_step is None:
            self._feed(run, "settle", self._in_doubt(run), {"how": "retry"})
        elif run.status is RunStatus.FAILED:
            if from_step is not None and top_level(run.workflow, from_step) is None:
                raise NotFoundError(f"{run.workflow.name} has no top-level step {from_step}")
            if self._holding.paused and self._holding.holds(run.workflow.name):
                raise RefusedError(f"{run.workflow.name} is paused: resume it before a retry")
            if not self._runs.may_begin(run.workflow, run.mode_key, run.group_key, (run.kind, run.subject)):
                raise RefusedError(f"another run of the same subject or group is open: run {run_id} cannot go on beside it")
            failed_at = self._runs.revive(run, from_step)
            if failed_at is not None:
                raise RefusedError(_unreached(run, from_step, failed_at))
        else:
            raise RefusedError(f"run {run_id} is {run.status}: only a failed or blocked run can be retried")
        self._audit(by, "retry", run.n, from_step or "")

    def skip(self, run_id: str, result: Any, by: str) -> None:
        """Settle a call in doubt with a result that a person gives.

        Raises:
            NotFoundError: no run has that id.
            RefusedError: no call of it is in doubt.
        """
        self._refuse_secrets(result)
        run = self._open(run_id)
        path = self._in_doubt(run)
        self._feed(run, "settle", path, {"how": "skip", "result": result})
        self._audit(by, "skip", run.n, path)

    @staticmethod
    def _in_doubt(run: LiveRun) -> str:
        path = run.machine.blocked_path
        if run.status is not RunStatus.BLOCKED or not path:
            raise RefusedError(f"run {run.id} is {run.status}: no call of it is in doubt")
        return path

    def _refuse_secrets(self, given: Any) -> None:
        # Before anything is written, the audit too.
        if self._guard.active and self._guard.tells(given):
            raise RefusedError("what was given contains a secret; secrets belong to connections")

    def _feed(self, run: LiveRun, kind: str, path: str, data: dict[str, Any]) -> None:
        kept = encode(data)
        if self._holding.paused and self._holding.holds(run.workflow.name):
            self._hold(run, kind, path, kept)
        else:
            self._runs.feed(run, kind, path, decode(kept), kept=kept)

    def _hold(self, run: LiveRun, kind: str, path: str, kept: bytes) -> None:
        if self._store.row("is_held_entry", self._store.shop, run.n, kind, path):
            raise RefusedError(f"run {run.id} is paused, and this was asked before; it counts at resume")
        self._holding.hold_entry(run.workflow.name, run.n, kind, path, kept)

    def still_asked(self, run: LiveRun, kind: str, path: str) -> bool:
        """Return whether a run still waits for what a person gave while it was paused."""
        if kind == "decision":
            return any(row[0] == path for row in self._store.rows("approvals_of", self._store.shop, run.n))
        return kind != "settle" or run.machine.blocked_path == path

    def _audit(self, who: str, what: str, n: int, detail: str) -> None:
        self._store.run("add_audit", self._store.shop, self._turn.now, who, what, n, detail)


def _unreached(run: LiveRun, from_step: str | None, failed_at: str) -> str:
    number = top_number(failed_at)
    actions = run.workflow.actions
    place = actions[number].id or actions[number].path if 0 <= number < len(actions) else failed_at
    failed = f"the run failed in `{place}`" if place else "the run failed in none of its steps"
    return f"`{from_step}` was not reached; {failed}" if from_step else f"run {run.id} cannot go on: {failed}"
