"""``ecomflow why``: the decision, and the condition that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.engines import look
from ecomflow.cli.explaining import decided_by, sentence
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.cli.words import TRUTH
from ecomflow.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.model import Leaf
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
        leaves=[
            {"source": leaf.source, "outcome": leaf.outcome, "detail": leaf.detail, "hint": leaf.hint, "asked": leaf.asked}
            for leaf in one.leaves
        ],
    )  # fmt: skip
    run = reader.run(one.run_id) if one.run_id else None
    out.say(sentence(one, run))
    decisive = decided_by(one)
    rows = [_row(n, leaf, decisive=leaf is decisive) for n, leaf in enumerate(one.leaves, 1)]
    out.table(rows, indent="  ")
    if one.disagrees:
        out.say("  but ", one.disagrees)


def _row(number: int, leaf: Leaf, *, decisive: bool) -> list[str | Ink]:
    if not leaf.asked:
        return [str(number), leaf.source, "not asked"]
    word = TRUTH[leaf.outcome]
    mark = Ink(word.upper(), "red" if leaf.outcome is False else "yellow", bold=True) if decisive else Ink(word)
    return [str(number), leaf.source, mark, leaf.detail, *([f"would turn with: {leaf.hint}"] if leaf.hint else [])]


def _silent(out: Out, event: str, workflow: str | None) -> None:
    out.say(f"{workflow} does not listen to events of this type." if workflow else f"No workflow listens to events like {event}.")
