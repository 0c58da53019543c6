"""A disk that fails, and that loses what was not synced: an SQLite VFS which keeps its files in memory.

Every byte that SQLite writes is seen at once by who reads it, and is on the disk only after a sync. When the machine stops,
each write since the last sync is kept, lost or torn, in no order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import apsw

NAME = "faulty"
ERRORS = {"io": apsw.IOError, "full": apsw.FullError}
_SECTOR = 512
_POWERSAFE_OVERWRITE = 0x1000
_SYNC_FAULTS = ("unsynced", "unsynced", "synced", "gone")


class Died(KeyboardInterrupt):
    """The machine, or the process, has stopped in the middle; no ``except Exception`` and no event loop holds it up."""


class Content:
    """The bytes of a file: as readers see them, and as they lie on the disk."""

    def __init__(self, synced: bytes = b"") -> None:
        self.now, self.synced = bytearray(synced), bytearray(synced)
        self.pending: list[tuple[int, bytes | None]] = []

    def copy(self) -> Content:
        """Return the same again."""
        made = Content(bytes(self.synced))
        made.now, made.pending = bytearray(self.now), list(self.pending)
        return made

    def change(self, at: int, data: bytes | None) -> None:
        """Write at an offset, or without data cut the file there."""
        _apply(self.now, at, data)
        self.pending.append((at, data))

    def sync(self) -> None:
        """Let everything be on the disk."""
        for at, data in self.pending:
            _apply(self.synced, at, data)
        self.pending.clear()

    def after_a_stop(self, random: Random) -> bytes:
        """Return what the disk has when the machine stops now."""
        left = bytearray(self.synced)
        whole = random.random() < 0.2  # all of it had been written by chance, or nothing
        fates = [random.choice(["kept", "lost"])] if whole else ["kept", "lost", "torn"]
        for at, data in self.pending:
            fate = random.choice(fates)
            if fate == "kept" or (fate == "torn" and data is None):
                _apply(left, at, data)
            elif fate == "torn" and data is not None:
                _apply(left, at, data[: random.randrange(0, len(data) + 1, _SECTOR)] if len(data) >= _SECTOR else b"")
        return bytes(left)


def _apply(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del content[at:]
        return
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


class Disk(apsw.VFS):
    """A VFS, the default one while it is registered; files opened through it ask it before each write and sync.

    Attributes:
        files: by name; after a stop what is left of them.
        ignores_sync: a disk that says it has synced, and has not.
    """

    def __init__(self, *, default: bool = True) -> None:
        self.random = Random(0)
        self.calls = self.failed = self.stops = 0
        self.files: dict[str, Content] = {}
        self.ignores_sync = False
        self._fail_in: int | None = None
        self._die_in: int | None = None
        self._burst, self._reads = 1, False
        self._error: type[Exception] = apsw.IOError
        self._left: dict[str, Content] | None = None
        super().__init__(NAME, apsw.vfs_names()[0], makedefault=default)

    # --- faults ---

    def fail(self, after: int, error: str, burst: int = 1, *, reads: bool = False) -> None:
        """Let writes and syncs fail, or reads, so many in a row, after so many that still succeed."""
        self._fail_in, self._error, self._burst, self._reads = after, ERRORS[error], burst, reads

    def die(self, after: int) -> None:
        """Let the machine stop at a write or sync, after so many that still succeed."""
        self._die_in = after

    def heal(self) -> None:
        """Let everything succeed again."""
        self._fail_in = self._die_in = None

    def stop(self, *, machine: bool = True) -> None:
        """Stop the machine, or the process alone, now: what the files hold is decided here, whatever is still written."""
        if self._left is None:
            self.stops += machine
            self._left = {
                name: Content(content.after_a_stop(self.random)) if machine else content.copy() for name, content in self.files.items()
            }

    def start(self) -> None:
        """Start the machine again; nobody may have a file open."""
        if self._left is not None:
            self.files, self._left = self._left, None
        self.heal()

    def ask(self) -> bool:
        """Count one write or sync; return whether it is a chosen one, which fails."""
        self.calls += 1
        if self._die_in is not None:
            self._die_in -= 1
            if self._die_in < 0:
                self._die_in = None
                self.stop()
                raise Died("the machine has stopped")
        return self._fails(reading=False)

    def ask_to_read(self) -> None:
        """Fail where a read is a chosen one."""
        if self._reads and self._fails(reading=True):
            raise apsw.IOError("the disk cannot be read")

    def _fails(self, *, reading: bool) -> bool:
        if self._fail_in is None or self._reads is not reading:
            return False
        self._fail_in -= 1
        if self._fail_in >= 0:
            return False
        if self._fail_in <= -self._burst:
            self._fail_in = None
        self.failed += 1
        return True

    def error(self) -> Exception:
        """Return what a fault raises."""
        return self._error("the disk says no")

    # --- SQLite's side ---

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: N802 SQLite's name
        text = name if isinstance(name, str) or name is None else name.filename()
        flags[1] = flags[0]
        return _File(self, self.files.setdefault(text, Content()) if text else Content())

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        self.files.pop(name, None)

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return name in self.files

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


class _File:
    def __init__(self, disk: Disk, content: Content) -> None:
        self._disk, self._content = disk, content

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.ask_to_read()
        return bytes(self._content.now[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._disk.ask():
            part = self._disk.random.randrange(len(data) + 1)
            if part and self._disk.random.random() < 0.5:
                self._content.change(offset, bytes(data[:part]))
            raise self._disk.error()
        self._content.change(offset, bytes(data))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        if self._disk.ask():
            raise self._disk.error()
        self._content.change(size, None)

    def xSync(self, flags: int) -> None:  # noqa: N802
        content, disk = self._content, self._disk
        if not disk.ask():
            if not disk.ignores_sync:
                content.sync()
            return
        # Nobody knows what a sync that failed has done.
        fate = disk.random.choice(_SYNC_FAULTS)
        if fate == "synced":
            content.sync()
        elif fate == "gone":
            content.now = bytearray(content.after_a_stop(disk.random))
            content.synced, content.pending = bytearray(content.now), []
        raise disk.error()

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._content.now)

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return _POWERSAFE_OVERWRITE

    def xSectorSize(self) -> int:  # noqa: N802
        return _SECTOR

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: N802
        return False

    def xLock(self, level: int) -> None: ...  # noqa: N802

    def xUnlock(self, level: int) -> None: ...  # noqa: N802

    def xClose(self) -> None: ...  # noqa: N802


def _own_the_file(db: apsw.Connection) -> None:
    # A VFS in Python shares no memory, which WAL needs unless one connection has the file for itself.
    if db.open_vfs != NAME:
        return
    db.execute("pragma locking_mode = exclusive").fetchall()
    # As if a client had the file open: then the log outlives the connection, and with it a commit that failed at its sync.
    db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)


@contextmanager
def faulty_disk(*, default: bool = True) -> Iterator[Disk]:
    """Let every file that SQLite opens lie on a disk that can be told to fail, unless it is not the default one."""
    made = Disk(default=default)
    apsw.connection_hooks.append(_own_the_file)
    try:
        yield made
    finally:
        apsw.connection_hooks.remove(_own_the_file)
        made.unregister()
