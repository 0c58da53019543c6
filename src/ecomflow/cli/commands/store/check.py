"""``ecomflow store check``: whether the store is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecomflow.cli.folders import project_folder
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.cli.sizes import counted, size
from ecomflow.errors import NotFoundError
from ecomflow.runtime.embedded import Engine
from ecomflow.store.checking import damage, misfits_in

if TYPE_CHECKING:
    from ecomflow.cli.output import Out


@click.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@common
def command(project: Path, out: Out, file: Path | None) -> int:
    """Check every page of the project's store, or of a backup FILE, and whether what it holds fits together.

    It only reads, and may run beside the engine. The exit code is 1 where something is wrong.
    """
    path = file or Engine.open(project_folder(project), role="client").store_path
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}" if file else "no engine has run in this project yet: there is no store to check")
    faults = damage(path)
    found = [("damage", text) for text in faults] or [("misfit", text) for text in misfits_in(path)]
    for what, text in found:
        out.record("finding", what=what, message=text)
        out.say(Ink(what, "red", bold=True), f": {text}")
    out.record("checked", file=str(path), bytes=path.stat().st_size, findings=len(found))
    if faults:
        out.say("Put a backup back: `ecomflow store restore FILE`. The damaged store is kept beside it.")
    out.say(Ink(str(path), bold=True), f" ({size(path.stat().st_size)}) checked: ", Ink(counted(len(found), "fault") if found else "nothing found", "red" if found else "green"))
    return int(bool(found))
