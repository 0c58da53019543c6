"""``ecomflow store backup``: a copy of the store in one file, made while the engine works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecomflow.cli.folders import project_folder
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.cli.sizes import counted, size
from ecomflow.errors import NotFoundError
from ecomflow.runtime.embedded import Engine, wall_clock
from ecomflow.store.backup import back_up

if TYPE_CHECKING:
    from ecomflow.cli.output import Out


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@common
def command(project: Path, out: Out, file: Path) -> None:
    """Copy the store to a new FILE, with what clients have left and no engine has taken. The engine goes on meanwhile.

    The copy shows one moment and is checked once it is written. Its owner alone may read it: events hold people's data. Records of
    the embedded desk (var/local.db) and the project's files are not in it.
    """
    engine = Engine.open(project_folder(project), role="client")
    if not engine.store_path.exists():
        raise NotFoundError("no engine has run in this project yet: there is no store to copy")
    made = back_up(engine.store_path, file, wall_clock())
    out.record("backup", file=str(file), bytes=made.size, runs=made.runs, events=made.events, letters=made.letters)
    letters = f", {counted(made.letters, 'request')} not taken yet" if made.letters else ""
    out.say("Copied to ", Ink(str(file), bold=True), f" and checked: {size(made.size)}, {counted(made.runs, 'run')}, {counted(made.events, 'event')}{letters}.")
    out.say("`ecomflow store restore FILE` puts it back; it sends nothing before `ecomflow resume --adopt`.")
