"""``ecomflow doctor``: what is wrong with an installation, where, and what to do."""

from __future__ import annotations

import logging
import re
from collections import Counter
from contextlib import nullcontext
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import click

from ecomflow.cli.doctor import connections, engine, files, machine, project, store, work
from ecomflow.cli.doctor.findings import Level, fail, warn
from ecomflow.cli.doctor.installation import Installation
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink, safe
from ecomflow.registry import Registry
from ecomflow.store.looking import in_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from ecomflow.cli.doctor.findings import Finding
    from ecomflow.cli.output import Out

    Check = Callable[[Installation], Iterable[Finding]]

_log = logging.getLogger("ecomflow")

CHECKS: Final[Mapping[str, Check]] = {
    "python": machine.python,
    "time zones": machine.zones,
    "plugins": machine.plugins,
    "project": project.project,
    "connections": connections.connections,
    "files": files.files,
    "store": store.store,
    "clock": machine.clock,
    "engine": engine.engine,
    "deployed": project.deployed,
    "paused": engine.paused,
    "runs": work.runs,
    "events": work.events,
}
"""In their order: what a later one needs, an earlier one has opened."""

_PATIENCE: Final = 5.0
"""Seconds that a check may ask the store, over all its queries."""

_COLOURS: Final = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command("doctor")
@common
def command(project: Path, out: Out) -> int:
    """Look over an installation: tell what is wrong, where, and what to do.

    Asks the project's files, connections and their secrets (no value is printed, nothing outside is reached), plugins, the
    store with its files and disk, the clock, the engine, and what waits for a person. It changes nothing and may run beside
    the engine. The exit code is 1 where something does not work (fail), and 0 where there is only something to look at (warn).
    """
    found = Installation(project, Registry.load())
    counts: Counter[Level] = Counter()
    try:
        for name, check in CHECKS.items():
            for finding in _looked(check, found):
                _show(out, name, finding)
                counts[finding.level] += 1
    finally:
        found.let_go()
    _sum_up(out, counts)
    return int(counts[Level.FAIL] > 0)


def _looked(check: Check, found: Installation) -> list[Finding]:
    """Return what a check finds; one that cannot be carried out is a finding, too, and keeps no other from it."""
    try:
        with nullcontext() if found.store is None else in_time(found.store, _PATIENCE):
            return list(check(found))
    except TimeoutError as error:
        return [warn(f"could not be looked at: {error}", "look again when the engine has less to do")]
    except OSError as error:
        return [fail(f"could not be looked at: {error}", "run this as the user who runs the engine")]
    except Exception as error:  # noqa: BLE001 whatever is wrong here, the rest is worth telling
        _log.info("this check failed", exc_info=True)  # shown with --debug
        return [fail(f"could not be looked at: {type(error).__name__}: {error}", "`ecomflow store check` may tell more")]


def _show(out: Out, name: str, finding: Finding) -> None:
    out.record(
        "check", check=name, level=finding.level, message=finding.message, remedy=finding.remedy, details=list(finding.details)
    )
    first, *more = _lines(out, finding.message)
    out.say(Ink(finding.level.ljust(4), _COLOURS[finding.level], bold=True), f"  {name.ljust(_WIDTH)}  ", first)
    for line in [*more, *(line for detail in finding.details for line in _lines(out, detail))]:
        out.say(_INDENT, line)
    for number, line in enumerate(_lines(out, finding.remedy, 3)):
        out.say(_INDENT, "   " if number else "-> ", Ink(line, bold=True))


_WIDTH: Final = max(map(len, CHECKS))
_INDENT: Final = " " * (_WIDTH + 8)
_NARROWEST: Final = 40
_COMMAND: Final = re.compile("`[^`]*`")


def _lines(out: Out, text: str, less: int = 0) -> list[str]:
    """Return a text in lines that fit the terminal; commands and paths stay whole."""
    if not out.columns or not text:
        return [text] if text else []
    kept = _COMMAND.sub(lambda found: found[0].replace(" ", "\xa0"), safe(text))
    lines = wrap(kept, max(out.columns - len(_INDENT) - less, _NARROWEST), break_long_words=False, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]


def _sum_up(out: Out, counts: Mapping[Level, int]) -> None:
    fails, warns, fine = (counts[level] for level in (Level.FAIL, Level.WARN, Level.OK))
    out.record("summary", fail=fails, warn=warns, ok=fine)
    parts = [f"{fails} to mend" if fails else "", f"{warns} to look at" if warns else ""]
    out.say()
    out.say(Ink(", ".join(filter(None, parts)) or "nothing to do", "red" if fails else "yellow" if warns else "green", bold=True), f", {fine} fine")
