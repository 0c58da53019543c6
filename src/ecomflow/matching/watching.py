"""Who is told of what: the triggers of kinds that keep a state, by event type and by the workflow whose run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.model import type_fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ecomflow.matching.index import Listener
    from ecomflow.model import Trigger, Watch, Workflow


class WatchIndex:
    """The watching triggers of enabled workflows, by priority, then name.

    Args:
        workflows: the current versions.
    """

    def __init__(self, workflows: Iterable[Workflow]) -> None:
        enabled = sorted((w for w in workflows if w.enabled), key=lambda w: (-w.priority, w.name))
        self._listening = [(w, t) for w in enabled for t in w.triggers if t.watch is not None and (t.watch.types or t.watch.against)]
        self._types: dict[str, list[Listener]] = {}
        self._ends: dict[str, list[Listener]] = {}
        for workflow in enabled:
            for trigger in workflow.triggers:
                for name in watch_of(trigger).ends if trigger.watch is not None else ():
                    self._ends.setdefault(name, []).append((workflow, trigger))

    def listening(self, type_: str) -> Sequence[Listener]:
        """Return the triggers that are told of events of a type."""
        if not self._listening:
            return ()
        if type_ not in self._types:
            self._types[type_] = [(w, t) for w, t in self._listening if is_told(watch_of(t), type_)]
        return self._types[type_]

    def ends_of(self, workflow: str) -> Sequence[Listener]:
        """Return the triggers that are told when a run of a workflow ends."""
        return self._ends.get(workflow, ())


def is_told(watch: Watch, type_: str) -> bool:
    """Return whether a watch is told of events of a type."""
    return any(type_fits(pattern, type_) for pattern in (*watch.types, *watch.against))


def watch_of(trigger: Trigger) -> Watch:
    """Return the watch of a trigger whose kind has one."""
    assert trigger.watch is not None
    return trigger.watch


def watching_trigger(workflow: Workflow | None, name: str) -> Trigger | None:
    """Return the watching trigger of that name, of a workflow that is enabled."""
    if workflow is None or not workflow.enabled:
        return None
    return next((each for each in workflow.triggers if each.name == name and each.watch is not None), None)
