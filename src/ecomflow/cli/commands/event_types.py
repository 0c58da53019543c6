"""``ecomflow event-types``: the types of events that have a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.catalogue.schemas import fields, one_line
from ecomflow.cli.catalogue.showing import find, fold, folded, origin, say_arguments, say_paragraphs, say_pasted
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.jsontext import to_json
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing.examples import example

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.model import EventType


@click.command("event-types")
@click.argument("name", required=False)
@common
def command(project: Path, out: Out, name: str | None) -> None:
    """List the types of events that are installed or that the project adds; with a NAME, tell all of one.

    That is what its data holds, what it is about, who brings it, and a trigger and sample data to paste. Events of other
    types are taken too; their fields are not checked.
    """
    registry = Registry.load()
    known = dict(sorted(load_project(project, registry.catalog).event_types.items()))
    chosen = known if name is None else {name: find(known, name, "type of events")}
    for each in chosen.values():
        distribution, version = _origin(registry, each)
        out.record(
            "event_type", name=each.name, description=each.description, subject=each.subject, schema=each.schema, distribution=distribution,
            version=version, snippet=trigger(each), example=example(each.schema),
        )  # fmt: skip
    if name is not None:
        _say(out, registry, known[name])
        return
    fold(out, [[Ink(each, bold=True), f"about {kind.subject}" if kind.subject else "", one_line(kind.description)] for each, kind in known.items()])


def _origin(registry: Registry, known: EventType) -> tuple[str, str]:
    installed = registry.catalog.event_types.get(known.name) == known
    return origin(registry, f"event type {known.name}") if installed else ("", "")


def trigger(known: EventType) -> str:
    """Return a trigger to paste.

    Args:
        known: the type of its events.
    """
    return f"trigger: {{event: {known.name}}}"


def _say(out: Out, registry: Registry, known: EventType) -> None:
    out.say(Ink(known.name, bold=True))
    out.say()
    if known.description:
        say_paragraphs(out, known.description)
    about = known.subject or "what the event itself says, for no field is named"
    fold(out, [("subject", about), ("from", " ".join(_origin(registry, known)).strip() or "the project file")])
    out.say()
    out.say(Ink("Fields", bold=True))
    out.say()
    say_arguments(out, list(fields(known.schema)))
    say_pasted(out, "To paste into a workflow", trigger(known))
    say_pasted(out, f"Sample data, for `ecomflow emit {known.name} --data FILE`", _sample(known))


def _sample(known: EventType) -> str:
    """Return sample data with what the event is about, without the mappings inside it."""
    noun = known.name.partition(".")[0]
    data = example(known.schema)
    about = data.get(noun) if isinstance(data, dict) else None
    if isinstance(about, dict):
        data = {noun: {name: value for name, value in about.items() if not isinstance(value, dict)}}
    return "\n".join(folded(to_json(data), 4))
