"""``ecomflow pause``: the emergency stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.options import common, person
from ecomflow.cli.requests import request

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out


@click.command("pause")
@click.argument("workflow", required=False)
@click.option("--connection", metavar="NAME", help="The requests to this connection, by its name in the project file.")
@click.option("--all", "everything", is_flag=True, help="All workflows.")
@person()
@common
def command(project: Path, out: Out, workflow: str | None, connection: str | None, everything: bool, by: str) -> None:
    """Pause a WORKFLOW, or --all: no new starts, no new actions. Events are kept and decided at `resume`.

    With --connection no new requests go to that one; runs that need it wait, all else goes on.
    """
    which = one_or_all(workflow, connection, everything=everything)
    request(project, out, "pause", f"{called(which, connection)} is paused.", lambda engine: engine.pause(which, by, connection=connection), workflow=which, connection=connection, by=by)


def one_or_all(workflow: str | None, connection: str | None, *, everything: bool) -> str | None:
    """Return the workflow, or None for all.

    Raises:
        UsageError: none is named, or more than one.
    """
    if (workflow is not None) + (connection is not None) + everything != 1:
        raise click.UsageError("name one workflow, or --connection NAME, or --all")
    return workflow


def called(workflow: str | None, connection: str | None) -> str:
    """Return how a message calls what is paused."""
    return f"Connection {connection}" if connection else workflow or "The whole shop"
