"""``ecomflow show``: a run's story."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import click

from ecomflow.cli.commands.audit import say_audit
from ecomflow.cli.engines import look
from ecomflow.cli.options import common
from ecomflow.cli.paused import note_copied, note_jump
from ecomflow.cli.places import Places
from ecomflow.cli.runrecords import record_of, record_steps
from ecomflow.cli.story import Story, say_lines, say_standing
from ecomflow.cli.words import zone_of
from ecomflow.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.model import Leaf, Run
    from ecomflow.runtime.embedded import Engine
    from ecomflow.runtime.reading import Reader


@click.command("show")
@click.argument("run")
@common
def command(project: Path, out: Out, run: str) -> None:
    """Tell the story of a RUN: where it stands, what comes next, and a time line with every value.

    RUN is its id, or the number in front of it (r12).
    """

    def work(engine: Engine, reader: Reader) -> None:
        show_run(out, engine, reader, reader.run(reader.full_id(run)))
        note_jump(reader)
        note_copied(reader, zone_of(engine.project.timezone))

    look(project, work)


def show_run(out: Out, engine: Engine, reader: Reader, run: Run) -> None:
    """Print a run's story, or its records."""
    out.record("run", **record_of(run))
    record_steps(out, run, run.steps)
    refused = [each for each in reader.audit(run=run.id) if each.what.endswith("refused")]
    if out.as_json:
        say_audit(out, refused, UTC)
        return
    workflow, zone = reader.definition(run.version), zone_of(engine.project.timezone)
    say_standing(out, run, zone, Places(workflow))
    about = [f"about {run.subject}" if run.subject else "", f"version {run.version[:12]}", "" if reader.is_current(run) else "an older version"]
    out.say("  ", ", ".join(filter(None, about)))
    out.say()
    say_lines(out, Story(run, workflow, zone, _type_of(reader, run), conditions_of(reader, run), reader.definition).lines(), zone)
    if refused:
        out.say()
        out.say("Decisions that were refused:")
        say_audit(out, refused, zone)


def conditions_of(reader: Reader, run: Run) -> Sequence[Leaf]:
    """Return the conditions that let a run start, asked again; none where its workflow has changed since."""
    if run.event_id is None or not reader.is_current(run) or any(step.kind == "migrated" for step in run.steps):
        return ()
    return next((one.leaves for one in reader.why(run.event_id, run.workflow) if one.run_id == run.id), ())


def _type_of(reader: Reader, run: Run) -> str:
    try:
        return reader.events_of(run.event_id)[0].event.type if run.event_id else ""
    except NotFoundError:
        return ""
