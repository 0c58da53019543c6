"""``ecomflow resume``: let what was paused go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.commands.pause import called, one_or_all
from ecomflow.cli.options import common, person
from ecomflow.cli.requests import request

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out


@click.command("resume")
@click.argument("workflow", required=False)
@click.option("--connection", metavar="NAME", help="The requests to this connection, by its name in the project file.")
@click.option("--all", "everything", is_flag=True, help="All workflows.")
@click.option("--adopt", is_flag=True, help="Make a store that was copied or restored this project's own, and let it go on.")
@person()
@common
def command(project: Path, out: Out, workflow: str | None, connection: str | None, everything: bool, adopt: bool, by: str) -> None:
    """Let a paused WORKFLOW, or --all, or a --connection go on. Kept events are decided now, in order of arrival.

    A store that was copied, moved or restored opens paused, for two engines on two copies would both send. --adopt lets it
    go on, as far as no person had paused it. See to it first that no engine serves the other one.
    """
    if adopt:
        if workflow or connection or everything:
            raise click.UsageError("--adopt is about the whole store: name nothing else")
        said = "The store is this project's own now; what fell due meanwhile goes on within two minutes."
        request(project, out, "resume", said, lambda engine: engine.resume(by=by, adopt=True), workflow=None, connection=None, adopt=True, by=by)
        return
    which = one_or_all(workflow, connection, everything=everything)
    said = f"{called(which, connection)} goes on; {'calls that it held are made as it takes them' if connection else 'what fell due meanwhile does within two minutes'}."
    request(project, out, "resume", said, lambda engine: engine.resume(which, by, connection=connection), workflow=which, connection=connection, by=by)
