"""The stages of a trigger that keep a state: its own kind, then ``debounce``, then ``holds_for`` (R:E6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ecomflow.matching import watch_of, watching_trigger
from ecomflow.policies.holding import Quiet, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.model import Trigger, Watch, Workflow

_APART = "\x1f"
DEBOUNCE, HOLDS_FOR = "debounce", "holds_for"


class Stage(NamedTuple):
    """One stage of a trigger.

    Attributes:
        trigger: whose it is.
        name: under which its states are kept.
        watch: what decides.
        part: ``debounce``, ``holds_for``, or an empty text for the kind itself.
    """

    trigger: Trigger
    name: str
    watch: Watch
    part: str

    @property
    def kind(self) -> str:
        """What people call it."""
        return self.part or self.trigger.kind


def own(trigger: Trigger) -> Stage:
    """Return the stage of a trigger's kind."""
    return Stage(trigger, trigger.name, watch_of(trigger), "")


def quiet(trigger: Trigger) -> Stage | None:
    """Return the stage that waits until the subject is quiet, where there is one."""
    if trigger.debounce is None:
        return None
    return Stage(trigger, trigger.name + _APART + DEBOUNCE, Quiet(trigger.debounce), DEBOUNCE)


def holding(trigger: Trigger) -> Stage | None:
    """Return the stage that is asked after the conditions, where there is one."""
    if trigger.holds_for is not None:
        return Stage(trigger, trigger.name + _APART + HOLDS_FOR, Stretch(trigger.holds_for), HOLDS_FOR)
    return own(trigger) if trigger.watch is not None and trigger.watch.holds else None


def identity_of(workflow: Workflow, stage: Stage) -> str:
    """Return what a stage's states belong to: where it differs after an edit, they are dropped (R:V5)."""
    own_subject = workflow.subject_kind if stage.watch.needs == "subject" else ""
    return stage.trigger.identity + (_APART + own_subject if own_subject else "")


def stages(trigger: Trigger) -> Iterator[Stage]:
    """Yield the stages of a trigger that keeps a state."""
    yield own(trigger)
    yield from (stage for stage in (quiet(trigger), holding(trigger)) if stage is not None and stage.part)


def stage_of(workflow: Workflow | None, name: str) -> Stage | None:
    """Return the stage under whose name a state is kept, of a workflow that is enabled."""
    trigger = watching_trigger(workflow, name.partition(_APART)[0])
    return None if trigger is None else next((stage for stage in stages(trigger) if stage.name == name), None)
