"""``ecomflow erase``: take a person out of all that the shop keeps."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from ecomflow.cli.engines import ask, look_or_nothing
from ecomflow.cli.folders import project_folder
from ecomflow.cli.options import common, person
from ecomflow.cli.output import Ink, note
from ecomflow.errors import RefusedError
from ecomflow.matching import Sought
from ecomflow.runtime.embedded import Engine

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.runtime.base import Erasure
    from ecomflow.runtime.reading import Reader

_SHOWN: Final = 50
_BACKUPS: Final = "Copies of the files, such as backups, are not reached: one that is put back brings the person back; then erase again."


@click.command("erase")
@click.option("--subject", required=True, metavar="KIND:VALUE", help="Who: a noun and an id as events have them, such as customer:c17 or cart:17.")
@click.option("--also", multiple=True, metavar="TEXT", help="Another text that means the same one, such as an e-mail address. May be given again.")
@click.option("--dry-run", is_flag=True, help="List what would be erased; nothing is changed.")
@click.option("--yes", is_flag=True, help="Do not ask before.")
@click.option("--timeout", type=click.FloatRange(0), default=60.0, show_default=True, metavar="SECONDS", help="How long to wait until it is done; it goes on after that.")
@person()
@common
def command(project: Path, out: Out, subject: str, also: tuple[str, ...], by: str, *, dry_run: bool, yes: bool, timeout: float) -> int | None:
    """Erase a person, or whatever else a subject stands for, from events, runs and the records of connections.

    Open runs end first, as cancelled; their `finally` blocks run. Nothing of it can be undone.

    \b
    ecomflow erase --subject customer:c17 --also ana@shopper.example --dry-run
    """  # noqa: D301 click's own mark for lines that stay as they are
    try:
        Sought.of(subject, also)
    except RefusedError as error:
        raise click.UsageError(str(error)) from error
    found = _found(project, subject, also)
    if dry_run or (not found.runs and not found.events):
        _say_found(project, out, subject, found)
    if dry_run:
        return None
    if not yes and not _agreed(subject, found):
        return 1
    asked = ask(project, lambda engine: engine.erase(subject, also=also, by=by, timeout=timeout), "the erasure")
    erased: Erasure | None = asked.value
    out.record("erase", subject=subject, also=also, by=by, **_fields(erased))
    if erased is None:
        return None
    _say(out, subject, erased)
    return None


def _found(project: Path, subject: str, also: tuple[str, ...]) -> Erasure:
    async def inside() -> Erasure:
        async with Engine.open(project_folder(project), role="client") as engine:
            return await engine.erase(subject, also=also, dry_run=True)

    return asyncio.run(inside())


def _say_found(project: Path, out: Out, subject: str, found: Erasure) -> None:
    for run_id, workflow, status in found.runs:
        out.record("found", what="run", id=run_id, workflow=workflow, status=status)
    for event_id, type_ in found.events:
        out.record("found", what="event", id=event_id, type=type_)
    rows: list[list[str | Ink]] = [[Ink("event", bold=True), type_, event_id] for event_id, type_ in found.events]
    rows += [[Ink("run", bold=True), workflow, run_id, status] for run_id, workflow, status in found.runs]
    out.table(rows if out.as_json else rows[:_SHOWN])
    if len(rows) > _SHOWN:
        note(f"… and {len(rows) - _SHOWN} more (--json lists all)")
    if not rows:
        note(f"No event and no run names {subject}. Kinds that events have: {', '.join(_kinds(project))}.")
    else:
        note(f"{_many(found.counts)} would be erased, open runs ended before, and what connections keep. Nothing was changed.")


def _kinds(project: Path) -> list[str]:
    def work(engine: Engine, _: Reader | None) -> list[str]:
        known = engine.project.event_types.values()
        return sorted({each.subject.removesuffix(".id") for each in known if each.subject})

    kinds: list[str] = look_or_nothing(project, work)
    return kinds


def _agreed(subject: str, found: Erasure) -> bool:
    if not sys.stdin.isatty():
        note(f"{_many(found.counts)} of {subject} would be erased. Nothing was done: say --yes where nobody can be asked.")
        return False
    note(f"{_many(found.counts)} of {subject} will be erased, and what connections keep. This cannot be undone.")
    return click.confirm("Erase them?", err=True)


def _fields(erased: Erasure | None) -> dict[str, Any]:
    if erased is None:
        return {"done": False}
    waits = [{"run": run, "status": status} for run, status in erased.waits_for]
    return {
        "done": erased.done, "state": erased.state, "counts": dict(erased.counts), "still": dict(erased.still),
        "connections": dict(erased.outside), "waits_for": waits,
    }  # fmt: skip


def _say(out: Out, subject: str, erased: Erasure) -> None:
    if not erased.done:
        note(f"The erasure of {subject} goes on by itself, also when the engine is started anew; now: {erased.state}.")
        for run, status in erased.waits_for:
            note(f"It waits for the end of {run}, which is {status}: ecomflow show {run.partition('-')[0]}")
        return
    out.say(f"Erased {subject}.")
    rows = [(Ink(str(count), bold=True), _plural(what, count)) for what, count in erased.counts.items()]
    rows += [(Ink(str(count), bold=True), _plural(f"record of connection {name}", count)) for name, count in erased.outside.items() if not isinstance(count, str)]
    out.table(rows, indent="  ")
    for name, why in erased.outside.items():
        if isinstance(why, str):
            note(f"Connection {name} {why}.")
    for where, count in erased.still.items():
        note(f"Still found in {count} {where}.")
    note(_BACKUPS)


def _many(counts: Any) -> str:
    return " and ".join(f"{counts.get(what, 0)} {_plural(what, counts.get(what, 0))}" for what in ("event", "run"))


def _plural(what: str, count: int) -> str:
    first, _, rest = what.partition(" ")
    return " ".join(filter(None, [first if count == 1 or what.startswith("held") else f"{first}s", rest]))
