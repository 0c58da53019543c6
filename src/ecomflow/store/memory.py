"""Fills a database in memory with the pages of another one."""

from __future__ import annotations

import apsw


def copy_into(db: apsw.Connection, pages: bytes) -> None:
    """Make a database in memory the same as the one that these bytes are.

    Args:
        db: an empty one.
        pages: as ``serialize`` gave them.
    """
    # Not deserialised in place: a database that is made of bytes may not grow beyond a gigabyte.
    source = apsw.Connection(":memory:")
    try:
        source.deserialize("main", pages)
        with db.backup("main", source, "main") as copy:
            copy.step(-1)
    finally:
        source.close()
