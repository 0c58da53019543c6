"""``ecomflow run``: one run for real, with its steps as they happen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from ecomflow.cli.decisions import say_decision
from ecomflow.cli.diagnostics import workflow_of
from ecomflow.cli.folders import project_folder
from ecomflow.cli.inputs import FILE, event_of, read_object
from ecomflow.cli.options import common
from ecomflow.cli.output import note
from ecomflow.cli.places import Places
from ecomflow.cli.runrecords import record_of, record_steps
from ecomflow.cli.story import Story, say_lines, say_standing
from ecomflow.cli.words import zone_of
from ecomflow.errors import RefusedError
from ecomflow.model import RunStatus
from ecomflow.runtime.embedded import BY_HAND, Engine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.model import Decision, Run, Workflow
    from ecomflow.runtime.base import Receipt

_LOOK_SECONDS: Final = 0.05
_FAILED: Final = frozenset({RunStatus.FAILED, RunStatus.BLOCKED})


@click.command("run")
@click.argument("workflow")
@click.option("--event", "event_file", type=FILE, metavar="FILE", help="JSON: a CloudEvent that it listens to, or only its data. - reads stdin.")
@click.option("--data", "data_file", type=FILE, metavar="FILE", help="JSON: the data of a start by hand. - reads stdin.")
@click.option("--force", is_flag=True, help="Start by hand though its conditions do not hold.")
@click.option("--wait", type=click.FloatRange(0), default=0.0, metavar="SECONDS", help="How long to follow a run that waits; not at all by default.")
@common
def command(project: Path, out: Out, workflow: str, event_file: str | None, data_file: str | None, force: bool, wait: float) -> int:
    """Start one run of a WORKFLOW for real and follow it: its actions reach the outside.

    A workflow with a trigger `manual` is started by hand, with the data that are given. Any other needs an event, which is
    taken in like any other, so further workflows that listen to it decide, too. Where an engine runs, it does the work; else
    this command is the engine until the run ends or waits.
    """
    if event_file and data_file:
        raise click.UsageError("give --event or --data, not both")
    asked = Asked(read_object(event_file) if event_file else None, read_object(data_file) if data_file else None, force)
    return asyncio.run(_run(project_folder(project), out, workflow, asked, wait))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of the start."""

    event: dict[str, Any] | None
    data: dict[str, Any] | None
    force: bool


async def _run(folder: Path, out: Out, name: str, asked: Asked, wait: float) -> int:
    engine = Engine.open(folder)
    type_, start = _start(engine, workflow_of(out, engine.project, name), asked)
    async with engine:
        receipt: Any = await start()
        if not engine.is_engine:
            receipt = await receipt.decided(timeout=5)
        run_id = _started(out, name, receipt)
        run = await _follow(engine, out, run_id, type_, wait)
        out.record("run", **record_of(run))
        say_standing(out, run, zone_of(engine.project.timezone), Places(engine.reader().definition(run.version)))
        if not run.status.ended and engine.is_engine:
            note("It goes on when an engine runs: `ecomflow serve`.")
    return 1 if run.status in _FAILED else 0


def _start(engine: Engine, workflow: Workflow, asked: Asked) -> tuple[str, Callable[[], Awaitable[Receipt]]]:
    """Return the type of the event that the start is, and what makes it: by hand where the workflow can, else its event."""
    by_hand = any(trigger.watch is not None and trigger.watch.by_hand for trigger in workflow.triggers)
    listens = any(trigger.types for trigger in workflow.triggers)
    if by_hand and (asked.event is None or not listens):
        data, rest = _by_hand(asked)
        return BY_HAND, lambda: engine.start_workflow(workflow.name, data, force=asked.force, **rest)
    if asked.event is None or asked.force:
        way = "start it with --event FILE, and without --force" if listens else "it starts by itself"
        raise click.UsageError(f"{workflow.name} has no trigger `manual: true`: {way}")
    event = event_of(asked.event, workflow)
    return event["type"], lambda: engine.emit(event["type"], event["data"], **event["rest"])


def _by_hand(asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
    given = asked.event
    if given is None or not isinstance(given.get("data"), dict):
        return asked.data or given or {}, {}
    return given["data"], {key: str(given[key]) for key in ("id", "subject") if given.get(key) is not None}


def _started(out: Out, name: str, receipt: Receipt) -> str:
    own: list[Decision] = []
    for decision in receipt.decisions:
        if decision.workflow == name and decision.run_id and not own:
            own.append(decision)
        else:
            say_decision(out, receipt.event_id, decision)
    if not own or own[0].run_id is None:
        raise RefusedError(f"{name} did not start; `ecomflow why {receipt.event_id} {name}` tells why")
    return own[0].run_id


async def _follow(engine: Engine, out: Out, run_id: str, type_: str, wait: float) -> Run:
    """Print a run's story as it happens, until it has ended or waits for longer than it is followed."""
    loop = asyncio.get_running_loop()
    zone = zone_of(engine.project.timezone)
    end, told, recorded = loop.time() + wait, 0, 0
    while True:
        reader = engine.reader()
        run = reader.run(run_id)
        lines = Story(run, reader.definition(run.version), zone, type_, definition=reader.definition).lines()
        say_lines(out, lines[told:], zone)
        record_steps(out, run, run.steps[recorded:])
        told, recorded = len(lines), len(run.steps)
        if run.status.ended or (run.status is not RunStatus.RUNNING and not _goes_on_within(run, end - loop.time())):
            return run
        await asyncio.sleep(_LOOK_SECONDS)


def _goes_on_within(run: Run, seconds: float) -> bool:
    """Return whether a run that waits may go on within so many seconds: an event or a person may come, a timer says when."""
    dues = [waiting.due for waiting in run.waiting_for if waiting.kind in ("timer", "retry") and waiting.due]
    timers_alone = dues and len(dues) == len(run.waiting_for)
    return seconds > 0 and not (timers_alone and (min(dues) - datetime.now(UTC)).total_seconds() > seconds)
