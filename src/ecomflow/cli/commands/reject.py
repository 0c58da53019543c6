"""``ecomflow reject``: a person's no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.commands.approve import decide
from ecomflow.cli.options import common, person

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out


@click.command("reject")
@click.argument("run")
@person(required=True)
@click.option("--comment", default="", help="Kept with the decision.")
@common
def command(project: Path, out: Out, run: str, by: str, comment: str) -> None:
    """Reject what a RUN asks for. The name must be one of those whom the run asks."""
    decide(project, out, run, approved=False, by=by, comment=comment)
