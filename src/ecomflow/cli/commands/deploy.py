"""``ecomflow deploy``: make edited files current."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from ecomflow.cli.diagnostics import errors, warn
from ecomflow.cli.engines import ask, look_or_nothing
from ecomflow.cli.options import common, person
from ecomflow.cli.output import Ink, note
from ecomflow.cli.runrecords import record_of, status_ink
from ecomflow.runtime.base import OlderRun
from ecomflow.runtime.clock import to_micros
from ecomflow.runtime.deploying import NEWER_DEPLOYED

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.language import Project
    from ecomflow.runtime.reading import Reader

_MOST: Final = 1_000_000


@click.command("deploy")
@click.option("--keep", "how", flag_value="keep", default="keep", help="Runs finish on the version that they began with (the default).")
@click.option("--migrate", "how", flag_value="migrate", help="Runs that wait go on in the new version, where the step they wait at still is.")
@click.option("--cancel", "how", flag_value="cancel", help="Runs on older versions are cancelled.")
@person()
@common
def command(project: Path, out: Out, how: str, by: str) -> int:
    """Make edited files current, and list the runs that are on older versions, and those that --migrate moved or --cancel ended.

    A file with an error does not run; the others are deployed, and the exit code is 1.
    """
    read: Project = look_or_nothing(project, lambda engine, _: engine.project)
    faults = read.diagnostics
    warn(faults)
    asked = ask(project, lambda engine: engine.deploy(how, by), "the deployment")
    removed = [name for name in asked.value or () if name not in read.workflows]
    out.record("deployment", done=asked.done, how=how, by=by, changed=asked.value, removed=removed if asked.done else None)
    if asked.done:
        _say_changed(out, [name for name in asked.value if name not in removed], removed)
        look_or_nothing(project, lambda _, reader: None if reader is None else _runs(out, reader, how))
    return 1 if errors(faults) else 0


def _say_changed(out: Out, changed: list[str], removed: list[str]) -> None:
    if changed or not removed:
        out.say("Now current: ", Ink(", ".join(changed), bold=True) if changed else "all, as before", ".")
    if removed:
        out.say("Removed: ", Ink(", ".join(removed), bold=True), ".")


def _runs(out: Out, reader: Reader, how: str) -> None:
    migrates = how == "migrate"
    if how == "cancel":
        _cancelled(out, reader)
    if migrates:
        _migrated(out, reader)
        found = list(reader.older_runs(datetime.now(UTC)))
    else:
        found = [OlderRun(run) for run in reader.runs() if not run.status.ended and not reader.is_current(run)]
    if found:
        out.say("On older versions:")
    out.table(map(_row, found), indent="  ")
    for each in found:
        out.record("run", **record_of(each.run), stays=each.stays)
    if migrates and reader.older.is_migrating:
        note("The engine goes on with the rest.")


def _cancelled(out: Out, reader: Reader) -> None:
    asked = reader.audit(what="deploy", limit=1)
    found = [run for run in reader.runs(status="cancelled") if asked and run.ended and run.ended >= asked[0].at and run.reason == NEWER_DEPLOYED]
    out.say("Cancelled:" if found else "Nothing was cancelled.")
    out.table(([run.id, run.workflow, run.subject or "-", run.version[:12]] for run in found), indent="  ")
    for run in found:
        out.record("cancelled", **record_of(run))


def _migrated(out: Out, reader: Reader) -> None:
    asked = reader.audit(what="deploy", limit=1)
    found = reader.audit(to_micros(asked[0].at), what="migrate", limit=_MOST) if asked else []
    out.say("Migrated:" if found else "Nothing was migrated.")
    out.table(([each.run_id or "", each.detail] for each in reversed(found)), indent="  ")
    for each in reversed(found):
        out.record("migrated", run=each.run_id, at=each.at, by=each.who, detail=each.detail)


def _row(older: OlderRun) -> list[str | Ink]:
    run = older.run
    return [run.id, run.workflow, run.subject or "-", status_ink(run.status), run.version[:12], *filter(None, [older.stays])]
