"""``ecomflow approve``: a person's yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.options import common, person
from ecomflow.cli.requests import find_run, request

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out


@click.command("approve")
@click.argument("run")
@person(required=True)
@click.option("--comment", default="", help="Kept with the decision.")
@common
def command(project: Path, out: Out, run: str, by: str, comment: str) -> None:
    """Approve what a RUN asks for. The name must be one of those whom the run asks."""
    decide(project, out, run, approved=True, by=by, comment=comment)


def decide(project: Path, out: Out, run: str, *, approved: bool, by: str, comment: str) -> None:
    """Decide the approval that a run asks for."""
    found = find_run(project, run)
    word = "approved" if approved else "rejected"
    request(
        project, out, "decision", f"{found.workflow} {found.id} is {word} by {by}.",
        lambda engine: engine.decide(found.id, approved=approved, by=by, comment=comment),
        run=found.id, approved=approved, by=by,
    )  # fmt: skip
