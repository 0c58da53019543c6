"""Plays a case on a runtime with virtual time, and gathers what was seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from ecomflow.errors import CaseError, NotFoundError, RefusedError
from ecomflow.model import Outcome, RunStatus
from ecomflow.testing.observed import Observed, SeenDecision
from ecomflow.testing.scenario import moment
from ecomflow.testing.values import seconds, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ecomflow.language.project import Project
    from ecomflow.model import Diagnostic, Run
    from ecomflow.runtime.base import DecisionRecord, Explanation, Receipt
    from ecomflow.testing.answers import FakedCall
    from ecomflow.testing.scenario import Given


class VirtualRuntime(Protocol):
    """A runtime whose time is virtual: the simulated one, and the embedded one under test."""

    @property
    def now(self) -> datetime: ...
    def emit(
        self,
        type: str,
        data: dict[str, Any],
        *,
        id: str | None = None,
        source: str = "test",
        subject: str | None = None,
        time: datetime | None = None,
    ) -> Receipt: ...
    def start_workflow(self, workflow: str, data: dict[str, Any] | None = None, *, force: bool = False) -> Receipt: ...
    def advance(self, to: datetime) -> None: ...
    def restart(self, down: float = 0.0) -> None: ...
    def deploy(self, project: Project, how: str = "keep") -> object: ...
    def pause(self, workflow: str | None) -> object: ...
    def resume(self, workflow: str | None) -> object: ...
    def cancel(self, run_id: str, reason: str = "", by: str = "") -> object: ...
    def decide(self, run_id: str, *, approved: bool, by: str, comment: str = "") -> object: ...
    def retry(self, run_id: str, from_step: str | None = None) -> object: ...
    def skip(self, run_id: str, result: Any) -> object: ...
    def runs(self) -> Sequence[Run]: ...
    def decisions(self) -> Sequence[DecisionRecord]: ...
    def why(self, event_id: str, workflow: str | None = None) -> Sequence[Explanation]: ...


class Folder(Protocol):
    """The project's files during a case."""

    def deploy(self, body: Any) -> Project:
        """Change the files as the entry says and return the project as it is then."""

    @property
    def faults(self) -> Sequence[Diagnostic]:
        """What was wrong with the files, over all that were loaded."""


class Player:
    """Plays entries in order; each is drained by the runtime before the next.

    Args:
        runtime: at the start of the case.
        folder: the files, for entries that change them.
    """

    def __init__(self, runtime: VirtualRuntime, folder: Folder) -> None:
        self._runtime, self._folder = runtime, folder
        self._start = runtime.now
        self._events: dict[str, datetime] = {}
        self._notes: list[str] = []
        self._edited: Project | None = None

    def play(self, given: Sequence[Given]) -> None:
        """Play a whole case.

        Args:
            given: its entries.

        Raises:
            CaseError: an entry cannot be played.
        """
        for entry in given:
            self._go_to(entry)
            _PLAYS[entry.kind](self, entry)
        self._runtime.advance(self._runtime.now)

    def _go_to(self, entry: Given) -> None:
        if entry.at is None:
            return
        at = self._start + timedelta(seconds=entry.at)
        if at < self._runtime.now:
            since = span((self._runtime.now - self._start).total_seconds())
            raise CaseError(f"entries stand in order of time: at {span(entry.at)} the case is already at {since}")
        self._runtime.advance(at)

    def event(self, entry: Given) -> None:
        """Emit an event."""
        rest = dict(entry.rest)
        data = rest.pop("data", None) or {}
        if "time" in rest:
            rest["time"] = moment(rest["time"])
        arrived = self._runtime.now
        self._events.setdefault(self._runtime.emit(entry.body, data, **rest).event_id, arrived)

    def run(self, entry: Given) -> None:
        """Start a workflow by hand; that nothing can is noted, for it may be what is tested."""
        arrived = self._runtime.now
        try:
            receipt = self._runtime.start_workflow(str(entry.body), entry.rest.get("data"), force=bool(entry.rest.get("force")))
        except (RefusedError, NotFoundError) as error:
            self._note("run", str(error))
        else:
            self._events.setdefault(receipt.event_id, arrived)

    def advance(self, entry: Given) -> None:
        """Let time go on."""
        self._runtime.advance(self._runtime.now + timedelta(seconds=seconds(entry.body)))

    def restart(self, entry: Given) -> None:
        """Kill the process, and start it again."""
        self._runtime.restart(seconds(entry.rest.get("down", "0s")))
        edited, self._edited = self._edited, None
        if edited is not None and edited.deploy == "auto":
            self._runtime.deploy(edited, "keep")

    def deploy(self, entry: Given) -> None:
        """Make changed files current."""
        self._runtime.deploy(self._folder.deploy(entry.body), entry.rest.get("how", "keep"))

    def edit(self, entry: Given) -> None:
        """Change files with nobody deploying: they count when the project is opened again."""
        self._edited = self._folder.deploy(entry.body)

    def pause(self, entry: Given) -> None:
        """Pause a workflow, or all."""
        self._runtime.pause(entry.body.get("workflow"))

    def resume(self, entry: Given) -> None:
        """Resume a workflow, or all."""
        self._runtime.resume(entry.body.get("workflow"))

    def decide(self, entry: Given) -> None:
        """Decide the oldest approval that is open."""
        body = entry.body
        approved, by, comment = bool(body.get("approved")), str(body.get("by", "")), str(body.get("comment", ""))
        self._first(
            "decide", self._chosen(body, _is_open), lambda run: self._runtime.decide(run.id, approved=approved, by=by, comment=comment)
        )

    def cancel(self, entry: Given) -> None:
        """Cancel every open run of a workflow."""
        for run in self._chosen(entry.body, _is_open):
            self._first("cancel", [run], lambda run: self._runtime.cancel(run.id, entry.body.get("reason", "")))

    def retry(self, entry: Given) -> None:
        """Try the newest failed or blocked run again."""
        runs = self._chosen(entry.body, _is_stuck)[::-1]
        self._first("retry", runs, lambda run: self._runtime.retry(run.id, entry.body.get("from")))

    def skip(self, entry: Given) -> None:
        """Settle the newest blocked run with a result."""
        runs = self._chosen(entry.body, _is_stuck)[::-1]
        self._first("skip", runs, lambda run: self._runtime.skip(run.id, entry.body.get("result")))

    def _chosen(self, body: Mapping[str, Any], fits: Callable[[Run], bool]) -> list[Run]:
        workflow = body.get("workflow")
        return [run for run in self._runtime.runs() if workflow in (None, run.workflow) and fits(run)]

    def _first(self, what: str, runs: Sequence[Run], ask: Callable[[Run], object]) -> None:
        """Ask one run after another until one does not refuse; that none does is noted, for it may be what is tested."""
        refusal = "no such run"
        for run in runs:
            try:
                ask(run)
            except (RefusedError, NotFoundError) as error:
                refusal = str(error)
            else:
                return
        self._note(what, refusal)

    def _note(self, what: str, refusal: str) -> None:
        at = span((self._runtime.now - self._start).total_seconds())
        self._notes.append(f"{at} {what}: refused: {refusal}")

    def observed(self, calls: Sequence[FakedCall], *, ask: bool) -> Observed:
        """Return what was seen.

        Args:
            calls: what the performer wrote down.
            ask: whether to ask ``why`` of every event, which is what finds *not matched*.
        """
        decisions = list(self._decided())
        if ask:
            decisions += self._asked()
        return Observed(self._start, calls, decisions, self._runtime.runs(), self._folder.faults, self._notes)

    def _decided(self) -> Iterator[SeenDecision]:
        # Whether *not matched* is stored depends on the index (R:X6), so it is left to `why`.
        order = {event: number for number, event in enumerate(self._events)}
        for record in self._runtime.decisions():
            if record.outcome is Outcome.NOT_MATCHED:
                continue
            self._events.setdefault(record.event_id, record.at)
            number = order.setdefault(record.event_id, len(order))
            yield SeenDecision(record.at, number, record.event_type, record.workflow, record.outcome.value, record.reason)

    def _asked(self) -> Iterator[SeenDecision]:
        for number, (event, at) in enumerate(self._events.items()):
            for answer in self._runtime.why(event):
                if answer.outcome is Outcome.NOT_MATCHED:
                    reason = " ".join([answer.reason, *(f"{leaf.source} {leaf.detail}" for leaf in answer.leaves)])
                    yield SeenDecision(at, number, event, answer.workflow, answer.outcome.value, reason.strip(), asked=True)


def _is_open(run: Run) -> bool:
    return not run.status.ended


def _is_stuck(run: Run) -> bool:
    return run.status in (RunStatus.FAILED, RunStatus.BLOCKED)


_PLAYS: Mapping[str, Callable[[Player, Given], None]] = {
    "event": Player.event,
    "advance": Player.advance,
    "restart": Player.restart,
    "deploy": Player.deploy,
    "edit": Player.edit,
    "pause": Player.pause,
    "resume": Player.resume,
    "decide": Player.decide,
    "cancel": Player.cancel,
    "retry": Player.retry,
    "skip": Player.skip,
    "run": Player.run,
}
