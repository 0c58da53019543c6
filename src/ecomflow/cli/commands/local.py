"""``ecomflow local …``: look at and change the records of the embedded desk and back office."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ecomflow.cli.inputs import FILE
from ecomflow.cli.local.desk import open_desk
from ecomflow.cli.local.kinds import KINDS
from ecomflow.cli.local.reading import read_records
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink, note
from ecomflow.cli.words import shown
from ecomflow.errors import NotFoundError
from ecomflow.jsontext import from_json
from ecomflow.language import misfits

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.local.desk import Desk
    from ecomflow.cli.local.kinds import Kind
    from ecomflow.cli.local.reading import Given
    from ecomflow.cli.output import Out

_LONGEST = 24
"""Digits of a number; longer ones are texts."""

_kind = click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
_id = click.argument("id_", metavar="ID")
_connection = click.option("--connection", metavar="NAME", help="Which connection of kind local, where there are several.")


@click.group("local")
def command() -> None:
    """Look at and change the records of the connection `local`.

    A KIND is one of customer, order, draft_order, ticket, return, payment, refund, discount, gift_card, points, product, stock,
    stock_alert, price, shipment, purchase, entry, report, import, message and customer_message.
    """


@command.command("list")
@_kind
@click.option("--where", multiple=True, metavar="FIELD=VALUE", help="Only where it is so; a list has each value in it. May be given again.")
@_connection
@common
def list_(project: Path, out: Out, kind: str, where: tuple[str, ...], connection: str | None) -> None:
    """List the records of a KIND, in order of their ids.

    \b
    ecomflow local list ticket --where status=open --where tags=vip
    """  # noqa: D301 click's own mark for lines that stay as they are
    fields: dict[str, list[Any]] = {}
    for field, value in map(_condition, where):
        fields.setdefault(field, []).append(value)
    found = open_desk(project, connection).records.find(kind, **fields)
    for record in found:
        out.record("record", of=kind, id=record["id"], record=record)
    columns = KINDS[kind].columns
    out.table([Ink(record["id"], bold=True), *(_cell(record.get(name)) for name in columns)] for record in found)
    if not found:
        note("No records.")


def _condition(text: str) -> tuple[str, Any]:
    field, sign, value = text.partition("=")
    if not sign or not field:
        raise click.BadParameter(f"--where: {text!r} is not of the form FIELD=VALUE")
    return field, _plain(value)


def _plain(text: str) -> Any:
    try:
        value = from_json(text) if len(text) <= _LONGEST else text
    except ValueError:
        return text
    return text if isinstance(value, (str, list, dict)) else value


def _cell(value: Any) -> str:
    return "-" if value is None else shown(value, 60)


@command.command("show")
@_kind
@_id
@_connection
@common
def show(project: Path, out: Out, kind: str, id_: str, connection: str | None) -> None:
    """Show all fields of one record."""
    record = open_desk(project, connection).records.get(kind, id_)
    if record is None:
        raise NotFoundError(f"there is no {kind} {id_!r}")
    out.record("record", of=kind, id=id_, record=record)
    out.table((Ink(name, bold=True), shown(value, 1000)) for name, value in record.items())


@command.command("put")
@_kind
@click.option("--data", type=FILE, required=True, metavar="FILE", help="JSON: a record, a list of them, or one a line. - reads stdin.")
@_connection
@common
def put(project: Path, out: Out, kind: str, data: str, connection: str | None) -> int:
    """Store records of a KIND, each in place of one of the same id; all of them, or none where one has a fault.

    The moment when it began (created, joined) may be left out and is now. The id of stock and of a
    price is its variant_id, the id of a discount its code.
    """
    desk = open_desk(project, connection)
    given = read_records(data)
    faults = _faults(desk, KINDS[kind], given)
    for fault in faults:
        note(f"error: {fault}")
    if faults:
        note("Nothing was stored.")
        return 1
    _store(out, desk, KINDS[kind], given)
    return 0


def _faults(desk: Desk, kind: Kind, given: list[Given]) -> list[str]:
    schema = kind.schema(desk.registry.catalog)
    return [f"{place}: {text}" if place else text for place, value in given for text in misfits(schema, value)]


def _store(out: Out, desk: Desk, kind: Kind, given: list[Given]) -> None:
    now = datetime.now(UTC)
    # A file's order is an order of joining: each begins a moment after the one before.
    records = [kind.complete(value, now + timedelta(microseconds=number)) for number, (_, value) in enumerate(given)]
    desk.records.put(kind.name, *records)
    for record in records:
        out.record("put", of=kind.name, id=record["id"])
    out.say(f"Stored {len(records)} {kind.name} record{'' if len(records) == 1 else 's'}.")


@command.command("remove")
@_kind
@_id
@_connection
@common
def remove(project: Path, out: Out, kind: str, id_: str, connection: str | None) -> None:
    """Take one record away."""
    if not open_desk(project, connection).records.remove(kind, id_):
        raise NotFoundError(f"there is no {kind} {id_!r}")
    out.record("remove", of=kind, id=id_)
    out.say(f"Removed {kind} {id_}.")
