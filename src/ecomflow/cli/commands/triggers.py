"""``ecomflow triggers``: the kinds of triggers that a workflow can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.catalogue.schemas import arguments, summary
from ecomflow.cli.catalogue.showing import find, fold, origin, say_arguments, say_paragraphs, say_pasted
from ecomflow.cli.catalogue.snippets import trigger
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.language import trigger_kinds
from ecomflow.registry import OWN, Registry

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out
    from ecomflow.language import TriggerKind



@click.command("triggers")
@click.argument("kind", required=False)
@common
def command(project: Path, out: Out, kind: str | None) -> None:  # noqa: ARG001 every command takes a project
    """List the kinds of triggers; with a KIND, tell all of one.

    That is when it fires, its keys with what each takes, who brings it, and a trigger to paste.
    """
    registry = Registry.load()
    known = dict(sorted(trigger_kinds(registry.catalog).items()))
    chosen = known if kind is None else {kind: find(known, kind, "kind of triggers")}
    for each in chosen.values():
        distribution, version = _origin(registry, each)
        out.record(
            "trigger", name=each.name, keys=list(each.keys), description=each.description, schema=each.schema, distribution=distribution,
            version=version, snippet=trigger(each),
        )  # fmt: skip
    if kind is not None:
        _say(out, registry, known[kind])
        return
    fold(out, [[Ink(name, bold=True), summary(each.description)] for name, each in known.items()])


def _origin(registry: Registry, kind: TriggerKind) -> tuple[str, str]:
    found = origin(registry, f"trigger {kind.name}")
    own = next(plugin.version for plugin in registry.plugins if plugin.distribution == OWN)
    return found if found[0] else (OWN, own)


def _say(out: Out, registry: Registry, kind: TriggerKind) -> None:
    out.say(Ink(kind.name, bold=True))
    out.say()
    say_paragraphs(out, kind.description)
    fold(out, [("known by", ", ".join(f"`{key}`" for key in kind.keys)), ("from", " ".join(_origin(registry, kind)))])
    out.say()
    out.say(Ink("Keys", bold=True))
    out.say()
    say_arguments(out, arguments(kind.schema))
    say_pasted(out, "To paste into a workflow", trigger(kind))
