"""The kind ``workflow``: a run of another workflow ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow import Firing, Happening, Reaction, RunStatus, Watch, hookimpl, trigger

if TYPE_CHECKING:
    from collections.abc import Callable

_ENDS = [status.value for status in RunStatus if status.ended]
_DATA = {
    "type": "object",
    "properties": {
        "ended": {
            "type": "object",
            "properties": {
                "workflow": {"type": "string"},
                "status": {"type": "string", "enum": _ENDS},
                "error": {"type": ["object", "null"]},
                "output": {},
                "subject": {"type": ["string", "null"]},
                "run": {"type": "string"},
            },
        }
    },
}


class OthersEnd(Watch):
    """Fires at the end of runs of one workflow."""

    def __init__(self, workflow: str, statuses: frozenset[str]) -> None:
        self.ends, self._statuses = (workflow,), statuses

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Fire where a run has ended so, unless it was one of our own."""
        ended = happening.data
        fires = happening.kind == "ended" and ended["workflow"] != happening.workflow and ended["status"] in self._statuses
        return Reaction(state, (Firing(data={"ended": dict(ended)}),) if fires else ())


@trigger("workflow", event="workflow.ended", data=_DATA)
def others_end(workflow: str, status: str | list[str] | None = None) -> Watch:
    """Fires when a run of another workflow has ended, which is in scope as `ended`.

    Args:
        workflow: the other workflow's name.
        status: only where it ended so, one or a list; any end by default.
    """
    wanted = [status] if isinstance(status, str) else _ENDS if status is None else status
    wrong = [each for each in wanted if each not in _ENDS]
    if wrong or not wanted:
        raise ValueError(f"status: `{wrong[0] if wrong else '[]'}` is no way in which runs end; write {', '.join(_ENDS)}, or a list of them")
    return OthersEnd(workflow, frozenset(wanted))


@hookimpl
def register_triggers(register: Callable[[object], None]) -> None:
    """Register the kind."""
    register(others_end)
