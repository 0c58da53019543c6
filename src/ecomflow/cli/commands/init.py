"""``ecomflow init``: a project that already works offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ecomflow.cli.editors import prepare
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.cli.template import add_customers, write_project
from ecomflow.errors import RefusedError
from ecomflow.registry import Registry

if TYPE_CHECKING:
    from ecomflow.cli.output import Out

_NEXT: Final = (
    ("ecomflow check", "every fault of every file"),
    ("ecomflow test", "the cases in workflows/*.test.yaml, on virtual time"),
    ("ecomflow serve", "the engine, in a terminal of its own"),
    ("ecomflow emit checkout.updated --data events/checkout.json", "a first event"),
    ("ecomflow runs", "what came of it"),
)


@click.command("init")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@common
def command(project: Path, out: Out, folder: Path | None) -> None:
    """Make a project in DIR, by default here: a workflow, its test, mail templates, sample events and customers,
    and the JSON Schemas that editors complete and check the files with.

    Files that are there already are never overwritten.
    """
    place = folder or project
    try:
        written = write_project(place)
    except FileExistsError as error:
        raise RefusedError(f"{error}; nothing was written") from None
    registry = Registry.load()
    written += [*prepare(place, written, registry), *add_customers(place, registry)]
    for name in written:
        out.record("file", path=str(place / name))
    out.say("Made a project in ", Ink(str(place), bold=True), ":")
    for name in written:
        out.say("  ", name)
    out.say()
    out.say("Next:")
    steps = [] if place.resolve() == Path.cwd() else [(f"cd {place}", "")]
    out.table(([Ink(step, bold=True), text] for step, text in [*steps, *_NEXT]), indent="  ")
