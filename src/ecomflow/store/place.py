"""Whether a file that is open still lies where it was opened: what is written to one that was deleted is lost when it closes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import apsw

if TYPE_CHECKING:
    from pathlib import Path

FULL: Final = "the disk is full: make room and ask again; what was acknowledged is kept, and an engine goes on by itself"


class Place:
    """A path, and the file that it names at this moment.

    Args:
        path: of a file that is there; ``:memory:`` is always there.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._file = self._now()

    @property
    def is_kept(self) -> bool:
        """Whether the path still names that file."""
        return self._now() == self._file

    @property
    def is_empty(self) -> bool:
        """Whether no file lies there any more."""
        return self._file is not None and not os.path.exists(self._path)  # noqa: PTH110 a commit pays for it

    def _now(self) -> tuple[int, int] | None:
        if self._path == ":memory:":
            return None
        try:
            found = os.stat(self._path)  # noqa: PTH116 the cheapest one, for it is asked at each commit
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


def said(error: BaseException) -> str:
    """Return what is wrong with a disk, and what to do where that is known."""
    return FULL if isinstance(error, apsw.FullError) else str(error)
