"""Which files are stores of ours, and how an older one is brought to today's schema.

A file that is not ours, is damaged, or was written by a newer program is looked at through a connection that only reads,
so that it stays as it is to the last byte.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import apsw

from ecomflow.errors import StoreError, StoreVersionError
from ecomflow.store.queries import SQL, STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSIONS: Final = {"schema": 1 + len(STEPS), "interpreter": 1, "encoding": 1}
"""What a store is written with; a store with a higher one is refused (R:G6)."""

APPLICATION_ID: Final = 0x65636F6D
"""``ecom``: tells our files from foreign ones."""

_log = logging.getLogger("ecomflow")


def is_made(path: str | Path) -> bool:
    """Return whether there is a file to be read where a store belongs.

    False where there is none, while an engine makes it, and where the making was cut short: an engine begins anew then. True
    for a file that is damaged or not ours, so that whoever opens it is told.

    Args:
        path: the file.
    """
    file = Path(path)
    if not file.exists() or not file.stat().st_size or _is_being_written(path):
        return False
    try:
        return bool(_tables(str(path)))
    except apsw.Error:
        return True


def inspect(path: str, vfs: str | None = None) -> None:
    """Look at a file before anything may write to it; one that is not there, or is empty, is fine.

    Args:
        path: the file, or ``:memory:``.
        vfs: the name of a registered SQLite VFS.

    Raises:
        StoreError: it is a folder, damaged, or no SQLite file.
        StoreVersionError: it was written by a newer or a foreign program.
    """
    file = Path(path)
    if path == ":memory:" or not file.exists():
        return
    if not file.is_file():
        raise StoreError(f"{path} is no file but a folder or a device: name a file as `store:` in ecomflow.yaml")
    if file.stat().st_size == 0 or _is_being_written(path):
        return
    try:
        _look(path, vfs)
    except (apsw.NotADBError, apsw.CorruptError, apsw.SQLError) as error:
        raise StoreError(
            f"{path} is no store of ecomflow, or is damaged ({error}); it was left as it is. If it should be your store, put a "
            "copy that was kept of it in its place while no engine runs"
        ) from error
    except (apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError) as error:
        # After a crash in the making of its log, one that only reads cannot open a file; who opens it to write asks again.
        _log.debug("%s cannot be looked at: %s", path, error)
    except apsw.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}") from error


def _is_being_written(path: str | Path) -> bool:
    # What is made has a log instead: this is there while a store is made, or after its making was cut short.
    return Path(f"{path}-journal").exists()


def _tables(path: str) -> int:
    db = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    try:
        db.set_busy_timeout(5000)
        return int(db.execute("select count(*) from sqlite_schema").get)
    finally:
        db.close()


def _look(path: str, vfs: str | None) -> None:
    db = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
    try:
        db.set_busy_timeout(5000)
        tables = db.execute("select count(*) from sqlite_schema").get
        if tables or db.execute("pragma application_id").get:
            check_versions(db, path)
    finally:
        db.close()


def check_versions(db: apsw.Connection, path: str) -> None:
    """Refuse a file that is not ours, and one of a newer program.

    Raises:
        StoreVersionError: it is one of these.
    """
    if db.execute("pragma application_id").get != APPLICATION_ID:
        raise StoreVersionError(
            f"{path} is an SQLite file of another program; it was left as it is. Name another file as `store:` in ecomflow.yaml"
        )
    newer = [f"{key} {theirs}, this one knows {VERSIONS[key]}" for key, theirs in versions(db).items() if not 0 < theirs <= VERSIONS[key]]
    if newer:
        raise StoreVersionError(
            f"{path} was written by a newer ecomflow ({'; '.join(newer)}); it was left as it is. Install that version again, or "
            "put back a backup that is older"
        )


def versions(db: apsw.Connection) -> Mapping[str, int]:
    """Return what a store was written with, by name; 0 where that cannot be told."""
    found = {key: db.execute(SQL["meta"], (key,)).get for key in VERSIONS}
    return {key: value if isinstance(value, int) else 0 for key, value in found.items()}


def migrate(db: apsw.Connection, path: str) -> None:
    """Take the steps to today's schema, each in a transaction of its own; one that is cut short leaves the step before."""
    while (schema := versions(db)["schema"]) < VERSIONS["schema"]:
        if path != ":memory:":
            _log.info("%s is brought from schema %d to %d", path, schema, schema + 1)
        _take_step(db, schema + 1)


def _take_step(db: apsw.Connection, number: int) -> None:
    db.execute("begin immediate")
    try:
        # Another process may have taken it while this one waited for the writers' lock.
        if versions(db)["schema"] < number:
            take_step_within(db, number)
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise


def take_step_within(db: apsw.Connection, number: int) -> None:
    """Take one step inside the transaction that is open."""
    db.execute(STEPS[number]).fetchall()
    db.execute(SQL["set_meta"], ("schema", number)).fetchall()
