"""The simulated runtime, asked for the whole story of its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.runtime.simulated import SimulatedRuntime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.model import Run


class StoriedRuntime(SimulatedRuntime):
    """Tells of each run every entry and every value that was evaluated, which listing runs leaves out."""

    def stories(self) -> Iterator[Run]:
        """Return every run with its steps, in order of start."""
        reader = self._reader
        return (reader.run(run.id) for run in self.runs())
