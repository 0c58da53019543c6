"""The garbage collector of a process that is an engine: told what lives long, and asked to come less often."""

from __future__ import annotations

import gc

_DEFAULT = 700
_ROOMY = 20_000


class Collector:
    """The collector's setting while an engine runs.

    Definitions live as long as the engine, and a run leaves no circles behind. Walking a thousand definitions again and
    again, as the default setting does, takes a third of an engine's time.
    """

    def __init__(self) -> None:
        self._before: tuple[int, int, int] | None = None

    def settle(self) -> None:
        """Set what is there aside, and collect after more objects; a threshold that somebody has set is left alone."""
        gc.collect()
        gc.freeze()
        if gc.get_threshold()[0] == _DEFAULT:
            self._before = gc.get_threshold()
            gc.set_threshold(_ROOMY, *self._before[1:])

    def restore(self) -> None:
        """Put the setting back."""
        if self._before is not None:
            gc.set_threshold(*self._before)
            gc.unfreeze()
            self._before = None
