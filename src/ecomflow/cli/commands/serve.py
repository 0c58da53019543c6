"""``ecomflow serve``: the engine alone."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Final

import click

from ecomflow.cli.diagnostics import warn
from ecomflow.cli.engines import engine_of
from ecomflow.cli.folders import project_folder
from ecomflow.cli.options import common
from ecomflow.cli.output import Ink, note
from ecomflow.cli.paused import note_paused
from ecomflow.cli.words import zone_of
from ecomflow.errors import StoreError
from ecomflow.runtime.embedded import Engine

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.cli.output import Out

_LOOK_SECONDS: Final = 0.25
_INTERRUPTED: Final = 130


@click.command("serve")
@click.option("--drain", type=click.FloatRange(0), default=10.0, show_default=True, help="Seconds that actions in flight get at the end.")
@common
def command(project: Path, out: Out, drain: float) -> int:
    """Be the shop's engine: serve timers and actions, and carry out what other processes leave.

    One process at a time is the engine. A second one stands by and takes over when the first ends. SIGTERM and Ctrl-C let
    actions in flight finish first.
    """
    return asyncio.run(_Server(project_folder(project), out, drain).run())


class _Server:
    """Is the engine whenever no other process is, until it is told to stop."""

    def __init__(self, project: Path, out: Out, drain: float) -> None:
        self._project, self._out, self._drain = project, out, drain
        self._probe = Engine.open(project, role="engine")
        self._waited = self._told = False
        self._stop = asyncio.Event()
        self._code = 0

    async def run(self) -> int:
        """Serve until a signal comes; return the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)
        while not self._stop.is_set():
            engine = await self._take_over()
            if engine is not None:
                await self._serve(engine)
        return self._code

    def _end(self, number: signal.Signals) -> None:
        # A second signal does what signals do: it ends the process at once.
        asyncio.get_running_loop().remove_signal_handler(number)
        self._code = _INTERRUPTED if number is signal.SIGINT else 0
        self._stop.set()

    async def _take_over(self) -> Engine | None:
        """Return the engine once it is ours, or None where we were told to stop before."""
        self._told = False
        while not self._stop.is_set():
            other = engine_of(self._probe)
            if other is None and (engine := await self._opened()) is not None:
                return engine
            self._stand_by(other)
            await self._pause()
        return None

    def _stand_by(self, other: str | None) -> None:
        self._waited = True
        if not self._told:
            note(f"Another engine runs ({other or 'just begun'}): standing by.")
            self._told = True

    async def _opened(self) -> Engine | None:
        # Files may have changed while we stood by: they are read again.
        engine = Engine.open(self._project, role="engine") if self._waited else self._probe
        self._waited = True
        try:
            return await engine.__aenter__()
        except StoreError:
            if engine_of(self._probe) is None:
                raise
            return None

    async def _serve(self, engine: Engine) -> None:
        try:
            self._say_ready(engine)
            while not self._stop.is_set() and engine.failed is None:
                await self._pause()
            if engine.failed is not None:
                note(f"The engine has stopped: {engine.failed}")
        finally:
            await engine.close(self._drain)

    def _say_ready(self, engine: Engine) -> None:
        project = engine.project
        warn(project.diagnostics)
        names = [name for name, workflow in project.workflows.items() if workflow.enabled]
        self._out.record("ready", shop=project.shop, workflows=names, store=str(engine.store_path))
        self._out.say(
            "Ready: ", Ink(project.shop, bold=True), f", {len(names)} workflow{'' if len(names) == 1 else 's'}", f" ({', '.join(names)})" if names else ""
        )
        note_paused(engine.reader(), zone_of(project.timezone))

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), _LOOK_SECONDS)
        except TimeoutError:
            return
