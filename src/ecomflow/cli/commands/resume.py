"""``ecomflow resume``: let what was paused go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.commands.pause import called, one_or_all
from ecomflow.cli.engines import look_or_nothing
from ecomflow.cli.options import common, person
from ecomflow.cli.paused import is_paused
from ecomflow.cli.requests import request

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out


@click.command("resume")
@click.argument("workflow", required=False)
@click.option("--connection", metavar="NAME", help="The requests to this connection, by its name in the project file.")
@click.option("--all", "everything", is_flag=True, help="All workflows.")
@click.option("--clock", is_flag=True, help="Timers that hold because the machine's clock has jumped: its time is right.")
@click.option("--adopt", is_flag=True, help="Make a store that was copied or restored this project's own, and let it go on.")
@person()
@common
def command(project: Path, out: Out, workflow: str | None, connection: str | None, everything: bool, clock: bool, adopt: bool, by: str) -> None:
    """Let a paused WORKFLOW, or --all, or a --connection go on. Kept events are decided now, in order of arrival.

    A store that was copied, moved or restored opens paused, for two engines on two copies would both send. --adopt lets it
    go on, as far as no person had paused it. See to it first that no engine serves the other one.

    Where the machine's clock jumps by more than an hour, nothing that is due goes off. Once the clock is put right, all goes on
    by itself; --clock says that it is right as it is.
    """
    if clock + adopt + bool(workflow or connection or everything) > 1:
        raise click.UsageError("--adopt and --clock are about the whole store: name nothing else")
    if clock:
        said = "The machine's time is taken for the right one; what fell due meanwhile goes on within two minutes."
        request(project, out, "resume", said, lambda engine: engine.accept_time(by), workflow=None, connection=None, clock=True, by=by)
        return
    if adopt:
        said = "The store is this project's own now; what fell due meanwhile goes on within two minutes."
        request(project, out, "resume", said, lambda engine: engine.resume(by=by, adopt=True), workflow=None, connection=None, adopt=True, by=by)
        return
    which = one_or_all(workflow, connection, everything=everything)
    was_paused = look_or_nothing(project, lambda _, reader: reader is None or is_paused(reader, which, connection))
    said = f"{called(which, connection)} goes on; {'calls that it held are made as it takes them' if connection else 'what fell due meanwhile does within two minutes'}."
    said = said if was_paused else f"{called(which, connection)} was not paused."
    request(project, out, "resume", said, lambda engine: engine.resume(which, by, connection=connection), workflow=which, connection=connection, by=by)
