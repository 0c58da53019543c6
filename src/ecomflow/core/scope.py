"""The names that an expression sees, and the frames in which steps put their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.model import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from ecomflow.core.commands import Entry
    from ecomflow.model import Event, Workflow


class RunInfo(NamedTuple):
    """What a run knows of itself."""

    id: str
    shop: str
    subject: str | None
    started_at: datetime


def base_scope(workflow: Workflow, event: Event, trigger: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the names that a workflow and an event give; ours win over fields of the same name."""
    envelope = {
        "id": event.id, "type": event.type, "source": event.source, "subject": event.subject, "time": event.time,
        "data": event.data,
    }  # fmt: skip
    return {**event.data, **workflow.constants, "event": envelope, "events": [envelope], "trigger": trigger, "now": now}


def variables(workflow: Workflow, scope: dict[str, Any]) -> dict[str, Any]:
    """Evaluate ``vars`` in order; one that cannot be known stays missing."""
    values: dict[str, Any] = {}
    scope["vars"] = values
    for name, expression in workflow.vars:
        value = expression.value(scope)
        if value is not MISSING:
            values[name] = value
    return values


def scope_of(workflow: Workflow, event: Event, trigger: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the scope in which a start is decided: no run yet, ``vars`` as of now."""
    scope = base_scope(workflow, event, trigger, now)
    if workflow.vars:
        variables(workflow, scope)
    return scope


def run_scope(workflow: Workflow, info: RunInfo, entry: Entry) -> dict[str, Any]:
    """Return the names of a run that begins; results of steps that are not reached are none (R:P4)."""
    names = base_scope(workflow, entry.data["event"], entry.data["trigger"], entry.at)
    names["run"] = {"id": info.id, "workflow": workflow.name, "started_at": info.started_at, "subject": info.subject}
    names["steps"], names["vars"] = dict.fromkeys(workflow.ids), {}
    names.update(dict.fromkeys(workflow.ids))
    return names


class Frame:
    """The names at one place of a run.

    Args:
        names: what expressions see.
        outer: the frame that results show in as well; None where they stay inside (items of a ``for_each``).
    """

    __slots__ = ("names", "outer")

    def __init__(self, names: dict[str, Any], outer: Frame | None = None) -> None:
        self.names, self.outer = names, outer

    def bind(self, name: str, value: Any) -> None:
        """Put a step's result under its id."""
        frame: Frame | None = self
        while frame is not None:
            frame.names[name] = value
            frame.names["steps"][name] = value
            frame = frame.outer

    def inside(self, **names: Any) -> Frame:
        """Return a frame with more names, whose results show outside, too."""
        return Frame({**self.names, **names}, self)

    def item(self, names: Mapping[str, Any], ids: Iterable[str]) -> Frame:
        """Return the frame of an item: its results stay inside."""
        blank = dict.fromkeys(ids)
        return Frame({**self.names, **blank, **names, "steps": {**self.names["steps"], **blank}})
