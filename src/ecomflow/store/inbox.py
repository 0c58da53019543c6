"""What clients leave for the engine, in a file of its own beside the store, so that no client ever holds the store's lock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from ecomflow.errors import StoreError
from ecomflow.store.folders import make_folder
from ecomflow.store.forks import note_closed, note_open, refuse_carried
from ecomflow.store.place import Place, said
from ecomflow.store.queries import INBOX_SCHEMA
from ecomflow.store.wal import use_wal

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
    return Path(store).with_name("inbox.db")


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
        """Return the oldest letters, in order of arrival."""
        if not self._place.is_kept:
            self._open_anew()
        rows = self._db.execute(
            "select n, kind, request, body, at from inbox where shop = ? order by n limit ?", (self._shop, limit)
        )
        return [Letter(*row) for row in rows]

    def done(self, numbers: Iterable[int]) -> None:
        """Drop letters whose effect is durable in the store."""
        with self._db:
            self._db.executemany("delete from inbox where n = ?", ((n,) for n in numbers))

    def close(self) -> None:
        """Close the file."""
        note_closed(self)
        self._db.close()
