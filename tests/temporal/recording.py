"""A machine that writes down what it asks for, and the versions that workers have loaded."""

from __future__ import annotations

from typing import Any

from ecomflow.core.commands import StartTimer
from ecomflow.core.machine import Machine
from ecomflow.model import Workflow

VERSIONS: dict[str, Workflow] = {}
"""Definitions by their hash: they travel as a hash, and workers load them."""

RECORDED: dict[str, list[str]] = {}
"""What machines asked for, by a name for the side on which they ran."""


class RecordingMachine(Machine):
    """The machine unchanged, but for a pencil. Due times are written from the start, in whole minutes."""

    side = ""

    def _note(self, commands: list[Any]) -> list[Any]:
        RECORDED.setdefault(self.side, []).extend(map(self._told, commands))
        return commands

    def _told(self, command: Any) -> str:
        if not isinstance(command, StartTimer):
            return repr(command)
        minutes = round((command.due - self._info.started_at).total_seconds() / 60)
        return f"StartTimer({command.path}, after {minutes} min)"

    def start(self, rows: Any) -> list[Any]:
        commands = super().start(rows)
        # One that is brought back from its rows gives again what is outstanding: that was asked for before.
        return self._note(commands) if len(rows) == 1 else commands

    def feed(self, entry: Any) -> list[Any]:
        return self._note(super().feed(entry))


class OnTemporal(RecordingMachine):
    side = "temporal"


class OnSimulated(RecordingMachine):
    side = "simulated"
