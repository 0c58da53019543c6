"""What clients leave for the engine, in a file of its own beside the store, so that no client ever holds the store's lock."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from ecomflow.errors import StoreError
from ecomflow.store.folders import make_folder
from ecomflow.store.forks import note_closed, note_open, refuse_carried
from ecomflow.store.looking import open_to_look
from ecomflow.store.place import Place, said
from ecomflow.store.queries import INBOX_SCHEMA
from ecomflow.store.wal import use_wal, write_anew

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Letter:
    """One row of the inbox: ``kind`` is ``event`` or a request such as ``cancel``; ``body`` is JSON."""

    n: int
    kind: str
    request: str
    body: str
    at: int


def inbox_path(store: str | Path) -> Path:
    """Return the inbox's file beside a store's."""
    return Path(store).parent / "inbox.db"


class Inbox:
    """The inbox of a store.

    Args:
        store: the store's file.
        shop: whose letters are written and read.

    Raises:
        StoreError: the file cannot be opened or written.
    """

    def __init__(self, store: str | Path, shop: str) -> None:
        self.path, self._shop = inbox_path(store), shop
        refuse_carried(self.path)
        self._open()
        note_open(self)

    def _open(self) -> None:
        try:
            make_folder(self.path.parent)
            self.path.touch(mode=0o600)
            db = apsw.Connection(str(self.path))
            db.set_busy_timeout(5000)
            use_wal(db)
            db.execute(INBOX_SCHEMA).fetchall()
        except OSError as error:
            raise StoreError(f"{self.path} cannot be written: {error.strerror}") from error
        except apsw.Error as error:
            raise StoreError(f"{self.path} cannot be opened: {said(error)}") from error
        self._db, self._place = db, Place(self.path)

    def put(self, kind: str, request: str, body: str, at: int) -> None:
        """Leave a letter; it is on disk when this returns.

        Args:
            kind: ``event`` or the request's name.
            request: its id; a second letter of one id is dropped.
            body: JSON.
            at: microseconds since 1970.

        Raises:
            StoreError: it could not be left.
        """
        row = (self._shop, kind, request, body, at)
        try:
            self._db.execute("insert or ignore into inbox (shop, kind, request, body, at) values (?, ?, ?, ?, ?)", row)
        except apsw.Error as error:
            raise StoreError(f"{self.path} cannot be written: {said(error)}") from error
        if not self._place.is_kept:
            self._open_anew()
            self.put(*row[1:])

    def _open_anew(self) -> None:
        # What is put into a file that somebody deleted is seen by nobody. The old one is closed last: while it is open no
        # other file can get its number.
        deleted = self._db
        self._open()
        deleted.close()

    def letters(self, limit: int = 500) -> list[Letter]:
        """Return the oldest letters, in order of arrival.

        Raises:
            StoreError: the file cannot be read.
        """
        if not self._place.is_kept:
            self._open_anew()
        query = "select n, kind, request, body, at from inbox where shop = ? order by n limit ?"
        try:
            return [Letter(*row) for row in self._db.execute(query, (self._shop, limit))]
        except apsw.Error as error:
            raise StoreError(f"{self.path} cannot be read: {said(error)}") from error

    def done(self, numbers: Iterable[int]) -> None:
        """Drop letters whose effect is durable in the store.

        Raises:
            StoreError: the file cannot be written; the letters are there still.
        """
        try:
            self._db.execute("begin immediate")
            self._db.executemany("delete from inbox where n = ?", ((n,) for n in numbers))
            self._db.execute("commit")
        except apsw.Error as error:
            if self._db.in_transaction:
                self._db.execute("rollback")
            raise StoreError(f"{self.path} cannot be written: {said(error)}") from error

    def write_anew(self) -> bool:
        """Write the file anew without the letters that were dropped; False where somebody reads at this moment."""
        return write_anew(self._db)

    def close(self) -> None:
        """Close the file."""
        note_closed(self)
        self._db.close()


def letters_of(store: Path) -> list[tuple[str, Letter]]:
    """Return what clients have left for the engines of all shops of a store, with the shop of each, in order of arrival.

    Raises:
        StoreError: the inbox cannot be read.
    """
    path = inbox_path(store)
    if not path.exists() or not path.stat().st_size:
        return []
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            db.set_busy_timeout(5000)
            return _all_letters(db)
    except apsw.Error as error:
        raise StoreError(f"{path} cannot be read: {error}") from error


def waiting_letters(store: Path, shop: str) -> tuple[int, int | None]:
    """Return how many letters a shop's engine has not taken, and since when the oldest waits, in microseconds; change nothing.

    Raises:
        StoreError: the inbox cannot be read.
    """
    path = inbox_path(store)
    if not path.exists() or not path.stat().st_size:
        return 0, None
    try:
        with closing(open_to_look(path)) as db:
            row: Any = db.execute("select count(*), min(at) from inbox where shop = ?", (shop,)).fetchone()
    except apsw.Error as error:
        raise StoreError(f"{path} cannot be read: {error}") from error
    return row[0], row[1]


def put_letters(db: apsw.Connection, letters: Iterable[tuple[str, Letter]]) -> None:
    """Put letters into a file, which gets an inbox where it has none; one whose request is there already is left out."""
    db.execute(INBOX_SCHEMA).fetchall()
    db.executemany(
        "insert or ignore into inbox (shop, kind, request, body, at) values (?, ?, ?, ?, ?)",
        ((shop, each.kind, each.request, each.body, each.at) for shop, each in letters),
    ).fetchall()


def take_letters(db: apsw.Connection) -> list[tuple[str, Letter]]:
    """Take the inbox out of a file; one without an inbox gives nothing."""
    if not db.table_exists(None, "inbox"):
        return []
    letters = _all_letters(db)
    db.execute("drop table inbox").fetchall()
    return letters


def _all_letters(db: apsw.Connection) -> list[tuple[str, Letter]]:
    rows: list[Any] = db.execute("select shop, kind, request, body, at from inbox order by n").fetchall()
    return [(row[0], Letter(0, *row[1:])) for row in rows]
