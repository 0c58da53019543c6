"""The connection ``giftcards``: cards in a SQLite file of the project. A shop with a provider would talk to it here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecomflow import Retryable, connection

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = "create table if not exists card (key text primary key, code text unique, amount text, email text, expires_at text)"
_ISSUE = "insert into card values (:key, :code, :amount, :email, :expires_at) on conflict (key) do nothing"
_BY_KEY = "select code, amount, email, expires_at from card where key = ?"


@dataclass(frozen=True)
class Card:
    """A card as it is kept; the amount is text, so that no cent is lost."""

    code: str
    amount: str
    email: str
    expires_at: str


class Ledger:
    """The cards of a shop.

    Args:
        path: the file; it is made at the first use, for opening a connection reaches nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def issue(self, key: str, card: Card) -> Card:
        """Keep a card under an idempotency key; for a key seen before, return the card of then.

        Raises:
            Retryable: the file cannot be written now.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # One connection a call: plain actions run in threads, and SQLite's connections belong to one.
            with closing(sqlite3.connect(self._path, timeout=10)) as file, file:
                file.execute(_SCHEMA)
                file.execute(_ISSUE, {"key": key, **vars(card)})
                return Card(*file.execute(_BY_KEY, (key,)).fetchone())
        except (sqlite3.OperationalError, OSError) as error:
            raise Retryable(f"{self._path.name}: {error}", type="ledger") from error

    def cards(self) -> list[Card]:
        """Return every card."""
        if not self._path.exists():
            return []
        with closing(sqlite3.connect(self._path)) as file:
            return [Card(*row) for row in file.execute("select code, amount, email, expires_at from card order by rowid")]


@connection("giftcards")
def giftcards(root: Path, path: str = "var/giftcards.db") -> Ledger:
    """Keep gift cards in a file of the project.

    Args:
        path: the file, below the project's folder.
    """
    file = (root / path).resolve()
    if not file.is_relative_to(root.resolve()):
        raise ValueError("path: leads out of the project's folder")
    return Ledger(file)
