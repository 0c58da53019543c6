"""Switches a file of SQLite to its write-ahead log, and writes one anew so that nothing is left of what was deleted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import apsw

if TYPE_CHECKING:
    from apsw import Connection

_PATIENCE_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.01


def use_wal(db: Connection) -> None:
    """Switch to the write-ahead log, with every commit on disk when it returns.

    Raises:
        apsw.Error: it cannot be switched.
    """
    end = time.monotonic() + _PATIENCE_SECONDS
    while not _switched(db, last=time.monotonic() > end):
        time.sleep(_PAUSE_SECONDS)
    db.execute("pragma synchronous = full").fetchall()


def _switched(db: Connection, *, last: bool) -> bool:
    # For this one statement SQLite does not wait by itself while another process makes the same file at the same moment.
    try:
        db.execute("pragma journal_mode = wal").fetchall()
    except apsw.BusyError:
        if last:
            raise
        return False
    return True


def write_anew(db: Connection) -> bool:
    """Write a file anew and empty its log: deleted rows leave their bytes in pages, old pages stay in the log.

    Returns:
        False where it cannot be done at this moment, for somebody reads or writes.

    Raises:
        apsw.Error: the disk is full, or faulty.
    """
    try:
        db.execute("vacuum").fetchall()
        return not db.execute("pragma wal_checkpoint(truncate)").fetchall()[0][0]
    except (apsw.BusyError, apsw.LockedError):
        return False
    except apsw.SQLError as error:
        if "in progress" in str(error):  # a reader of this very connection
            return False
        raise
