"""``ecomflow deploy``: make edited files current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.diagnostics import errors, warn
from ecomflow.cli.engines import ask, look_or_nothing
from ecomflow.cli.options import common, person
from ecomflow.cli.output import Ink
from ecomflow.cli.runrecords import record_of, status_ink

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.model import Run
    from ecomflow.runtime.embedded import Engine
    from ecomflow.runtime.reading import Reader


@click.command("deploy")
@click.option("--keep", "how", flag_value="keep", default="keep", help="Runs finish on the version that they began with (the default).")
@click.option("--cancel", "how", flag_value="cancel", help="Runs on older versions are cancelled.")
@person()
@common
def command(project: Path, out: Out, how: str, by: str) -> int:
    """Make edited files current, and list the runs that are on older versions.

    A file with an error does not run; the others are deployed, and the exit code is 1.
    """
    faults = look_or_nothing(project, lambda engine, _: engine.project.diagnostics)
    warn(faults)
    asked = ask(project, lambda engine: engine.deploy(how, by), "the deployment")
    out.record("deployment", done=asked.done, how=how, by=by, changed=asked.value)
    if asked.done:
        out.say("Now current: ", Ink(", ".join(asked.value), bold=True) if asked.value else "all, as before", ".")
        look_or_nothing(project, lambda engine, reader: _older(out, engine, reader))
    return 1 if errors(faults) else 0


def _older(out: Out, _: Engine, reader: Reader | None) -> None:
    runs = [] if reader is None else [run for run in reader.runs() if not run.status.ended and not reader.is_current(run)]
    if runs:
        out.say("On older versions:")
    out.table(map(_row, runs), indent="  ")
    for run in runs:
        out.record("run", **record_of(run))


def _row(run: Run) -> list[str | Ink]:
    return [run.id, run.workflow, run.subject or "-", status_ink(run.status), run.version[:12]]
