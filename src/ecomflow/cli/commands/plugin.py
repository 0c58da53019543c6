"""``ecomflow plugin new`` and ``ecomflow plugin check``: for those who write plugins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ecomflow.cli.diagnostics import many
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.cli.pluginfolder import distribution_of, write_plugin
from ecomflow.registry import OWN, Registry
from ecomflow.testing import check_plugin

if TYPE_CHECKING:
    from ecomflow.cli.output import Out
    from ecomflow.testing import Finding

_NEXT: Final = (
    ("python -m pip install -e '.[test]'", "install it where ecomflow is"),
    ("python -m pytest", "its tests"),
    ("ecomflow plugin check", "hold it against the contract"),
    ("ecomflow plugins", "see it beside what is built in"),
)


@click.command("plugin")
@click.argument("what", metavar="new|check", type=click.Choice(["new", "check"]))
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--dir", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="new: where to make it; by default ecomflow-NAME, here.")
@click.option("--call", is_flag=True, help="check: also call actions that need no connection, with example parameters; twice where they are idempotent.")
@common
def command(project: Path, out: Out, what: str, name: str | None, folder: Path | None, *, call: bool) -> int:
    """Make a plugin, or hold one against the contract.

    \b
    ecomflow plugin new giftcard
    ecomflow plugin check ecomflow-giftcard

    new makes a distribution that installs, with an action and tests that pass. check takes the NAME of a distribution, or
    the path of its folder; without one, every plugin that is installed is checked. It imports the plugin and calls its plans,
    nothing else; the exit code is 1 where something breaks the contract.
    """  # noqa: D301 click's own mark for lines that stay as they are
    if what == "new":
        if name is None:
            raise click.UsageError("name the plugin: ecomflow plugin new NAME")
        return _new(out, name, folder or project / f"ecomflow-{name.removeprefix('ecomflow-')}")
    return _check(out, name, call=call)


def _new(out: Out, name: str, folder: Path) -> int:
    written = write_plugin(name, folder)
    for file in written:
        out.record("file", path=str(folder / file))
    out.say("Made a plugin in ", Ink(str(folder), bold=True), ":")
    for file in written:
        out.say("  ", file)
    out.say()
    out.say("Next:")
    out.table(([Ink(step, bold=True), text] for step, text in [(f"cd {folder}", ""), *_NEXT]), indent="  ")
    return 0


def _check(out: Out, name: str | None, *, call: bool) -> int:
    registry = Registry.load()
    installed = {each.distribution for each in registry.plugins} | {each.distribution for each in registry.problems}
    names = [distribution_of(name)] if name else sorted(installed - {OWN})
    findings = [finding for each in names for finding in check_plugin(each, registry, call=call)]
    for finding in findings:
        _show(out, finding)
    errors = sum(finding.severity == "error" for finding in findings)
    out.record("summary", plugins=names, errors=errors, warnings=len(findings) - errors)
    out.say(f"{', '.join(names) or 'no plugin'} checked: ", ", ".join(filter(None, (many(errors, "error"), many(len(findings) - errors, "warning")))) or "nothing found")
    return int(errors > 0)


def _show(out: Out, finding: Finding) -> None:
    out.record(
        "finding", severity=finding.severity, distribution=finding.distribution, thing=finding.thing, place=finding.place,
        message=finding.message,
    )  # fmt: skip
    where = " ".join(filter(None, (finding.distribution, finding.thing)))
    out.say(Ink(finding.severity, "red" if finding.severity == "error" else "yellow", bold=True), f": {where}: {finding.message}")
    if finding.place:
        out.say("  --> ", finding.place)
