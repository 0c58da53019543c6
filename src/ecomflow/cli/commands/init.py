"""``ecomflow init``: a project that already works offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.cli.template import write_project
from ecomflow.errors import RefusedError

if TYPE_CHECKING:
    from ecomflow.cli.output import Out


@click.command("init")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@common
def command(project: Path, out: Out, folder: Path | None) -> None:
    """Make a project in DIR, by default here: a workflow, its test, mail templates and sample events.

    Files that are there already are never overwritten.
    """
    place = folder or project
    try:
        written = write_project(place)
    except FileExistsError as error:
        raise RefusedError(f"{error}; nothing was written") from None
    for name in written:
        out.record("file", path=str(place / name))
    out.say("Made a project in ", Ink(str(place), bold=True), ":")
    for name in written:
        out.say("  ", name)
    out.say()
    out.say("Next:")
    steps = [
        ("ecomflow check", "every fault of every file"),
        ("ecomflow test", "the cases in workflows/*.test.yaml, in virtual time"),
        ("ecomflow serve", "the engine, in a terminal of its own"),
        ("ecomflow emit checkout.updated --data events/checkout.json", "a first event"),
        ("ecomflow runs", "what came of it"),
    ]
    if place.resolve() != Path.cwd():
        steps.insert(0, (f"cd {place}", ""))
    out.table(([Ink(step, bold=True), text] for step, text in steps), indent="  ")
