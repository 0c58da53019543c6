"""``ecomflow init``: a project that already works offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ecomflow.cli.editors import prepare
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.cli.samples import add_records
from ecomflow.cli.template import TEMPLATES, write_project
from ecomflow.errors import RefusedError
from ecomflow.registry import Registry

if TYPE_CHECKING:
    from ecomflow.cli.output import Out

_CART: Final = "abandoned-cart"
_FIRST: Final = {
    "approval-notice": "approval.requested --data events/approval.json",
    "restock-alert": "--from shopify --topic variants/in_stock --data events/shopify-variants-in_stock.json",
    "return-approval": "--from shopify --topic returns/request --data events/shopify-returns-request.json",
    "ticket-priority": "--from cloudevents --data events/ticket.json",
}
"""What puts a first event in, where that is not a checkout."""


@click.command("init")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--template", type=click.Choice(TEMPLATES), default=_CART, show_default=True, help="Which workflow it begins with.")
@common
def command(project: Path, out: Out, folder: Path | None, template: str) -> None:
    """Make a project in DIR, by default here: a workflow, its test, mail templates, sample events and records,
    and the JSON Schemas that editors complete and check the files with.

    Files that are there already are never overwritten.
    """
    place = folder or project
    try:
        written = write_project(place, template)
    except FileExistsError as error:
        raise RefusedError(f"{error}; nothing was written") from None
    registry = Registry.load()
    written += [*prepare(place, written, registry), *add_records(place, registry, template)]
    for name in written:
        out.record("file", path=str(place / name))
    out.say("Made a project in ", Ink(str(place), bold=True), ":")
    for name in written:
        out.say("  ", name)
    out.say()
    out.say("Next:")
    steps = [] if place.resolve() == Path.cwd() else [(f"cd {place}", "")]
    out.table(([Ink(step, bold=True), text] for step, text in [*steps, *_next(template)]), indent="  ")


def _next(template: str) -> tuple[tuple[str, str], ...]:
    return (
        ("ecomflow check", "every fault of every file"),
        ("ecomflow test", "the cases in workflows/*.test.yaml, on virtual time"),
        ("python -m aiosmtpd -n -l 127.0.0.1:1025", "a mail server that catches all (in ecomflow[demo]), in a terminal of its own"),
        ("ecomflow serve", "the engine, in another one"),
        (f"ecomflow emit {_FIRST.get(template, 'checkout.updated --data events/checkout.json')}", "a first event"),
        ("ecomflow runs", "what came of it"),
    )
