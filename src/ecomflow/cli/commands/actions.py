"""``ecomflow actions``: the actions that are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from ecomflow.cli.catalogue.schemas import arguments, fields, summary, types_of
from ecomflow.cli.catalogue.showing import find, fold, origin, say_arguments, say_paragraphs, say_pasted
from ecomflow.cli.catalogue.snippets import step
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.language import load_project
from ecomflow.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.catalogue.schemas import Argument
    from ecomflow.cli.output import Out
    from ecomflow.model import ActionSpec

_AS_LIST: Final = "A list. Each item has:"
_AS_PAGES: Final = "A list, page by page: by the `id` the first page, in `for_each` over the `id` alone all pages. Each item has:"


@click.command("actions")
@click.argument("name", required=False)
@common
def command(project: Path, out: Out, name: str | None) -> None:
    """List the actions that are installed; with a NAME, tell all of one.

    That is what it does to the world, which connections carry it out, its parameters and its result, who brings it, and a
    step to paste.
    """
    registry = Registry.load()
    known = dict(sorted(registry.catalog.actions.items()))
    chosen = known if name is None else {name: find(known, name, "action")}
    connections = load_project(project, registry.catalog).connections.values()
    steps = {each: step(spec, sorted(one.name for one in connections if one.plugin in spec.connections)) for each, spec in chosen.items()}
    for spec in chosen.values():
        _record(out, registry, spec, steps[spec.name])
    if name is not None:
        _say(out, registry, known[name], steps[name])
        return
    fold(out, [[Ink(each, bold=True), spec.effect.value, summary(spec.description)] for each, spec in known.items()])


def _record(out: Out, registry: Registry, spec: ActionSpec, snippet: str) -> None:
    distribution, version = origin(registry, f"action {spec.name}")
    out.record(
        "action", name=spec.name, effect=spec.effect, idempotent=spec.idempotent, description=spec.description, params=spec.params,
        result=spec.result, connections=list(spec.connections), timeout=spec.timeout,
        retry={"attempts": spec.retry.attempts, "delay": spec.retry.delay, "max_delay": spec.retry.max_delay, "deadline": spec.retry.deadline},
        distribution=distribution, version=version, snippet=snippet,
    )  # fmt: skip


def _say(out: Out, registry: Registry, spec: ActionSpec, snippet: str) -> None:
    out.say(Ink(spec.name, bold=True), f" {spec.effect}")
    out.say()
    say_paragraphs(out, spec.description)
    fold(out, _facts(registry, spec))
    given, results = arguments(spec.params), _results(spec)
    if given:
        out.say()
        out.say(Ink("Parameters, under `with`", bold=True))
        out.say()
        say_arguments(out, given)
    if results:
        out.say()
        out.say(Ink("Result, by the step's `id`", bold=True))
        out.say()
        say_paragraphs(out, _AS_PAGES if spec.pages else _AS_LIST if "array" in types_of(spec.result) else "")
        say_arguments(out, results)
    say_pasted(out, "To paste into a list of steps", snippet)


def _results(spec: ActionSpec) -> list[Argument]:
    items = spec.result.get("items")
    return list(fields(items if "array" in types_of(spec.result) and isinstance(items, dict) else spec.result))


def _facts(registry: Registry, spec: ActionSpec) -> list[tuple[str, str]]:
    again = "idempotent: the same call under the same key takes effect once" if spec.idempotent else "each call takes effect"
    retry = f"{spec.retry.attempts} attempts of at most {spec.timeout:g} s each, where the step does not say otherwise"
    through = f"a connection of kind {' or '.join(spec.connections)}" if spec.connections else "no connection"
    return [("repeated", again), ("tried", retry), ("through", through), ("from", " ".join(origin(registry, f"action {spec.name}")) or "this program")]
