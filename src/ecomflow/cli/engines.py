"""How commands reach the shop's engine: as clients that leave requests, and readers of its store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.folders import project_folder
from ecomflow.cli.output import note
from ecomflow.errors import NotFoundError
from ecomflow.runtime.embedded import Engine, wall_clock
from ecomflow.runtime.holder import living_engine
from ecomflow.store import is_made

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from ecomflow.runtime.reading import Reader

_GRACE: Final = 0.3
"""Seconds that a request may take where no engine seems to run: one may just be starting."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a request: ``done`` is False where it is kept for later."""

    done: bool
    value: Any = None


def ask(project: Path, work: Callable[[Engine], Awaitable[Any]], what: str = "the request") -> Asked:
    """Leave a request for the engine and wait for its answer; where none answers, say on stderr that it is kept.

    Args:
        project: the project's folder.
        work: calls a method of the engine.
        what: how the message names it.

    Raises:
        EcomflowError: what the engine answered.
    """
    return asyncio.run(_ask(project, work, what))


async def _ask(project: Path, work: Callable[[Engine], Awaitable[Any]], what: str) -> Asked:
    async with Engine.open(project_folder(project), role="client") as engine:
        runs = engine_of(engine) is not None
        try:
            return Asked(done=True, value=await asyncio.wait_for(work(engine), None if runs else _GRACE))
        except TimeoutError:
            note(f"The engine has not answered yet: {what} is kept." if runs else _KEPT.format(what))
            return Asked(done=False)


_KEPT: Final = "No engine runs in this project: {} is kept, and its turn comes when one does (`ecomflow serve`)."


def engine_of(engine: Engine) -> str | None:
    """Return the process that is the shop's engine, or None where none is alive."""
    return living_engine(engine.store_path, engine.project.shop, wall_clock())


def look(project: Path, work: Callable[[Engine, Reader], Any]) -> Any:
    """Call something with a reader of the store.

    Raises:
        NotFoundError: no engine has run here yet, so there is nothing to be found.
    """

    def found(engine: Engine, reader: Reader | None) -> Any:
        if reader is None:
            raise NotFoundError("no engine has run in this project yet; `ecomflow serve` starts one")
        return work(engine, reader)

    return look_or_nothing(project, found)


def look_or_nothing(project: Path, work: Callable[[Engine, Reader | None], Any]) -> Any:
    """Call something with a reader of the store, or with None where there is no store yet."""

    async def inside() -> Any:
        async with Engine.open(project_folder(project), role="client") as engine:
            return work(engine, engine.reader() if is_made(engine.store_path) else None)

    return asyncio.run(inside())
