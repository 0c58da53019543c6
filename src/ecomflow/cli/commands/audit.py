"""``ecomflow audit``: who asked for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.engines import look_or_nothing
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink, note
from ecomflow.cli.since import since_option
from ecomflow.cli.words import when, zone_of

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.runtime.base import AuditRecord
    from ecomflow.runtime.embedded import Engine
    from ecomflow.runtime.reading import Reader


@click.command("audit")
@click.option("--who", metavar="NAME", help="Only what this person asked for.")
@click.option("--what", metavar="REQUEST", help="Only this request, such as approve, 'approve refused', retry, deploy.")
@since_option
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@common
def command(project: Path, out: Out, who: str | None, what: str | None, since: int | None, limit: int) -> None:
    """List who asked for what, the newest first: decisions, also refused ones, retries, pauses, deployments."""

    def work(engine: Engine, reader: Reader | None) -> None:
        found = [] if reader is None else reader.audit(since, who, what, limit=limit)
        say_audit(out, found, zone_of(engine.project.timezone))
        if not found:
            note("Nobody has asked for anything.")

    look_or_nothing(project, work)


def say_audit(out: Out, found: list[AuditRecord], zone: tzinfo) -> None:
    """Print what people asked for, one a line."""
    for each in found:
        out.record("audit", at=each.at, who=each.who, what=each.what, run=each.run_id, detail=each.detail)
    out.table([when(each.at, zone), Ink(each.what, bold=True), each.who or "-", each.run_id or "-", each.detail] for each in found)
