"""``ecomflow cancel``: end runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from ecomflow.cli.options import common, person
from ecomflow.cli.requests import find_run, request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.runtime.embedded import Engine


@click.command("cancel")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--reason", default="", help="Kept with the run.")
@person()
@common
def command(project: Path, out: Out, runs: Sequence[str], reason: str, by: str) -> None:
    """End RUNs as cancelled. An action in flight is let finish; `finally` blocks run."""

    async def work(engine: Engine, run_id: str) -> None:
        await engine.cancel(run_id, reason, by)

    for found in [find_run(project, run) for run in runs]:
        said = f"{found.workflow} {found.id} is cancelled."
        request(project, out, "cancel", said, partial(work, run_id=found.id), run=found.id, reason=reason, by=by)
