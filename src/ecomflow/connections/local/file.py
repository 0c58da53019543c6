"""The SQLite file of the embedded desk: opened for each call, since actions run in threads and a connection belongs to one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from ecomflow import Permanent, Retryable
from ecomflow.connections.local.records import SCHEMA, Records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_BUSY_SECONDS = 10.0
_LAYOUT = 2
"""Kept in the file's ``user_version``; files of earlier releases have 0, and get their indexes when they are opened."""


class LocalFile:
    """Gives records inside of transactions.

    Args:
        path: the file; it and its folder are made at the first use, for its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def reading(self) -> Iterator[Records]:
        """Give the records as they stand now, or none where there is no file yet: looking makes none.

        Raises:
            Retryable: the file cannot be read now.
            Permanent: it is no such file.
        """
        with self._open(begin="begin", make=False) as store:
            yield Records(store)

    @contextmanager
    def writing(self) -> Iterator[Records]:
        """Give the records to change; all of it is on disk at the end, or none of it.

        Raises:
            Retryable: the file cannot be written now.
            Permanent: it is no such file.
        """
        with self._open(begin="begin immediate", make=True) as store:
            yield Records(store)

    def erase(self, work: Callable[[Records], int]) -> int:
        """Change records, and leave nothing in the file of what they were; without a file nothing happens."""
        if not self._path.exists():
            return 0
        with self.writing() as records:
            count = work(records)
        with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as store:
            store.execute("vacuum")
        return count

    @contextmanager
    def _open(self, begin: str, *, make: bool) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._place(make=make), timeout=_BUSY_SECONDS, isolation_level=None)) as store:
                self._lay_out(store)
                store.execute(begin)
                yield store
                store.execute("commit")
        except (sqlite3.OperationalError, OSError) as error:
            raise Retryable(f"{self._path.name}: {error}", type="local_store") from error
        except sqlite3.DatabaseError as error:
            raise Permanent(f"{self._path.name}: {error}", type="local_store") from error

    def _place(self, *, make: bool) -> str:
        if not make:
            try:
                self._path.stat()
            except FileNotFoundError:
                return ":memory:"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        return str(self._path)

    def _lay_out(self, store: sqlite3.Connection) -> None:
        if store.execute("pragma user_version").fetchone()[0] >= _LAYOUT:
            return
        store.execute("begin immediate")
        for statement in SCHEMA:
            store.execute(statement)
        store.execute(f"pragma user_version = {_LAYOUT}")
        store.execute("commit")
        if self._path.exists():  # an earlier release made it for everybody
            self._path.chmod(0o600)
