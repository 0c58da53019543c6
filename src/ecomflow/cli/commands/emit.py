"""``ecomflow emit``: put an event in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from ecomflow.cli.cloudevents import cloudevent
from ecomflow.cli.decisions import say_decision
from ecomflow.cli.engines import ask
from ecomflow.cli.inputs import FILE, read_json, read_object
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.cli.words import moment
from ecomflow.errors import NotFoundError
from ecomflow.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.runtime.base import Receipt
    from ecomflow.runtime.embedded import Engine

CLOUDEVENTS: Final = "cloudevents"
"""What ``--from`` says for an event that is a CloudEvent already."""


@click.command("emit")
@click.argument("type_", metavar="[TYPE]", required=False)
@click.option("--data", type=FILE, required=True, metavar="FILE", help="JSON: the event's data, the vendor's body, or a CloudEvent. - reads stdin.")
@click.option("--id", "id_", metavar="ID", help="Unique within the source: a second event of one id is dropped.")
@click.option("--source", default="cli", show_default=True, help="Who says it.")
@click.option("--subject", help="What it is about, where no schema says that.")
@click.option("--time", "time", metavar="MOMENT", help="When it happened, such as 2026-03-02T09:00:00Z; now by default.")
@click.option("--from", "vendor", metavar="VENDOR", help="The file is a webhook's body of this vendor, such as shopify; or cloudevents.")
@click.option("--topic", help="What the webhook is about, such as orders/create.")
@common
def command(
    project: Path, out: Out, type_: str | None, data: str, id_: str | None, source: str, subject: str | None,
    time: str | None, vendor: str | None, topic: str | None,
) -> None:  # fmt: skip
    """Put an event of a TYPE such as order.created in, and tell what became of it.

    \b
    ecomflow emit order.created --data order.json
    ecomflow emit --from shopify --topic orders/create --data body.json
    ecomflow emit --from cloudevents --data event.json

    A CloudEvent (1.0, structured mode) says id, source, type, subject and time itself.
    Where no engine runs the event is kept, and decided when one does.
    """  # noqa: D301 click's own mark for lines that stay as they are
    if vendor == CLOUDEVENTS:
        if type_ or topic or id_ or subject or time:
            raise click.UsageError("a CloudEvent says itself what it is: give --data alone")
        events = [cloudevent(read_json(data))]
    elif vendor is not None:
        events = _converted(vendor, topic, data, id_)
    elif type_ is None or topic is not None:
        raise click.UsageError("name the event's TYPE, or a vendor with --from and --topic")
    else:
        events = [{"type": type_, "data": read_object(data), "id": id_, "source": source, "subject": subject, "time": time}]
    for event in events:
        _emit(project, out, event)


def _converted(vendor: str, topic: str | None, data: str, id_: str | None) -> list[dict[str, Any]]:
    sources = Registry.load().sources
    if vendor not in sources:
        raise NotFoundError(f"no plugin knows webhooks of {vendor}; known are {', '.join([*sources, CLOUDEVENTS])}")
    source = sources[vendor]
    if topic not in source.topics:
        raise NotFoundError(f"--topic: {vendor} has no topic {topic}; known are {', '.join(source.topics)}")
    events = source(topic, read_json(data), id_)
    if not events:
        raise click.BadParameter(f"the body gives no event: it is not what {vendor} sends for {topic}")
    return events


def _emit(project: Path, out: Out, event: dict[str, Any]) -> None:
    time = event["time"]
    at = moment(time) if isinstance(time, str) else time

    async def work(engine: Engine) -> Receipt:
        receipt: Any = await engine.emit(
            event["type"], event["data"], id=event["id"], source=event["source"], subject=event["subject"], time=at
        )
        kept.append(receipt.event_id)
        decided: Receipt = await receipt.decided(timeout=5)
        return decided

    kept: list[str] = []
    asked = ask(project, work, what="the event")
    _show(out, event["type"], kept[0], asked.value)


def _show(out: Out, type_: str, event_id: str, receipt: Receipt | None) -> None:
    out.record(
        "receipt", event=event_id, type=type_, duplicate=None if receipt is None else receipt.duplicate,
        decided=receipt is not None,
    )  # fmt: skip
    out.say(type_, " ", Ink(event_id, bold=True), "" if receipt is not None else " is kept")
    for decision in receipt.decisions if receipt is not None else ():
        say_decision(out, event_id, decision)
    if receipt is not None and not receipt.decisions:
        out.say("  no workflow started; `ecomflow why ", event_id, "` tells more")
