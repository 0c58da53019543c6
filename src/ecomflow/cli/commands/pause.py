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
@click.option("--all", "everything", is_flag=True, help="All workflows.")
@person()
@common
def command(project: Path, out: Out, workflow: str | None, everything: bool, by: str) -> None:
    """Pause a WORKFLOW, or --all: no new starts, no new actions. Events are kept and decided at `resume`."""
    which = one_or_all(workflow, everything=everything)
    request(project, out, "pause", f"{which or 'The whole shop'} is paused.", lambda engine: engine.pause(which, by), workflow=which, by=by)


def one_or_all(workflow: str | None, *, everything: bool) -> str | None:
    """Return the workflow, or None for all.

    Raises:
        UsageError: neither or both are named.
    """
    if (workflow is None) is not everything:
        raise click.UsageError("name one workflow, or --all")
    return workflow
