"""A workflow played through on virtual time, in a store of its own in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from ecomflow.cli.places import Places
from ecomflow.errors import RefusedError
from ecomflow.model import AskApprovalStep, CallStep, RunStatus
from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.simulated import SimulatedRuntime
from ecomflow.testing.steps import every_step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from types import TracebackType

    from ecomflow.cli.plans.performer import PlanPerformer
    from ecomflow.language import Project
    from ecomflow.model import Catalog, Run, Waiting, Workflow
    from ecomflow.runtime.base import Explanation

_MOMENTS: Final = 10_000
"""How often time goes on before a plan is cut off."""

_FIRINGS: Final = 100
"""How many moments are tried until a workflow starts by itself."""


@dataclass(frozen=True, slots=True)
class Played:
    """What would happen.

    Attributes:
        explanation: the decision and the conditions with their values.
        runs: that of the workflow, and of those that it calls, with their stories.
        started: the moment of the decision.
        now: the moment at which the plan stops.
        open_question: what a person would have to decide there.
        cut: whether it was cut off, for it goes on for very long.
    """

    explanation: Explanation
    runs: tuple[Run, ...]
    started: datetime
    now: datetime
    open_question: Waiting | None = None
    cut: bool = False

    @property
    def run(self) -> Run | None:
        """The run of the workflow itself, where it would start."""
        return self.runs[0] if self.runs else None


class Playing:
    """Plays one workflow and those that it calls; nothing else of the project starts.

    Args:
        project: as it was read.
        workflow: the one.
        performer: who answers actions.
        catalog: what is installed.
        start: the first moment.
        approve: what people decide; None stops the plan where somebody is asked.
    """

    def __init__(
        self, project: Project, workflow: Workflow, performer: PlanPerformer, catalog: Catalog, start: datetime, *, approve: bool | None
    ) -> None:
        self._project = replace(project, workflows=_called(project, workflow))
        self._name, self._approve = workflow.name, approve
        self.runtime = SimulatedRuntime(self._project, start=start, performer=performer, catalog=catalog)

    def event(self, type_: str, data: dict[str, Any], rest: Mapping[str, Any]) -> Played:
        """Let an event arrive, and time go on until the end, or until a person is asked.

        Args:
            type_: of the event.
            data: of the event.
            rest: the other attributes that it was given.

        Raises:
            RefusedError: the workflow does not listen to such events.
        """
        return self._played(self.runtime.emit(type_, data, **rest).event_id, f"{self._name} does not listen to {type_}")

    def by_hand(self, data: dict[str, Any]) -> Played:
        """Start the workflow by hand; time goes on as after an event.

        Args:
            data: what is given with the start.
        """
        return self._played(self.runtime.start_workflow(self._name, data).event_id, f"{self._name} cannot be started by hand")

    def by_itself(self) -> Played:
        """Let time go on until the workflow starts by itself, and then as after an event.

        Raises:
            RefusedError: it does not.
        """
        for _ in range(_FIRINGS):
            decided = [one for one in self.runtime.decisions() if one.workflow == self._name]
            if decided:
                return self._played(decided[0].event_id, "")
            if not self._advance():
                break
        raise RefusedError(f"{self._name} does not start by itself")

    def _played(self, event_id: str, otherwise: str) -> Played:
        explanations = self.runtime.why(event_id, self._name)
        if not explanations:
            raise RefusedError(otherwise)
        started = self.runtime.now
        # One run is planned: what the workflow would start later is no part of it.
        self.runtime.deploy(replace(self._project, workflows={name: one for name, one in self._project.workflows.items() if name != self._name}))
        question, cut = self._go_on()
        return Played(explanations[0], tuple(self._runs()), started, self.runtime.now, question, cut)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.runtime.close()

    def _go_on(self) -> tuple[Waiting | None, bool]:
        for _ in range(_MOMENTS):
            asked = next(((run, waiting) for run in self._runs() for waiting in run.waiting_for if waiting.kind == "person"), None)
            if asked is not None and self._approve is None:
                return asked[1], False
            if asked is not None:
                self._decide(*asked)
            elif not self._advance():
                return None, False
        return None, True

    def _advance(self) -> bool:
        due = self.runtime.kernel.next_fire
        if due is None or any(run.status.ended or run.status is RunStatus.BLOCKED for run in self._runs()[:1]):
            return False
        self.runtime.advance(to_moment(due))
        return True

    def _decide(self, run: Run, waiting: Waiting) -> None:
        step = Places(self._project.workflows[run.workflow]).find(waiting.path)[0]
        asked = step.to[0] if isinstance(step, AskApprovalStep) else ""
        by = self._project.people.get(asked, (asked,))[0]
        self.runtime.decide(run.id, approved=bool(self._approve), by=by, comment="as planned")

    def _runs(self) -> list[Run]:
        found = [self.runtime.run(run.id) for run in self.runtime.runs()]
        return sorted(found, key=lambda run: run.workflow != self._name)


def _called(project: Project, workflow: Workflow) -> dict[str, Workflow]:
    """Return a workflow with all that it calls, and that those call; nothing but the call starts these."""
    found, open_ = {workflow.name: workflow}, [workflow]
    while open_:
        for step in every_step(open_.pop().actions):
            name = step.workflow if isinstance(step, CallStep) else ""
            if name in project.workflows and name not in found:
                found[name] = replace(project.workflows[name], triggers=())
                open_.append(found[name])
    return found
