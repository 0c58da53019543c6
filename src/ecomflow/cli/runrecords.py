"""Runs as JSON fields, and their states in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.cli.output import Ink
from ecomflow.model import RunStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecomflow.cli.output import Out
    from ecomflow.model import Run, StepRecord

_COLOURS = {
    RunStatus.COMPLETED: "green", RunStatus.STOPPED: "green", RunStatus.FAILED: "red", RunStatus.BLOCKED: "red",
    RunStatus.WAITING: "cyan", RunStatus.RUNNING: "cyan", RunStatus.ENDING: "cyan", RunStatus.QUEUED: "cyan",
}  # fmt: skip


def status_ink(status: RunStatus) -> Ink:
    """Return a state in its colour."""
    return Ink(str(status), _COLOURS.get(status, "yellow"))


def record_of(run: Run) -> dict[str, Any]:
    """Return a run's fields without its story."""
    return {
        "id": run.id, "workflow": run.workflow, "version": run.version, "subject": run.subject, "status": run.status,
        "event": run.event_id, "started": run.started, "ended": run.ended, "reason": run.reason, "error": run.error,
        "output": run.output, "caller": run.caller, "calls": run.calls,
        "waiting_for": [{"kind": w.kind, "path": w.path, "due": w.due, "text": w.text} for w in run.waiting_for],
    }  # fmt: skip


def record_steps(out: Out, run: Run, steps: Sequence[StepRecord]) -> None:
    """Print lines of a run's story as JSON objects."""
    for step in steps:
        out.record("step", run=run.id, at=step.at, path=step.path, entry=step.kind, text=step.text, data=step.data)
