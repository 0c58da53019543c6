"""What the expressions of a run gave, in words: the trail of its journal, told step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.places import named
from ecomflow.cli.words import TRUTH, flow, shown, when
from ecomflow.model import (
    ActionStep,
    AskApprovalStep,
    CallStep,
    ChooseStep,
    ContinueIfStep,
    EmitStep,
    ForEachStep,
    IfStep,
    RepeatStep,
    SetStep,
    StopStep,
    WaitForStep,
    WaitStep,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    from ecomflow.cli.places import Places
    from ecomflow.model import Step, StepRecord

_ROOM: Final = 200


class Teller:
    """Tells values in the order in which they were evaluated.

    Args:
        places: the steps of the workflow.
        zone: the shop's.
    """

    def __init__(self, places: Places, zone: tzinfo) -> None:
        self._places, self._zone = places, zone
        self._guarded: set[str] = set()
        self._choices: dict[str, int] = {}
        self._ways: Mapping[type, Callable[[Any, StepRecord, Any], str | None]] = {
            ActionStep: self._action, WaitStep: self._wait, WaitForStep: self._wait_for, IfStep: self._if,
            ContinueIfStep: self._continue_if, ChooseStep: self._choose, ForEachStep: self._for_each, RepeatStep: self._repeat,
            SetStep: self._set, EmitStep: self._emit, StopStep: self._stop, AskApprovalStep: self._ask_approval,
            CallStep: self._call,
        }  # fmt: skip

    def tell(self, record: StepRecord) -> str | None:
        """Return a line for a value, or None for one that tells people nothing."""
        path, value = record.path, record.data
        if path.startswith("!note/"):
            return f"noted: {(value or {}).get('message')}"
        if path.startswith("!") or path == "subscriptions":
            return None
        step = self._places.find(path.partition("#")[0])[0]
        name = path if step is None else named(step)
        if record.text:
            return f"{name}: {record.text}"
        if step is None:
            return f"{path} = {shown(flow(value), _ROOM)}" if value else None
        if self._is_guard(step, path, value):
            return f"if {step.guard.source if step.guard else ''}: {TRUTH[value]}{'' if value else f', so {name} is left out'}"
        tell = self._ways.get(type(step))
        return tell(step, record, value) if tell else f"{name} = {shown(flow(value), _ROOM)}"

    def _is_guard(self, step: Step, path: str, value: Any) -> bool:
        if step.guard is None or not isinstance(value, bool) or path in self._guarded:
            return False
        self._guarded.add(path)
        return True

    # --- one way a kind of step ---

    def _action(self, step: ActionStep, _: StepRecord, value: Any) -> str:
        return f"{named(step)} with {shown(flow(_short(value[0])), _ROOM)}"

    def _wait(self, step: WaitStep, _: StepRecord, value: Any) -> str:
        return f"{named(step)} until {self._when(value)}"

    def _wait_for(self, step: WaitForStep, record: StepRecord, value: Any) -> str | None:
        if "#" in record.path:
            return f"where {step.where.source if step.where else ''}: {TRUTH[value]}"
        due = f", until {self._when(value[0])} at the latest" if value[0] else ""
        return f"{named(step)} waits for {' or '.join(value[3] if len(value) > 3 else step.types)}{due}"

    def _if(self, step: IfStep, _: StepRecord, value: Any) -> str:
        return f"if {step.condition.source}: {TRUTH[value]}"

    def _continue_if(self, step: ContinueIfStep, record: StepRecord, value: Any) -> str:
        if value is None:
            return f"continue_if {step.condition.source}: true"
        return f"continue_if {value}, so the {'item' if self._places.in_item(record.path) else 'run'} ends here"

    def _choose(self, step: ChooseStep, record: StepRecord, value: Any) -> str:
        number = self._choices.get(record.path, 0)
        self._choices[record.path] = number + 1
        return f"choose {step.branches[number % len(step.branches)][0].source}: {value}"

    def _for_each(self, step: ForEachStep, record: StepRecord, value: Any) -> str | None:
        if step.search is not None:
            first = not self._places.find(record.path)[1]
            return f"{named(step)}: what {step.items.source} finds, page by page" if first else None
        return f"{named(step)}: {len(value)} item{'' if len(value) == 1 else 's'} of {step.items.source}"

    def _repeat(self, step: RepeatStep, _: StepRecord, value: Any) -> str:
        if not isinstance(value, bool):
            return f"{named(step)}: {value} times"
        condition = step.while_ or step.until
        return f"{'while' if step.while_ else 'until'} {condition.source if condition else ''}: {TRUTH[value]}"

    def _set(self, _: SetStep, __: StepRecord, value: Any) -> str:
        return "set " + ", ".join(f"{name} = {shown(flow(inner), _ROOM)}" for name, inner in value.items())

    def _emit(self, step: EmitStep, _: StepRecord, value: Any) -> str:
        return f"emit {step.type} with {shown(flow(value), _ROOM)}"

    def _stop(self, _: StopStep, __: StepRecord, value: Any) -> str:
        return f"stop: {value}"

    def _call(self, step: CallStep, _: StepRecord, value: Any) -> str:
        return f"{named(step)}{f' with {shown(flow(value), _ROOM)}' if value else ''}"

    def _ask_approval(self, step: AskApprovalStep, _: StepRecord, value: Any) -> str:
        if not isinstance(value, list):
            return f"{named(step)} reminds {', '.join(step.to)}, and again {self._when(value)} if nobody decides"
        due = f", until {self._when(value[2])} at the latest" if value[2] else ""
        return f"{named(step)} asks {', '.join(value[4]['to'] if len(value) > 4 else step.to)}: {value[0]}{due}"

    def _when(self, moment: datetime) -> str:
        return when(moment, self._zone)


def _short(params: Any) -> Any:
    """Return parameters with rendered pages left out: their text would hide the rest."""
    if not isinstance(params, dict):
        return params
    return {key: "(rendered)" if isinstance(value, dict) and "html" in value else value for key, value in params.items()}
