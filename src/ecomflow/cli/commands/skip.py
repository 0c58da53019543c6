"""``ecomflow skip``: settle a call in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.options import common, person
from ecomflow.cli.requests import find_run, request
from ecomflow.jsontext import from_json

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out


@click.command("skip")
@click.argument("run")
@click.option("--result", default="null", metavar="JSON", help="What the call is taken to have answered; none by default.")
@person()
@common
def command(project: Path, out: Out, run: str, result: str, by: str) -> None:
    """Settle the call that blocks a RUN with a result that you know, instead of repeating it."""
    try:
        value = from_json(result)
    except ValueError as error:
        raise click.BadParameter(f"--result is no JSON: {error}") from None
    found = find_run(project, run)
    request(
        project, out, "skip", f"{found.workflow} {found.id} goes on with that result.",
        lambda engine: engine.skip(found.id, value, by), run=found.id, result=value, by=by,
    )  # fmt: skip
