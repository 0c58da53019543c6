"""``ecomflow resume``: let what was paused go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.commands.pause import one_or_all
from ecomflow.cli.options import common, person
from ecomflow.cli.requests import request

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out


@click.command("resume")
@click.argument("workflow", required=False)
@click.option("--all", "everything", is_flag=True, help="All workflows.")
@person()
@common
def command(project: Path, out: Out, workflow: str | None, everything: bool, by: str) -> None:
    """Let a paused WORKFLOW, or --all, go on. Kept events are decided now, in order of arrival."""
    which = one_or_all(workflow, everything=everything)
    request(project, out, "resume", f"{which or 'The whole shop'} goes on; what fell due meanwhile does within two minutes.", lambda engine: engine.resume(which, by), workflow=which, by=by)
