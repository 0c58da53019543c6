"""``ecomflow check``: every fault of every file, at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecomflow.cli.diagnostics import count, errors, show_faults
from ecomflow.cli.folders import project_folder, project_of
from ecomflow.cli.options import common
from ecomflow.cli.output import Out, note
from ecomflow.cli.reports import github, sarif
from ecomflow.language import load_project
from ecomflow.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ecomflow.language import Project
    from ecomflow.model import Diagnostic


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path))
@click.option("--format", "form", type=click.Choice(["human", "json", "sarif", "github"]), help="human by default; json is the same as --json; sarif and github are for code scanning.")
@common
def command(project: Path, out: Out, paths: Sequence[Path], form: str | None) -> int:
    """Show every fault of every file, with the place, the cause and the fix.

    PATHs are files or folders; without one, the whole project is checked. Nothing is run. The exit code is 1 where there
    is an error, and 0 where there are warnings alone.
    """
    out = Out(as_json=True) if form == "json" else out
    registry = Registry.load()
    for problem in registry.problems:
        note(f"plugin: {problem}")
    faults: list[Diagnostic] = []
    workflows = 0
    for folder, inside in _folders(project, paths):
        loaded = load_project(folder, registry.catalog)
        faults += [fault for fault in loaded.diagnostics if _is_inside(loaded, fault, inside)]
        workflows += sum(_is_in(loaded.root / file, inside) for file in loaded.sources.values())
    _show(out, faults, form, f"{workflows} workflow{'' if workflows == 1 else 's'} checked: ")
    return 1 if errors(faults) else 0


def _show(out: Out, faults: Sequence[Diagnostic], form: str | None, checked: str) -> None:
    if form == "sarif":
        Out(as_json=False).document(sarif(faults))
    elif form == "github":
        for fault in faults:
            Out(as_json=False).say(github(fault))
    else:
        show_faults(out, faults)
        out.say(checked, count(faults))


def _folders(project: Path, paths: Sequence[Path]) -> Iterator[tuple[Path, Sequence[Path]]]:
    """Return each project that is meant, with the paths in it; none for the whole of it."""
    if not paths:
        yield project_folder(project), ()
        return
    owners: dict[Path, list[Path]] = {}
    for path in paths:
        owners.setdefault(project_of(path), []).append(path.resolve())
    for folder, inside in owners.items():
        yield folder, () if folder in inside else inside


def _is_inside(project: Project, fault: Diagnostic, inside: Iterable[Path]) -> bool:
    return _is_in(project.root / fault.file, inside)


def _is_in(file: Path, inside: Iterable[Path]) -> bool:
    found = file.resolve()
    return not inside or any(found == path or path in found.parents for path in inside)
