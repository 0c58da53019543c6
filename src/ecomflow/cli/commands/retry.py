"""``ecomflow retry``: let failed or blocked runs go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.again import sent_again
from ecomflow.cli.engines import look
from ecomflow.cli.options import common, person
from ecomflow.cli.output import note
from ecomflow.cli.requests import find_run, request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.model import Run
    from ecomflow.runtime.embedded import Engine


@click.command("retry")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--from", "step", metavar="STEP", help="Go back to this step, by id or path: all from there on happens again, under new keys.")
@person()
@common
def command(project: Path, out: Out, runs: Sequence[str], step: str | None, by: str) -> None:
    """Let failed RUNs go on where they failed, or repeat a call in doubt under the same key.

    Says first what may be sent again.
    """
    for found in [find_run(project, run) for run in runs]:
        _retry(project, out, found, step, by)


def _retry(project: Path, out: Out, run: Run, step: str | None, by: str) -> None:
    for line in look(project, lambda _, reader: sent_again(run, reader.definition(run.version), step)):
        note(line)

    async def work(engine: Engine) -> None:
        await engine.retry(run.id, step, by)

    request(project, out, "retry", f"{run.workflow} {run.id} goes on.", work, run=run.id, step=step, by=by)
