"""``ecomflow store restore``: a copy put into the store's place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecomflow.cli.folders import project_folder
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink
from ecomflow.errors import RefusedError
from ecomflow.runtime.embedded import Engine, wall_clock
from ecomflow.runtime.holder import listening_engine
from ecomflow.store.backup import restore

if TYPE_CHECKING:
    from ecomflow.cli.output import Out


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@common
def command(project: Path, out: Out, file: Path) -> None:
    """Put a backup FILE into the store's place. No engine may run; the store that lies there is kept beside it.

    What was done since the backup was made is not known any more: calls are made again, under the same keys. So the store is
    paused, tells what would go on, and sends nothing before `ecomflow resume --adopt`.
    """
    engine = Engine.open(project_folder(project), role="client")
    holder = listening_engine(engine.store_path, engine.project.shop, wall_clock())
    if holder is not None:
        raise RefusedError(f"an engine runs ({holder}): stop it first, then restore")
    aside = restore(file, engine.store_path, engine.project.shop, wall_clock())
    out.record("restore", file=str(file), store=str(engine.store_path), kept=[str(path) for path in aside])
    out.say("Put ", Ink(str(file), bold=True), f" into the place of {engine.store_path}.")
    for path in aside:
        out.say("What lay there before is kept as ", Ink(str(path), bold=True), ".")
    out.say("Start the engine (`ecomflow serve`): it is paused and tells what would go on. `ecomflow resume --adopt` lets it go on.")
