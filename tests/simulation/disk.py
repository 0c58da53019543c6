"""A disk that fails: an SQLite VFS over the real one whose n-th write or sync is refused, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw

NAME = "faulty"
ERRORS = {"io": apsw.IOError, "full": apsw.FullError}


class Disk(apsw.VFS):
    """A VFS, the default one while it is registered; files opened through it ask it before each write and sync."""

    def __init__(self) -> None:
        self.calls = 0
        self._fail_in: int | None = None
        self._error: type[Exception] = apsw.IOError
        self.failed = 0
        self.real = apsw.vfs_names()[0]
        super().__init__(NAME, self.real, makedefault=True)

    def fail(self, after: int, error: str) -> None:
        """Let a write or sync fail after so many that still succeed."""
        self._fail_in, self._error = after, ERRORS[error]

    def heal(self) -> None:
        """Let everything succeed again."""
        self._fail_in = None

    def ask(self) -> None:
        """Count one write or sync, and fail where it is the chosen one."""
        self.calls += 1
        if self._fail_in is None:
            return
        self._fail_in -= 1
        if self._fail_in < 0:
            self._fail_in = None
            self.failed += 1
            raise self._error("the disk says no")

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: N802 SQLite's name
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        super().__init__(disk.real, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.ask()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.ask()
        super().xSync(flags)


def _own_the_file(db: apsw.Connection) -> None:
    # A VFS in Python shares no memory, which WAL needs unless one connection has the file for itself.
    if db.open_vfs == NAME:
        db.execute("pragma locking_mode = exclusive").fetchall()


@contextmanager
def faulty_disk() -> Iterator[Disk]:
    """Let every file that SQLite opens lie on a disk that can be told to fail."""
    made = Disk()
    apsw.connection_hooks.append(_own_the_file)
    try:
        yield made
    finally:
        apsw.connection_hooks.remove(_own_the_file)
        made.unregister()
