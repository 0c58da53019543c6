"""``ecomflow why``: the decision, and the condition that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.engines import look
from ecomflow.cli.explaining import decided_by, leaf_records, leaf_row, sentence
from ecomflow.cli.options import common
from ecomflow.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.model import Run
    from ecomflow.runtime.base import Explanation
    from ecomflow.runtime.embedded import Engine
    from ecomflow.runtime.reading import Reader


@click.command("why")
@click.argument("event")
@click.argument("workflow", required=False)
@common
def command(project: Path, out: Out, event: str, workflow: str | None) -> None:
    """Tell why an EVENT did what it did, for one WORKFLOW or for all that listen to it.

    Each condition is shown with the values that it saw, and with the smallest change that would have turned it.
    """

    def work(_: Engine, reader: Reader) -> None:
        found = reader.why(event, workflow)
        for number, one in enumerate(found):
            if number:
                out.say()
            _show(out, reader, one)
        if not found:
            _silent(out, event, workflow)

    try:
        look(project, work)
    except NotFoundError as error:
        raise NotFoundError(f"{error}; `ecomflow events` lists them") if "event" in str(error) else error from None


def _show(out: Out, reader: Reader, one: Explanation) -> None:
    out.record(
        "explanation", event=one.event_id, workflow=one.workflow, outcome=one.outcome, reason=one.reason, run=one.run_id,
        disagrees=one.disagrees,
        leaves=leaf_records(one.leaves),
    )  # fmt: skip
    run = _run_of(reader, one)
    out.say(sentence(one, run))
    decisive = decided_by(one)
    out.table([leaf_row(n, leaf, decisive=leaf is decisive) for n, leaf in enumerate(one.leaves, 1)], indent="  ")
    if one.disagrees:
        out.say("  but ", one.disagrees)


def _run_of(reader: Reader, one: Explanation) -> Run | None:
    try:
        return reader.run(one.run_id) if one.run_id else None
    except NotFoundError:  # it was pruned
        return None


def _silent(out: Out, event: str, workflow: str | None) -> None:
    out.say(f"{workflow} does not listen to events of this type." if workflow else f"No workflow listens to events like {event}.")
