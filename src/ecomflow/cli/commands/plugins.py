"""``ecomflow plugins``: what is installed, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.registry import OWN, Registry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ecomflow.claims import Problem
    from ecomflow.cli.output import Out
    from ecomflow.registry import Plugin


@click.command("plugins")
@common
def command(project: Path, out: Out) -> int:  # noqa: ARG001 what is installed is so for every project
    """List what is installed: each distribution with its version, what it brings, and what is wrong with it.

    Every plugin is imported for this. The exit code is 1 where one could not be loaded, or two claim one name.
    """
    registry = Registry.load()
    versions = {each.distribution: each.version for each in registry.problems} | {each.distribution: each.version for each in registry.plugins}
    for distribution in sorted(versions, key=lambda name: (name != OWN, name)):
        _show(
            out, distribution, versions[distribution], [each for each in registry.plugins if each.distribution == distribution],
            [each for each in registry.problems if each.distribution == distribution],
        )  # fmt: skip
    return int(any(problem.severity == "error" for problem in registry.problems))


def _show(out: Out, distribution: str, version: str, plugins: Sequence[Plugin], problems: Sequence[Problem]) -> None:
    things = [thing.rsplit(" ", 1) for each in plugins for thing in each.things]
    out.record(
        "plugin", distribution=distribution, version=version, modules=[each.name for each in plugins],
        things=[{"kind": kind, "name": name} for kind, name in things],
        problems=[{"severity": each.severity, "message": each.message} for each in problems],
    )  # fmt: skip
    out.say(Ink(distribution, bold=True), " ", version)
    for kind in dict.fromkeys(kind for kind, _ in things):
        out.say("  ", f"{kind}s: ", ", ".join(name for each, name in things if each == kind))
    for problem in problems:
        out.say("  ", Ink(problem.severity, "red" if problem.severity == "error" else "yellow", bold=True), f": {problem.message}")
