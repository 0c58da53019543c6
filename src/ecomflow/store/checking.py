"""Whether a store's file is whole, and whether what it holds fits together."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import apsw

from ecomflow.store.queries import SQL
from ecomflow.store.versions import inspect

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MOST: Final = 20
"""Findings of one kind that are told."""

INVARIANTS: Final[Mapping[str, str]] = {
    "check_ended": "{} is {} and says the contrary of when it ended",
    "check_version": "{} is on version {}, which the store does not have: it cannot go on",
    "check_event": "{} was started by event number {}, which the store does not have: it cannot go on",
    "check_journal": "{} is {} and has no journal: it cannot go on",
    "check_idle": "{} is {} and waits for nothing: it would wait for ever",
    "check_timers": "{} has ended or is not there, and has a timer at {}",
    "check_subscriptions": "{} has ended or is not there, and listens to events for {}",
    "check_approvals": "{} has ended or is not there, and asks people at {}",
    "check_held_calls": "{} has ended or is not there, and has a call that waits at {}",
    "check_deployed": "workflow {} is deployed as version {}, which the store does not have",
    "check_kept_events": "workflow {} holds back event number {}, which the store does not have",
    "check_held_events": "workflow {} was paused, and event number {} that was kept for it is not in the store",
    "check_firings": "workflow {} has made event number {}, which the store does not have",
}
"""For each query of what must not be there: how a row of it is told."""


def damage(path: Path, *, quick: bool = False) -> list[str]:
    """Return what SQLite finds wrong with a file; nothing where it is whole.

    Args:
        path: the file.
        quick: leave out that indexes fit their tables, which takes longest.

    Raises:
        StoreError: it is no store.
        StoreVersionError: it was written by a newer or a foreign program.
    """
    inspect(str(path))
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            db.set_busy_timeout(5000)
            rows = db.execute(f"pragma {'quick' if quick else 'integrity'}_check({_MOST})").fetchall()
    except apsw.Error as error:
        return [str(error)]
    return [str(row[0]) for row in rows if row[0] != "ok"]


def misfits_in(path: Path) -> list[str]:
    """Return what does not fit together in a file that is whole, in a sentence each."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as db:
        db.set_busy_timeout(5000)
        return [text for name in INVARIANTS for text in _misfits(db, name)]


def _misfits(db: apsw.Connection, name: str) -> list[str]:
    try:
        return [INVARIANTS[name].format(*row) for row in db.execute(SQL[name], (_MOST,))]
    except apsw.SQLError:  # a table that the store of an earlier release does not have; an engine makes it when it opens it
        return []
