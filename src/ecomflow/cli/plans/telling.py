"""A plan in lines: each action with its effect and its plan, each wait with its date, each branch with its value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.places import Places, named
from ecomflow.cli.plans.performer import ASSUMED
from ecomflow.cli.story import Story
from ecomflow.cli.telling import Teller
from ecomflow.cli.words import flow, shown
from ecomflow.model import ActionStep, AskApprovalStep, WaitForStep, WaitStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, tzinfo

    from ecomflow.model import Run, Step, StepRecord, Workflow
    from ecomflow.registry import Registry

_ROOM: Final = 200
_COLOURS: Final = {"reads": "cyan", "writes": "yellow", "sends": "magenta", "charges": "red"}


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of a plan.

    Attributes:
        entry: ``action``, ``answer``, ``wait``, ``value`` or ``note``.
        mark: what stands in front of the text: an action's effect, or where an answer comes from.
        fields: what the JSON line adds.
        workflow: of the run; another than the planned one where that is called.
        quiet: whether people need not see it: a result that nothing can use.
    """

    entry: str
    at: datetime
    path: str
    text: str
    mark: str = ""
    colour: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    quiet: bool = False
    workflow: str = ""


class PlanTeller:
    """Tells the story of a planned run.

    Args:
        run: with its story.
        workflow: of the run.
        zone: the shop's.
        registry: says what actions would do.
        origins: where the answers came from, by run and path.
    """

    def __init__(self, run: Run, workflow: Workflow, zone: tzinfo, registry: Registry, origins: Mapping[tuple[str, str], str]) -> None:
        self._run, self._places, self._registry, self._origins = run, Places(workflow), registry, origins
        self._teller, self._story = Teller(self._places, zone), Story(run, workflow, zone)

    def lines(self) -> Iterator[PlanLine]:
        """Yield the lines, oldest first."""
        return (replace(line, workflow=self._run.workflow) for line in self._lines())

    def _lines(self) -> Iterator[PlanLine]:
        for record in self._run.steps:
            step = self._places.find(record.path.partition("#")[0])[0]
            if record.kind == "value":
                yield from self._value(record, step)
            elif record.kind == "attempt":
                yield self._answer(record, step)
            elif record.kind == "timer":
                yield from self._timer(record, step)
            elif record.kind != "started":
                text, colour = self._story.tell(record)
                yield PlanLine("note", record.at, record.path, text, colour=colour)

    def _value(self, record: StepRecord, step: Step | None) -> Iterator[PlanLine]:
        text = self._teller.tell(record)
        if text is None:
            return
        if isinstance(step, ActionStep) and isinstance(record.data, list) and not record.text:
            yield self._action(record, step)
            return
        waits = isinstance(step, (WaitStep, WaitForStep, AskApprovalStep)) and not isinstance(record.data, bool)
        yield PlanLine("wait" if waits else "value", record.at, record.path, text, fields={} if waits else {"value": record.data})

    def _action(self, record: StepRecord, step: ActionStep) -> PlanLine:
        params = record.data[0]
        plan = self._registry.action(step.action).plan(params)
        return PlanLine(
            "action", record.at, record.path, f"{named(step)}: {plan}", step.effect.value, _COLOURS[step.effect.value],
            {"step": step.id or record.path, "action": step.action, "effect": step.effect, "connection": step.connection, "params": params, "plan": plan},
        )  # fmt: skip

    def _answer(self, record: StepRecord, step: Step | None) -> PlanLine:
        data, origin = record.data or {}, self._origins.get((self._run.id, record.path), "")
        done = data.get("ok") and "skipped" not in data
        text = shown(flow(data.get("result")), _ROOM) if done else self._story.tell(record)[0]
        page = self._places.page(record.path)
        if done and page:
            text = f"{page}: {text}"
        quiet = bool(done and not page and step is not None and not step.id and origin == ASSUMED)
        return PlanLine("answer", record.at, record.path, text, origin, fields={"origin": origin, "answer": data}, quiet=quiet)

    def _timer(self, record: StepRecord, step: Step | None) -> Iterator[PlanLine]:
        name = "" if step is None else named(step)
        if isinstance(step, WaitForStep):
            yield PlanLine("wait", record.at, record.path, f"{name}: supposed that no such event comes, so {name} is timed out")
        elif isinstance(step, ActionStep):
            yield PlanLine("note", record.at, record.path, f"{name}: tried again")
