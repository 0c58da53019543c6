"""A look at a store that changes nothing, makes no file beside it, and takes no longer than it may."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import apsw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.store.store import Store

_STEPS: Final = 10_000
"""Steps of SQLite's machine between two looks at the clock: under a millisecond."""

_MOST: Final = 3
"""Kinds of damage that are told."""


def is_still(path: str | Path) -> bool:
    """Return whether nothing is in the log beside a file of SQLite: nobody writes to it now, and it can be read alone."""
    log = Path(f"{path}-wal")
    return not Path(f"{path}-journal").exists() and not (log.exists() and log.stat().st_size)


def open_still(path: str | Path) -> apsw.Connection:
    """Open a file that nobody writes to, so that SQLite makes no log beside it.

    Raises:
        apsw.Error: it cannot be opened.
    """
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    return apsw.Connection(f"{Path(path).absolute().as_uri()}?immutable=1", flags=flags)


@contextmanager
def in_time(store: Store, seconds: float) -> Iterator[None]:
    """Let no query inside take longer; a reader that stays makes the engine's log grow.

    Raises:
        TimeoutError: it was not done by then.
    """
    end, mine = time.monotonic() + seconds, object()  # there may be another one around this one
    store.db.set_progress_handler(lambda: time.monotonic() > end, _STEPS, id=mine)
    try:
        yield
    except apsw.InterruptError:
        raise TimeoutError(f"not done within {seconds:g} s") from None
    finally:
        store.db.set_progress_handler(None, id=mine)


def quick_damage(store: Store) -> list[str]:
    """Return what SQLite finds wrong with the pages of a store; that indexes fit their tables is not asked."""
    try:
        rows = store.db.execute(f"pragma quick_check({_MOST})").fetchall()
    except apsw.InterruptError:
        raise
    except apsw.Error as error:
        return [str(error)]
    return [str(row[0]) for row in rows if row[0] != "ok"]


def open_to_look(path: str | Path) -> apsw.Connection:
    """Open a file for reading alone, as its state allows.

    Raises:
        apsw.Error: it cannot be opened.
    """
    db = open_still(path) if is_still(path) else apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    db.set_busy_timeout(1000)
    return db
