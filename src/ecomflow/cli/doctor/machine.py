"""Checks of what is installed: Python and libraries, time zones, plugins."""

from __future__ import annotations

import platform
import re
import sys
import zoneinfo
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import ecomflow
from ecomflow.cli.doctor.findings import fail, ok, some, warn
from ecomflow.cli.doctor.requirements import unmet
from ecomflow.cli.sizes import counted
from ecomflow.cli.words import span
from ecomflow.registry import OWN
from ecomflow.runtime.clock import DAY, SECOND, to_moment
from ecomflow.runtime.timekeeping import jump_in
from ecomflow.store.store import sqlite_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.cli.doctor.findings import Finding
    from ecomflow.cli.doctor.installation import Installation

_OLD_ZONES: Final = 3
"""Years after which the rules of time zones have changed somewhere."""

_RELEASE: Final = re.compile(r"(?:# version |@\()?(\d{4})(?:[a-z]|\.\d+)")


def python(_: Installation) -> Iterator[Finding]:
    """Look at the interpreter and the libraries."""
    said = f"ecomflow {metadata.version(OWN)}, Python {platform.python_version()}, SQLite {sqlite_version()}"
    wrong = [f"{each} is wanted, and {found or 'none'} is installed" for each, found in unmet(OWN)]
    if wrong:
        yield fail(f"{said}: libraries do not fit", "install it again, with what it needs: python -m pip install --upgrade ecomflow", *some(wrong))
    else:
        yield ok(said, f"{sys.executable}, {Path(ecomflow.__file__).parent}")


def zones(found: Installation) -> Iterator[Finding]:
    """Look at the data of time zones, which zoneinfo takes from the system or, where it has none, from the package tzdata."""
    place, release = _zone_data()
    if not release:
        yield ok(f"the rules of time zones are from {place}")
    elif to_moment(found.now).year - int(release[:4]) >= _OLD_ZONES:
        remedy = "upgrade them: python -m pip install --upgrade tzdata" if place == "tzdata" else "upgrade the system's package tzdata"
        yield warn(f"the rules of time zones are of {release} (from {place}): local times may be an hour off", remedy)
    else:
        yield ok(f"the rules of time zones are of {release} (from {place})")


def _zone_data() -> tuple[str, str]:
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "Europe" / "Berlin").exists():
            return str(folder), _release_in(folder)
    try:
        return "tzdata", metadata.version("tzdata")
    except metadata.PackageNotFoundError:
        return "nowhere", ""


def _release_in(folder: Path) -> str:
    for name in ("tzdata.zi", "+VERSION"):
        try:
            with (folder / name).open(encoding="utf-8") as file:
                first = file.readline().strip()
        except (OSError, UnicodeDecodeError):
            continue
        if found := _RELEASE.match(first):
            return first[found.start(1) : found.end()]
    return ""


def plugins(found: Installation) -> Iterator[Finding]:
    """Look at what other distributions bring."""
    if found.hanging:
        yield fail(f"{found.hanging} does not come back from its import; what needs plugins is not looked at", f"mend it, or remove it: python -m pip uninstall {found.hanging.split()[0]}")
        return
    registry = found.registry
    problems, loaded = registry.problems, {each.distribution: each.version for each in registry.plugins}
    for problem in problems:
        if problem.severity == "error":
            yield fail(f"{problem.distribution} {problem.version}: {problem.message}", f"mend it, or remove it: python -m pip uninstall {problem.distribution}")
        else:
            yield warn(problem.message, "see to it that workflows name the one that is meant (`ecomflow plugins`)")
    others = sorted({*loaded, *(each.distribution for each in problems)} - {OWN, ""})
    lacking = [(distribution, *each) for distribution in others for each in unmet(distribution)]
    for distribution, wanted, version in lacking:
        yield fail(f"{distribution} wants {wanted}, and {version or 'none'} is installed", f"python -m pip install --upgrade {distribution}")
    fine = [f"{name} {loaded[name]}" for name in others if name in loaded]
    if not problems and not lacking:
        yield ok(f"{counted(len(fine), 'plugin')} beside what is built in" if fine else "nothing but what is built in", *some(fine, 20))


def clock(found: Installation) -> Iterator[Finding]:
    """Compare the machine's clock with the newest moments that are known."""
    now, last, what = found.now, _installed_at(), "ecomflow was installed"
    if found.store is not None:
        [(stored,)] = found.store.select("last_stored", {"shop": found.store.shop})
        if (stored or 0) > last:
            last, what = stored, "the store was last written"
        jump = jump_in(found.store)
        if jump is not None:
            yield fail(
                f"{jump}: nothing that is due goes off, neither waits nor schedules",
                "put the machine's clock right (chrony, systemd-timesyncd), and all goes on by itself; or, where its time is right, `ecomflow resume --clock`",
            )  # fmt: skip
            return
    behind = last - now
    if behind > 5 * SECOND:
        yield fail(
            f"the clock has gone back: it says {_said(now)}, {span(behind / SECOND)} before {what}",
            "set the machine's clock (chrony, systemd-timesyncd): until then timers and schedules are late",
        )  # fmt: skip
    else:
        yield ok(f"{_said(now)}, no earlier than anything in the store" if found.store is not None else _said(now))


def _installed_at() -> int:
    # A day for archives that were made elsewhere.
    return int(Path(ecomflow.__file__).stat().st_mtime) * SECOND - DAY


def _said(micros: int) -> str:
    return f"{datetime.fromtimestamp(micros // SECOND, UTC):%Y-%m-%d %H:%M:%S} UTC"
