"""Where an engine was opened: it is used from that process and that event loop alone."""

from __future__ import annotations

import asyncio
import os
from typing import Final

from ecomflow.errors import StoreError

FORKED: Final = (
    "this engine was opened before the process was forked: open it after the fork, in each process "
    "(gunicorn: in post_fork, or without --preload)"
)


class Home:
    """The process and the running event loop of the moment in which it is made."""

    def __init__(self) -> None:
        self._pid, self._loop = os.getpid(), asyncio.get_running_loop()

    @property
    def is_carried(self) -> bool:
        """Whether this process got it from its parent, by a fork."""
        return os.getpid() != self._pid

    def check_process(self) -> None:
        """Refuse a child that was forked after the opening.

        Raises:
            StoreError: this is one.
        """
        if self.is_carried:
            raise StoreError(FORKED)

    # Each event and each wait comes by here, so it is written out.
    def check(self) -> None:
        """Refuse another process, and another loop.

        Raises:
            StoreError: this is not where the engine was opened.
        """
        if os.getpid() != self._pid:
            raise StoreError(FORKED)
        if asyncio.get_running_loop() is not self._loop:
            raise StoreError("this engine was opened on another event loop: open one there, or use in_thread() from any thread")
