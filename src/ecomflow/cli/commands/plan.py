"""``ecomflow plan``: what would happen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ecomflow.cli.diagnostics import warn, workflow_of
from ecomflow.cli.folders import project_folder
from ecomflow.cli.inputs import FILE, event_of, read_object, read_text
from ecomflow.cli.options import common
from ecomflow.cli.plans.performer import PlanPerformer
from ecomflow.cli.plans.playing import Playing
from ecomflow.cli.plans.showing import show_assumed, show_end, show_limits, show_lines, show_start
from ecomflow.cli.plans.telling import PlanTeller
from ecomflow.cli.words import moment, zone_of
from ecomflow.errors import RefusedError
from ecomflow.language import load_project, read_yaml
from ecomflow.registry import Registry
from ecomflow.runtime.secrets import mask

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.cli.plans.playing import Played
    from ecomflow.model import Workflow


@click.command("plan")
@click.argument("workflow")
@click.option("--event", "file", type=FILE, metavar="FILE", help="JSON: a CloudEvent, or only its data; of a start by hand what is given. - reads stdin.")
@click.option("--answers", type=FILE, metavar="FILE", help="YAML: what actions answer, by name, as `answers:` of a test file.")
@click.option("--ask", is_flag=True, help="Carry out the actions that only read; by default nothing is asked.")
@click.option("--approve/--reject", "approve", default=None, help="What people decide; by default the plan stops where one is asked.")
@click.option("--at", metavar="MOMENT", help="When the event arrives, such as 2026-03-02T09:00:00Z; now by default.")
@common
def command(
    project: Path, out: Out, workflow: str, file: str | None, answers: str | None, ask: bool, approve: bool | None, at: str | None
) -> None:  # fmt: skip
    """Tell what a WORKFLOW would do for an event, and do nothing.

    Conditions are shown with their values, actions with their effect and their parameters, waits with their dates, branches
    as they are taken. The engine itself plays it on virtual time, in memory. What an action answers is taken from
    --answers, or really asked for with --ask where it only reads; else it is an example, and marked as assumed. Events
    that the run waits for are supposed not to come. Other runs of the shop are not looked at. A workflow that starts by
    itself, such as by a schedule, needs no --event: time goes on until it starts.
    """
    folder, registry = project_folder(project), Registry.load()
    loaded = load_project(folder, registry.catalog)
    mask(loaded)
    warn(fault for fault in loaded.diagnostics if fault.workflow != workflow)
    known = workflow_of(out, loaded, workflow)
    event, zone = read_object(file) if file else None, zone_of(loaded.timezone)
    given = _answers(answers, registry) if answers else {}
    start = moment(at, zone) if at else datetime.now(UTC).replace(microsecond=0)
    with PlanPerformer(loaded, registry, given, ask=ask) as performer:
        playing = Playing(loaded, known, performer, registry.catalog, start, approve=approve)
        with playing:
            how, played = _play(playing, known, event)
    show_start(out, played, known, how, zone)
    if played.run is None:
        return
    tellers = [PlanTeller(run, loaded.workflows[run.workflow], zone, registry, performer.origins) for run in played.runs]
    lines = sorted((line for teller in tellers for line in teller.lines()), key=lambda line: line.at)
    show_lines(out, lines, known, zone)
    show_end(out, played, played.run, lines, zone)
    show_limits(out, known)
    show_assumed(out, performer.assumed)


def _play(playing: Playing, workflow: Workflow, given: dict[str, Any] | None) -> tuple[str, Played]:
    """Return how the workflow starts, and what would happen: by an event, by hand, or by itself."""
    by_hand = any(trigger.watch is not None and trigger.watch.by_hand for trigger in workflow.triggers)
    listens = any(trigger.types for trigger in workflow.triggers)
    if by_hand and (given is None or not listens):
        return "by hand", playing.by_hand(given or {})
    if given is not None:
        event = event_of(given, workflow)
        return f"for {event['type']}", playing.event(event["type"], event["data"], event["rest"])
    if any(trigger.watch is not None and trigger.watch.ends for trigger in workflow.triggers):
        raise RefusedError(f"{workflow.name} starts when a run of another workflow ends, and a plan knows no other runs")
    if listens:
        raise click.UsageError(f"{workflow.name} starts with an event: --event FILE")
    return "by itself", playing.by_itself()


def _answers(file: str, registry: Registry) -> dict[str, Any]:
    reading = read_yaml(read_text(file), file)
    found = reading.value
    if reading.diagnostics and found is None:
        raise click.BadParameter(f"{file}:{reading.diagnostics[0].line}: {reading.diagnostics[0].message}")
    found = found.get("answers", found) if isinstance(found, dict) else found
    if not isinstance(found, dict):
        raise click.BadParameter(f"{file} holds no mapping of actions to what they answer")
    for name in found:
        if not registry.has_action(name):
            raise click.BadParameter(f"{file}: no action is called {name}")
    return found
