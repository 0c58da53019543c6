"""One SQLite file with all that a shop's engine must not lose: opening it, its transactions, its named queries."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import apsw

from ecomflow.errors import StoreError
from ecomflow.store.folders import make_folder
from ecomflow.store.forks import note_closed, note_open, refuse_carried
from ecomflow.store.looking import open_still
from ecomflow.store.memory import copy_into
from ecomflow.store.place import Place
from ecomflow.store.queries import ADDED, SCHEMA, SQL, STEPS
from ecomflow.store.versions import APPLICATION_ID, VERSIONS, check_versions, inspect, migrate, take_step_within
from ecomflow.store.wal import use_wal, write_anew

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FAULTS = (
    apsw.IOError, apsw.FullError, apsw.BusyError, apsw.LockedError, apsw.CorruptError, apsw.NotADBError, apsw.CantOpenError,
    apsw.ReadOnlyError, apsw.NoMemError, apsw.ProtocolError, apsw.ConnectionClosedError,
)  # fmt: skip
"""What a store raises where the fault is the disk's or the machine's, not the statement's."""

GONE = "{} was deleted or moved away while it was open: put it back, and what is open goes on; nothing is taken until then"

_BUSY_MS = 5000
_CHECKPOINT_PAGES = 4000
"""Pages of 4 KiB that the WAL holds before it is written back: a page that changes often is then written back once."""

_STATEMENTS = 320
"""So many executions later a statement is still prepared: the driver counts them, not how many different ones there are.
It looks through them one by one at each execution, so more cost more."""

MIN_SQLITE = 3051003
"""Earlier ones have a data race when the WAL is reset."""


class Store:
    """A shop's store. One connection, used from one thread.

    Args:
        path: the file, made where it is missing; ``:memory:`` for one that is not kept.
        shop: the shop whose rows are read and written.
        vfs: the name of a registered SQLite VFS, for tests of faulty disks.
        readonly: open for reading alone; the file must be there.
        still: with ``readonly``, of a file that nobody writes to (see ``looking``): nothing is made beside it.

    Raises:
        StoreError: the file cannot be opened or is no store.
        StoreVersionError: it was written by a newer ecomflow.
    """

    _empty: ClassVar[bytes | None] = None
    """A store without a shop, as bytes."""

    def __init__(self, path: str | Path, shop: str, *, vfs: str | None = None, readonly: bool = False, still: bool = False) -> None:
        self.path, self.name, self.vfs, self.readonly = str(path), shop, vfs, readonly
        refuse_carried(path)
        if still:
            self.db = _open_still(self.path)
        else:
            inspect(self.path, vfs)
            self.db = _open(self.path, vfs, readonly=readonly)
        self._execute = self.db.cursor().execute
        self._place = Place(self.path)
        try:
            self.shop = self._prepare(shop)
        except apsw.Error as error:
            self.db.close()
            raise StoreError(f"{self.path} is no store of ecomflow, or is damaged: {error}") from error
        except StoreError:
            self.db.close()
            raise
        note_open(self)

    def _prepare(self, shop: str) -> int:
        if self._is_empty():
            self._create()
        check_versions(self.db, self.path)
        _tune(self.db, readonly=self.readonly)
        if not self.readonly:
            migrate(self.db, self.path)
            _run_script(self.db, ADDED)
            self.run("add_shop", shop)
        found: int | None = self.value("shop_id", shop)
        return found or 0

    def _is_empty(self) -> bool:
        return not self.db.execute("select count(*) from sqlite_schema").get

    def _create(self) -> None:
        if self.readonly:
            raise StoreError(f"{self.path} is empty: no engine has run here yet")
        if self.path == ":memory:":
            self._copy_empty()
        else:
            self._make()

    def _copy_empty(self) -> None:
        # Simulations open one after the other: the schema is made once in a process, and copied.
        if Store._empty is None:
            self._make()
            Store._empty = self.db.serialize("main")
        else:
            copy_into(self.db, Store._empty)
            self.run("set_meta", "installation", secrets.token_hex(16))

    def _make(self) -> None:
        # These two count only before the first table, and outside a transaction.
        self.db.execute("pragma page_size = 4096").fetchall()
        self.db.execute("pragma auto_vacuum = incremental").fetchall()
        # All or nothing: a store without its versions would be refused for ever. Of two processes that begin at once one
        # makes it, and the other finds it made.
        self.begin()
        with self.db:
            if self._is_empty():
                self._fill()
        self.commit()

    def _fill(self) -> None:
        _run_script(self.db, SCHEMA + f"; pragma application_id = {APPLICATION_ID};")
        for key, value in {**VERSIONS, "schema": 1}.items():
            self.run("set_meta", key, value)
        for number in STEPS:
            take_step_within(self.db, number)
        self.run("set_meta", "installation", secrets.token_hex(16))

    # --- queries ---

    def run(self, name: str, *values: Any) -> None:
        """Run the statement ``name`` for its effect."""
        self._execute(SQL[name], values)

    def rows(self, name: str, *values: Any) -> list[Any]:
        """Return all rows of the query ``name``."""
        return self.db.execute(SQL[name], values).fetchall()

    def select(self, name: str, values: Mapping[str, Any]) -> Iterator[Any]:
        """Return the rows of a query with named parameters, one by one."""
        return iter(self.db.execute(SQL[name], values))

    def row(self, name: str, *values: Any) -> Any:
        """Return the first row of the query ``name``, or None."""
        return self.db.execute(SQL[name], values).fetchone()

    def value(self, name: str, *values: Any) -> Any:
        """Return the first column of the first row, or None."""
        row = self.db.execute(SQL[name], values).fetchone()
        return None if row is None else row[0]

    def update(self, name: str, values: Mapping[str, Any] | Sequence[Any]) -> int:
        """Run a statement with parameters and return how many rows it changed."""
        self._execute(SQL[name], values)
        return self.db.changes()

    def give_back(self, pages: int) -> None:
        """Give free pages back to the disk, inside a transaction; of a file that was not made for that, none."""
        self.db.execute(f"pragma incremental_vacuum({int(pages)})").fetchall()

    # --- transactions ---

    def begin(self) -> None:
        """Begin a writing transaction at once, so that a second writer waits here and not in the middle."""
        self.db.execute("begin immediate")

    def commit(self) -> None:
        """Make everything since ``begin`` durable.

        Raises:
            StoreError: it is, but in a file that was deleted or moved away.
        """
        self.db.execute("commit")
        if not self.is_kept:
            raise StoreError(GONE.format(self.path))

    @property
    def is_kept(self) -> bool:
        """Whether the file still lies where it was opened."""
        return self._place.is_kept

    def rollback(self) -> None:
        """Undo everything since ``begin``; nothing where no transaction is open."""
        if self.db.in_transaction:
            self.db.execute("rollback")

    def write_anew(self) -> bool:
        """Write the file anew without what was deleted or overwritten in it, and empty its log; outside of a transaction.

        Returns:
            False where somebody reads at this moment: to be asked again.
        """
        return write_anew(self.db)

    def reopen(self) -> None:
        """Open the file anew, after a commit whose outcome is unknown. What is in memory alone stays as it is."""
        if self.path == ":memory:":
            self.rollback()
            return
        if self._place.is_empty:
            # The file that is open may be all that is left of it: it is not closed, and no empty one is put in its place.
            raise StoreError(GONE.format(self.path))
        self.db.close(True)
        self.db = _open(self.path, self.vfs, readonly=self.readonly)
        self._place = Place(self.path)
        self._execute = self.db.cursor().execute
        _tune(self.db, readonly=self.readonly)

    def close(self) -> None:
        """Close the file. A store that is closed twice stays closed."""
        note_closed(self)
        self.db.close()


def _open(path: str, vfs: str | None, *, readonly: bool) -> apsw.Connection:
    if apsw.apswversion() and apsw.SQLITE_VERSION_NUMBER < MIN_SQLITE:
        raise StoreError(f"SQLite {apsw.sqlite_lib_version()} is too old for this store: 3.51.3 or later is needed")
    if path != ":memory:" and not readonly:
        _make_private(Path(path))
    flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    try:
        db = apsw.Connection(path, flags=flags, vfs=vfs, statementcachesize=_STATEMENTS)
    except apsw.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}") from error
    db.set_busy_timeout(_BUSY_MS)
    return db


def sqlite_version() -> str:
    """Return the version of SQLite that the driver brings."""
    return apsw.sqlite_lib_version()


def _open_still(path: str) -> apsw.Connection:
    try:
        return open_still(path)
    except apsw.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}") from error


def _make_private(path: Path) -> None:
    # Events hold people's addresses: the file is the owner's alone, and the folder, where it is ours to make. A file that
    # is there is not touched: closing it would take away the locks that SQLite has on it in this process.
    try:
        make_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if not path.parent.is_dir():
            raise StoreError(f"{path} cannot be written: {path.parent} is no folder") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def _tune(db: apsw.Connection, *, readonly: bool) -> None:
    if not readonly:
        use_wal(db)
        db.execute(f"pragma wal_autocheckpoint = {_CHECKPOINT_PAGES}").fetchall()
    # Else a statement with a bound `limit`, or with `order by` behind bound values, is planned anew each time it is executed.
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    db.execute("pragma foreign_keys = off").fetchall()
    db.execute("pragma cache_size = -16000").fetchall()


def _run_script(db: apsw.Connection, script: str) -> None:
    # A statement that returns rows stops the script until they are read.
    with db:
        db.execute(script).fetchall()
