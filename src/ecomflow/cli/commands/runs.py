"""``ecomflow runs``: the newest runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ecomflow.cli.engines import look_or_nothing
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink, note
from ecomflow.cli.paused import note_paused
from ecomflow.cli.runrecords import record_of, status_ink
from ecomflow.cli.since import since_option
from ecomflow.cli.states import status_option
from ecomflow.cli.words import distance, when, zone_of
from ecomflow.model import RunStatus

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.model import Run
    from ecomflow.runtime.embedded import Engine
    from ecomflow.runtime.reading import Reader


@click.command("runs")
@click.option("--workflow", help="Only of this workflow.")
@click.option("--subject", help="Only about this subject, by its value.")
@status_option
@since_option
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@common
def command(
    project: Path, out: Out, workflow: str | None, subject: str | None, status: str | None, since: int | None, limit: int
) -> None:
    """List runs, the newest first."""

    def work(engine: Engine, reader: Reader | None) -> None:
        found = [] if reader is None else reader.newest(workflow, subject, status, since, limit)
        for run in found:
            out.record("run", **record_of(run))
        zone, now = zone_of(engine.project.timezone), datetime.now(UTC)
        out.table(_row(run, zone, now) for run in found)
        if not found:
            note("No runs.")
        if reader is not None:
            note_paused(reader, zone)

    look_or_nothing(project, work)


def _row(run: Run, zone: tzinfo, now: datetime) -> list[str | Ink]:
    return [Ink(run.id, bold=True), run.workflow, run.subject or "-", when(run.started, zone), status_ink(run.status), _next(run, now)]


def _next(run: Run, now: datetime) -> str:
    if run.status.ended or run.status is RunStatus.BLOCKED:
        return run.reason or (str(run.error["message"]) if run.error else "")
    held = next((waiting for waiting in run.waiting_for if waiting.kind == "connection"), None)
    if held is not None:
        return f"waits for connection {held.text}{f', next try {distance(held.due, now)}' if held.due and held.due > now else ''}"
    asked = next((waiting.text for waiting in run.waiting_for if waiting.kind == "person"), "")
    if asked:
        return f"asks: {asked}"
    due = min((waiting.due for waiting in run.waiting_for if waiting.due), default=None)
    return "" if due is None else f"goes on {distance(due, now)}" if due > now else "due now"
