"""``ecomflow describe``: a workflow in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ecomflow.cli.catalogue.showing import folded
from ecomflow.cli.describing.said import capital
from ecomflow.cli.describing.workflow import describe, inputs_of
from ecomflow.cli.diagnostics import warn, workflow_of
from ecomflow.cli.folders import project_folder
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.language import load_project
from ecomflow.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ecomflow.cli.describing.said import Said
    from ecomflow.cli.describing.workflow import Described
    from ecomflow.cli.output import Out


@click.command("describe")
@click.argument("workflow")
@common
def command(project: Path, out: Out, workflow: str) -> None:
    """Tell a WORKFLOW in plain words, for people who do not read its file: when it starts, what it does, what ends it."""
    registry = Registry.load()
    loaded = load_project(project_folder(project), registry.catalog)
    warn(fault for fault in loaded.diagnostics if fault.workflow != workflow)
    known = workflow_of(out, loaded, workflow)
    said, inputs = describe(known, registry), inputs_of(known)
    out.record(
        "description", workflow=said.name, purpose=said.purpose, starts=said.starts, conditions=list(said.conditions), rules=list(said.rules),
        ends=list(said.ends), steps=list(map(_record, said.steps)), output=said.gives, inputs=inputs,
    )  # fmt: skip
    _show(out, said, inputs)


def _record(said: Said) -> dict[str, Any]:
    inside = [{"heading": heading, "steps": list(map(_record, steps))} for heading, steps in said.inside]
    return {"text": said.text, "inside": inside}


def _show(out: Out, said: Described, inputs: Mapping[str, str]) -> None:
    out.say(Ink(said.name, bold=True))
    if said.purpose:
        _paragraph(out, said.purpose)
    _heading(out, "When it starts")
    _paragraph(out, f"It starts {said.starts}{', and only if:' if said.conditions else '.'}")
    for condition in said.conditions:
        _hang(out, "  - ", condition)
    for rule in said.rules:
        _paragraph(out, rule)
    if said.ends:
        _heading(out, "What ends it early")
        _paragraph(out, "The run ends at once, whatever step it is in, as soon as:")
        for end in said.ends:
            _hang(out, "  - ", end)
    _heading(out, "What it does")
    _steps(out, said.steps, "  ")
    if said.gives:
        _paragraph(out, f"At the end it gives {said.gives}.")
    if inputs:
        _heading(out, "Its settings")
        for name, text in inputs.items():
            _hang(out, "  - ", f"{name}: {text}")


def _heading(out: Out, text: str) -> None:
    out.say()
    out.say(Ink(text, bold=True))


def _paragraph(out: Out, text: str) -> None:
    for line in folded(text):
        out.say(line)


def _steps(out: Out, steps: Sequence[Said], indent: str) -> None:
    for number, step in enumerate(steps, 1):
        lead = f"{indent}{number}. "
        _hang(out, lead, step.text)
        for heading, inside in step.inside:
            deeper = " " * len(lead)
            if heading:
                _hang(out, deeper, f"{capital(heading)}:")
            _steps(out, inside, deeper + "  " * bool(heading))


def _hang(out: Out, lead: str, text: str) -> None:
    first, *rest = folded(text, len(lead))
    out.say(lead, first)
    for line in rest:
        out.say(" " * len(lead), line)
