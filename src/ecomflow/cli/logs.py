"""What the engine logs, as lines on stderr: harmless to a terminal, without stack traces unless they are asked for."""

from __future__ import annotations

import logging
import sys
from types import TracebackType

from ecomflow.cli.output import safe
from ecomflow.masking import MASKS


class _Lines(logging.Formatter):
    def __init__(self, *, debug: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as lines without control characters."""
        return "\n".join(safe(line) for line in MASKS.mask(super().format(record)).split("\n"))

    def formatException(self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]) -> str:  # noqa: N802 logging's name
        """Return an exception in one line, or its stack trace."""
        return super().formatException(ei) if self._debug else f"  {type(ei[1]).__name__}: {ei[1]}"


def send_logs_to_stderr(*, debug: bool) -> None:
    """Print what is logged from now on: warnings and worse, and what workflows write; everything with ``debug``."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO if debug else logging.WARNING, force=True)
    logging.getLogger("ecomflow.log").setLevel(logging.INFO)  # what the action log.write is told to say
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_Lines(debug=debug))
