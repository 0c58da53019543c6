"""``ecomflow store prune``: drop what is over now, or tell how much that is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from ecomflow.cli.engines import look
from ecomflow.cli.options import common, person
from ecomflow.cli.requests import request
from ecomflow.errors import ExpressionError
from ecomflow.expressions.durations import parse_duration
from ecomflow.runtime.clock import DAY, at_most
from ecomflow.runtime.embedded import wall_clock

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out


def _span(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:  # noqa: ARG001
    if value is None:
        return None
    try:
        found = at_most(parse_duration(value))
    except ExpressionError as error:
        raise click.BadParameter(f"{error}; such as 30d") from error
    if found < DAY:
        raise click.BadParameter("what is over is kept for at least 1d")
    return found


@click.command("prune")
@click.option("--keep", metavar="SPAN", callback=_span, help="Keep what ended or came within this span, such as 30d; by default `retention` of ecomflow.yaml says it.")
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@person()
@common
def command(project: Path, out: Out, keep: int | None, by: str, *, dry_run: bool) -> None:
    """Drop runs and events that are over and that nothing needs any more.

    The engine does it by itself every six hours. It drops in small steps beside its work, so the file gets smaller bit by bit.
    What an open run, a caller, a pause or a trigger still needs stays.
    """
    if dry_run:
        counts = look(project, lambda _, reader: reader.over(wall_clock(), keep))
        out.record("over", **counts)
        out.say(", ".join(f"{number} {name if number != 1 else name[:-1]}" for name, number in counts.items()), " would go.")
        return
    span = None if keep is None else timedelta(microseconds=keep)
    request(project, out, "prune", "The engine drops what is over, in small steps.", lambda engine: engine.prune(span, by), keep=keep, by=by)
