"""Files that were open when the process was forked: SQLite lets nobody go on with them, or open them anew, in the child."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from ecomflow.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


class Opened(Protocol):
    """What holds a file of SQLite open."""

    @property
    def path(self) -> str | Path:
        """The file."""


_open: WeakSet[Opened] = WeakSet()
_carried: set[str] = set()


def note_open(file: Opened) -> None:
    """Remember that a file is open in this process."""
    _open.add(file)


def note_closed(file: Opened) -> None:
    """Forget a file that was closed."""
    _open.discard(file)


def refuse_carried(path: str | Path) -> None:
    """Refuse a file that this process got open from its parent.

    Raises:
        StoreError: the locks that SQLite remembers for it are those of the parent.
    """
    if os.path.realpath(path) in _carried:
        raise StoreError(
            f"{path} was open in the process that this one was forked from, and SQLite cannot be carried across a fork: "
            "open the engine after the fork, in each process (gunicorn: in post_fork, or without --preload)"
        )


def _abandon() -> None:
    for file in list(_open):
        if str(file.path) != ":memory:":
            _carried.add(os.path.realpath(file.path))
        # Closing it would write to memory that the parent shares: the child keeps it to its end, whatever is collected.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(file))
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon)
