"""The connection ``local``: small records in a SQLite file of the project, for shops without an outside system and for trying out."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from ecomflow import Permanent, Retryable, connection, from_json, hookimpl, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_SCHEMA = (
    "create table if not exists record (kind text not null, id text not null, body text not null, primary key (kind, id)) without rowid",
    "create table if not exists effect (key text not null primary key, result text not null) without rowid",
)
_PUT = "insert into record (kind, id, body) values (?, ?, ?) on conflict do update set body = excluded.body"
_BUSY_SECONDS = 10.0


class LocalRecords:
    """Records by kind and id, and the effects that were had once; each call is one transaction on disk.

    Args:
        path: the file; it and its folder are made at the first use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, kind: str, record: Mapping[str, Any]) -> None:
        """Store a record under its ``id``, in place of the one that was there.

        Raises:
            Permanent: it has no id, or holds what is no JSON value.
        """
        with self._transaction() as store:
            _put(store, kind, record)

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        """Return the record, or None."""
        with self._transaction() as store:
            row = store.execute("select body from record where kind = ? and id = ?", (kind, id)).fetchone()
        return _body(row) if row else None

    def find(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """Return the records whose fields have these values, in order of id; texts are compared without case."""
        with self._transaction() as store:
            rows = store.execute("select body from record where kind = ? order by id", (kind,)).fetchall()
        records = map(_body, rows)
        return [each for each in records if all(_folded(each.get(name)) == _folded(value) for name, value in fields.items())]

    def remove(self, kind: str, id: str) -> bool:
        """Take a record away; return whether it was there."""
        with self._transaction() as store:
            return store.execute("delete from record where kind = ? and id = ?", (kind, id)).rowcount > 0

    def once(self, key: str, kind: str, record: Mapping[str, Any], result: Any) -> Any:
        """Store a record and an answer under an idempotency key; for a key seen before, only return the answer of then.

        Args:
            key: the idempotency key of the call.
            kind: of the record.
            record: with its ``id``.
            result: what to answer from now on for this key.
        """
        with self._transaction() as store:
            row = store.execute("select result from effect where key = ?", (key,)).fetchone()
            if row:
                return from_json(row[0])
            _put(store, kind, record)
            store.execute("insert into effect (key, result) values (?, ?)", (key, _text(result)))
        return result

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # A connection a call: actions run in threads, and SQLite's connections belong to one.
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as store:
                store.execute("begin immediate")
                for statement in _SCHEMA:
                    store.execute(statement)
                yield store
                store.execute("commit")
        except (sqlite3.OperationalError, OSError) as error:
            raise Retryable(f"{self._path.name}: {error}", type="local_store") from error


def _put(store: sqlite3.Connection, kind: str, record: Mapping[str, Any]) -> None:
    id = record.get("id")
    if not isinstance(id, str) or not id:
        raise Permanent(f"a {kind} needs an id, a text", type="wrong_record")
    store.execute(_PUT, (kind, id, _text(record)))


def _text(value: Any) -> str:
    try:
        return to_json(value)
    except ValueError as error:
        raise Permanent(str(error), type="wrong_record") from error


def _body(row: tuple[str]) -> dict[str, Any]:
    body: dict[str, Any] = from_json(row[0])
    return body


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


@connection("local")
def local(root: Path, path: str = "var/local.db") -> LocalRecords:
    """Keep records in a file of the project.

    Args:
        path: the file, below the project's folder.
    """
    file = (root / path).resolve()
    if not file.is_relative_to(root.resolve()):
        raise ValueError("path: leads out of the project's folder")
    return LocalRecords(file)


@hookimpl
def register_connections(register: Callable[[object], None]) -> None:
    """Register ``local``."""
    register(local)
