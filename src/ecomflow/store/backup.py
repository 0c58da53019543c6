"""Copies of a store in one file: made while its engine works, and put back in its place.

A copy holds what clients had left in the inbox, too: it is read before the store, so that what the engine takes in between is in
both, and then counts once. A copy names no place of this world as its own, so an engine that opens it finds a copy (R:V7).
"""

from __future__ import annotations

import json
import os
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import apsw

from ecomflow.errors import NotFoundError, RefusedError, StoreError
from ecomflow.store.checking import damage
from ecomflow.store.inbox import inbox_path, letters_of, put_letters, take_letters
from ecomflow.store.queries import SQL
from ecomflow.store.versions import inspect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ecomflow.store.inbox import Letter

_PAGES: Final = 1000
"""Copied at a time; the person who asked can interrupt in between."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a copy holds: its bytes, its runs and events, and letters that the engine had not taken."""

    size: int
    runs: int
    events: int
    letters: int


def back_up(store: Path, to: Path, now: int) -> Backup:
    """Copy a store and its inbox into one new file that its owner alone may read, and look at what was written.

    The copy shows one moment of the store. The engine goes on meanwhile; its log grows until the copy is made.

    Args:
        store: the store's file.
        to: the file to make.
        now: microseconds since 1970.

    Raises:
        RefusedError: there is a file of that name.
        StoreError: the store cannot be read, or the file not be written; or what was written is damaged.
    """
    if to.exists():
        raise RefusedError(f"{to} is there already: name a new file, nothing is overwritten")
    with _new_file(to) as part:
        try:
            found = _copy(store, part, now)
        except apsw.Error as error:
            raise StoreError(f"{store} cannot be copied to {to}: {error}") from error
        faults = damage(part)
        if faults:
            raise StoreError(f"{store} was copied, but the copy is damaged, and so was removed: {faults[0]}; `ecomflow store check` tells more")
    return Backup(to.stat().st_size, *found)


@contextmanager
def _new_file(to: Path) -> Iterator[Path]:
    """Give a file beside the one to be made, which becomes it where nothing is raised, and is on the disk then."""
    part = to.with_name(f"{to.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise RefusedError(f"{part} is there: another copy is being made, or one was interrupted; then remove it") from None
    except OSError as error:
        raise StoreError(f"{to} cannot be written: {error.strerror}") from error
    try:
        yield part
        _flush(part)
        part.replace(to)
        _flush(to.parent)
    except OSError as error:
        raise StoreError(f"{to} cannot be written: {error.strerror}") from error
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{part}{suffix}").unlink(missing_ok=True)


def _flush(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _copy(store: Path, part: Path, now: int) -> tuple[int, int, int]:
    letters = letters_of(store)
    with closing(_reading(store)) as source, closing(apsw.Connection(str(part))) as copy:
        _copy_pages(source, copy)
        copy.execute("pragma journal_mode = delete").fetchall()
        with copy:
            _mark(copy, f"(backup of {_said(now)})")
            copy.execute(SQL["free_leases"]).fetchall()
            put_letters(copy, letters)
            runs, events = copy.execute(SQL["count_kept"]).fetchone()  # type: ignore[misc]
    return runs, events, len(letters)


def _reading(path: Path) -> apsw.Connection:
    inspect(str(path))
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    db.set_busy_timeout(5000)
    return db


def _copy_pages(source: apsw.Connection, copy: apsw.Connection) -> None:
    # Inside one transaction of a reader: else the copying would begin anew with each commit of the engine, perhaps for ever.
    source.execute("begin")
    source.execute("select count(*) from sqlite_schema").fetchall()
    with copy.backup("main", source, "main") as backup:
        while not backup.done:
            backup.step(_PAGES)
    source.execute("rollback")


def _mark(copy: apsw.Connection, words: str) -> None:
    """Let each shop's place, and where it was a copy before, be one that is nowhere."""
    for key, value in copy.execute(SQL["places"]).fetchall():
        text = str(value)
        marked = f"{text.partition(' (')[0]} {words}"
        if str(key).startswith("copy:"):
            marked = json.dumps({**json.loads(text), "from": f"{json.loads(text)['from'].partition(' (')[0]} {words}"})
        copy.execute(SQL["set_meta"], (key, marked)).fetchall()
    copy.execute(SQL["place_missing"], (f"elsewhere {words}",)).fetchall()


def _said(now: int) -> str:
    return f"{datetime.fromtimestamp(now // 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def restore(file: Path, store: Path, shop: str, now: int) -> list[Path]:
    """Put a copy into a store's place. Nobody may be the engine, or become it, meanwhile.

    What clients have left since stays in the inbox; what they had left when the copy was made is added.

    Args:
        file: a copy.
        store: the store's file; it need not be there.
        shop: that the copy must hold.
        now: microseconds since 1970.

    Returns:
        The files to which those were renamed that lay there before.

    Raises:
        NotFoundError: the copy is not there.
        RefusedError: it holds another shop, or it is the store itself.
        StoreError: it is no store, is damaged, or the place cannot be written.
        StoreVersionError: it was written by a newer or a foreign program.
    """
    _refuse(file, store, shop)
    store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside: list[Path] = []
    with _new_file(store) as part:
        with closing(_reading(file)) as source, closing(apsw.Connection(str(part))) as copy:
            _copy_pages(source, copy)
            copy.execute("pragma journal_mode = delete").fetchall()
            with copy:
                _mark(copy, f"(restored at {_said(now)})")
                letters = take_letters(copy)
        _put_into_inbox(store, letters)
        aside += _put_aside(store, now)
    return aside


def _refuse(file: Path, store: Path, shop: str) -> None:
    if not file.is_file():
        raise NotFoundError(f"there is no file {file}")
    if store.exists() and file.samefile(store):
        raise RefusedError(f"{file} is the store itself: name a backup of it")
    if file.stat().st_size == 0:
        raise StoreError(f"{file} is empty, and so no store")
    faults = damage(file)
    if faults:
        raise StoreError(f"{file} is damaged, and was not put back: {faults[0]}")
    with closing(_reading(file)) as db:
        shops = [str(row[0]) for row in db.execute(SQL["shops"])]
    if shop not in shops:
        raise RefusedError(f"{file} holds {', '.join(shops) or 'no shop'}, and this project's shop is {shop}")


def _put_aside(store: Path, now: int) -> list[Path]:
    stamp = f"{datetime.fromtimestamp(now // 1_000_000, UTC):%Y%m%dT%H%M%SZ}"
    kept = []
    # The log goes with its file, under its name: what it holds is read with it.
    for suffix in ("-shm", "-wal", ""):
        old, new = Path(f"{store}{suffix}"), Path(f"{store}.before-{stamp}{suffix}")
        if old.exists():
            old.rename(new)
            kept.append(new)
    return [path for path in kept if not path.name.endswith(("-wal", "-shm"))]


def _put_into_inbox(store: Path, letters: Sequence[tuple[str, Letter]]) -> None:
    if not letters:
        return
    with closing(apsw.Connection(str(_private(inbox_path(store))))) as inbox, inbox:
        put_letters(inbox, letters)


def _private(path: Path) -> Path:
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    return path
