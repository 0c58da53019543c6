"""Records inside of one transaction: JSON by kind and id, found by their fields, and the effects that were had once."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ecomflow import Page, Permanent, from_json, to_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

INDEXED: Final = {"email": " collate nocase", "customer.id": "", "order_id": "", "variant_id": ""}
"""The fields by which long lists are looked into, and how each is compared."""

_SIMPLE: Final = (str, int, Decimal)
_FIELD: Final = re.compile(r"\w+(\.\w+)*", re.ASCII)


def _value(field: str) -> str:
    return f"json_extract(body, '$.{field}')"


def _moment(field: str) -> str:
    # What is no moment comes before all that are. A text such as `now` is none: an index holds what stays as it is.
    value = _value(field)
    return f"case when {value} glob '[0-9]*' then ifnull(julianday({value}), 0) else 0 end"


def _place(field: str) -> tuple[str, ...]:
    """Return what orders records by a field with a moment; by id alone where there is none."""
    return (_moment(field), f"ifnull({_value(field)}, '')", "id") if field else ("id",)


SCHEMA: Final = (
    "create table if not exists record (kind text not null, id text not null, body text not null, primary key (kind, id)) without rowid",
    "create table if not exists effect (key text not null primary key, result text not null) without rowid",
    *(f'create index if not exists "record {field}" on record (kind, {_value(field)}{how})' for field, how in INDEXED.items()),
    f'create index if not exists "record newest" on record (kind, {", ".join(_place("created_at"))})',
)
_PUT: Final = "insert into record (kind, id, body) values (?, ?, ?) on conflict do update set body = excluded.body"


class Records:
    """What a transaction may do.

    Args:
        store: inside of a transaction.
    """

    def __init__(self, store: sqlite3.Connection) -> None:
        self._store = store

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        """Return a record, or None."""
        row = self._store.execute("select body from record where kind = ? and id = ?", (kind, id)).fetchone()
        return _body(row) if row else None

    def need(self, kind: str, id: str) -> dict[str, Any]:
        """Return a record.

        Raises:
            Permanent: there is none.
        """
        found = self.get(kind, id)
        if found is None:
            raise Permanent(f"there is no {kind.replace('_', ' ')} {id!r}", type="not_found")
        return found

    def put(self, kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
        """Store a record under its ``id``, in place of the one that was there, and return it as it will be read.

        Raises:
            Permanent: it has no id, or holds what is no JSON value.
        """
        id = record.get("id")
        if not isinstance(id, str) or not id:
            raise Permanent(f"a {kind} needs an id, a text", type="wrong_record")
        text = _text(record)
        self._store.execute(_PUT, (kind, id, text))
        return _body((text,))

    def remove(self, kind: str, id: str) -> bool:
        """Take a record away; return whether it was there."""
        return self._store.execute("delete from record where kind = ? and id = ?", (kind, id)).rowcount > 0

    def find(
        self, kind: str, fields: Mapping[str, Any], *, since: datetime | None = None, by: str = "", newest: bool = False, limit: int = -1
    ) -> list[dict[str, Any]]:
        """Return the records whose fields have these values.

        Texts are compared without case, but for ids of other things; a field that is a list has the values that are in it; None is a field that is
        null or missing.

        Args:
            kind: of the records.
            fields: by name, or by path such as ``customer.id``; a list is several values that the field has all.
            since: only those whose moment ``by`` is not before it.
            by: the field with the moment that orders them; by id without one.
            newest: the newest first.
            limit: at most so many.

        Raises:
            Permanent: a field's name is none.
        """
        return [_body(row) for row in self._rows(kind, fields, since, by, limit, newest=newest)]

    def page(
        self, kind: str, fields: Mapping[str, Any], *, size: int, mark: str | None = None, since: datetime | None = None, by: str = "",
        newest: bool = False,
    ) -> Page[dict[str, Any]]:  # fmt: skip
        """Return one page of what ``find`` finds. What is put in or taken away meanwhile moves no other record to another page.

        Args:
            kind: of the records.
            fields: as for ``find``, like ``since``, ``by`` and ``newest``.
            size: at most so many.
            mark: of the page, as the page before has it in ``next``; None for the first one.

        Raises:
            Permanent: a field's name is none, or the mark is none of ours.
        """
        rows = self._rows(kind, fields, since, by, size + 1, newest=newest, after=None if mark is None else _read_mark(mark, by))
        more = len(rows) > size
        return Page(map(_body, rows[:size]), to_json([*rows[size - 1][1:]]) if more else None)

    def _rows(
        self, kind: str, fields: Mapping[str, Any], since: datetime | None, by: str, limit: int, *, newest: bool,
        after: list[Any] | None = None,
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        pairs = [(name, each) for name, value in fields.items() for each in (value if isinstance(value, list) else [value])]
        found = [_condition(name, value) for name, value in pairs]
        values: list[Any] = [kind, *(each for _, some in found for each in some)]
        conditions = ["kind = ?", *(text for text, _ in found)]
        if since is not None:
            conditions.append(f"{_moment(by)} >= julianday(?)")
            values.append(since.isoformat())
        if after is not None:
            way = "<" if newest else ">"
            if by:  # SQLite begins at a place of an index for a plain comparison, and not for one of rows of expressions
                conditions.append(f"{_moment(by)} {way}= ?")
                values.append(after[0])
            conditions.append(f"({', '.join(_place(by))}) {way} ({', '.join('?' for _ in after)})")
            values.extend(after)
        order = ", ".join(f"{each} {'desc' if newest else 'asc'}" for each in _place(by))
        where, columns = " and ".join(conditions), ", ".join(("body", *_place(by)))
        text = f"select {columns} from record {_index(pairs, by)} where {where} order by {order} limit ?"  # noqa: S608 its parts are ours
        return self._store.execute(text, (*values, limit)).fetchall()

    def answer(self, key: str) -> tuple[bool, Any]:
        """Return whether an effect was had under an idempotency key, and what was answered then."""
        row = self._store.execute("select result from effect where key = ?", (key,)).fetchone()
        return row is not None, from_json(row[0]) if row else None

    def keep(self, key: str, answer: Any) -> Any:
        """Keep the answer of an effect under its key, and return it as it will be read."""
        text = _text(answer)
        self._store.execute("insert into effect (key, result) values (?, ?)", (key, text))
        return from_json(text)

    def erase(self, sought: Any, runs: frozenset[str]) -> int:
        """Remove what names somebody; an answer of a run that goes on is emptied, so that its call is not made again."""
        records = self._store.execute("select kind, id, body from record").fetchall()
        theirs = [row[:2] for row in records if row[:2] == (sought.noun, sought.value) or sought.in_text(row[1]) or sought.names(from_json(row[2]))]
        self._store.executemany("delete from record where kind = ? and id = ?", theirs)
        effects = self._store.execute("select key, result from effect").fetchall()
        ended = {(key,) for key, _ in effects if not runs.isdisjoint(key.split("/"))}
        others = [(key,) for key, result in effects if (key,) not in ended and sought.names(from_json(result))]
        self._store.executemany("delete from effect where key = ?", ended)
        self._store.executemany("update effect set result = 'null' where key = ?", others)
        return len(theirs) + len(ended) + len(others)


def _indexed(field: str, value: Any) -> bool:
    return field in INDEXED and isinstance(value, str)


def _index(pairs: Iterable[tuple[str, Any]], by: str) -> str:
    # Left to itself, SQLite goes through all of a kind by the primary key.
    otherwise = 'indexed by "record newest"' if by == "created_at" else ""
    return next((f'indexed by "record {field}"' for field, value in pairs if _indexed(field, value)), otherwise)


def _read_mark(mark: str, by: str) -> list[Any]:
    try:
        place = from_json(mark)
    except ValueError:
        place = None
    if not isinstance(place, list) or len(place) != len(_place(by)) or not all(isinstance(each, _SIMPLE) for each in place):
        raise Permanent(f"{mark[:60]!r} is no mark of a page", type="wrong_page")
    return [float(each) if isinstance(each, Decimal) else each for each in place]


def _condition(field: str, value: Any) -> tuple[str, list[Any]]:
    if not _FIELD.fullmatch(field):
        raise Permanent(f"{field!r} is no name of a field", type="wrong_field")
    if value is None:
        return f"{_value(field)} is null", []
    if _indexed(field, value):
        return f"{_value(field)}{INDEXED[field]} = ?", [value]
    test, values = _test(value)
    return f"exists (select 1 from json_each(body, '$.{field}') as each where {test})", values  # noqa: S608 its parts are ours


def _test(value: Any) -> tuple[str, list[Any]]:
    if isinstance(value, bool):
        return "each.type = ?", ["true" if value else "false"]
    if isinstance(value, (int, float, Decimal)):  # an id that looks like a number is a text
        return "(each.value = ? and each.type in ('integer', 'real') or each.value = ?)", [float(value), str(value)]
    return "each.value = ? collate nocase", [str(value)]


def _text(value: Any) -> str:
    try:
        return to_json(value)
    except ValueError as error:
        raise Permanent(str(error), type="wrong_record") from error


def _body(row: tuple[Any, ...]) -> dict[str, Any]:
    body: dict[str, Any] = from_json(row[0])
    return body
