"""What a shop's store keeps of somebody: events that name them, and the runs that had to do with those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.core.encoding import decode
from ecomflow.runtime.events import stored_event
from ecomflow.runtime.upkeep import journal_rows

if TYPE_CHECKING:
    from ecomflow.matching import Sought
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.store import Store

EVENT: Final = "event"
RUN: Final = "run"
_EVENTS, _RUNS = 1000, 100
"""Rows that are looked at in one unit."""


class Search:
    """Finds events and runs, a portion at a time, and notes their numbers.

    Args:
        store: where they are, and where what was found is noted.
        definitions: which tell what an event is about.
        number: of the erasure.
        sought: who is sought.
    """

    def __init__(self, store: Store, definitions: Definitions, number: int, sought: Sought) -> None:
        self._store, self._definitions, self._number, self._sought = store, definitions, number, sought

    def events(self, after: int) -> int | None:
        """Look at the events after a number that name who is sought; return the last one's number, or None after all."""
        rows = self._store.rows("events_to_search", self._store.shop, after, _EVENTS)
        for row in rows:
            if self._meant(row):
                self._store.run("find", self._number, EVENT, row[0])
        return rows[-1][0] if rows else None

    def _meant(self, row: tuple[Any, ...]) -> bool:
        raw: bytes = row[7]
        if raw == b"{}" and row[4] is None and not self._sought.in_text(row[2]):
            return False
        event = stored_event(row).event
        if self._sought.is_subject(*self._definitions.event_subject(event)) or self._sought.in_text(event.id) or self._sought.in_text(event.subject):
            return True
        return self._sought.may_stand_in(raw.decode()) and self._sought.names(event.data)

    def follow(self) -> None:
        """Note the runs about who is sought or started by such an event, what those emitted, and what that started."""
        kind, path = self._sought.kinds
        values = {"shop": self._store.shop, "erasure": self._number, "value": self._sought.value, "kind": kind, "path": path}
        while self._store.update("find_runs_about", values) + self._store.update("find_emitted", values):
            pass

    def runs(self, after: int) -> int | None:
        """Look at the runs after a number that took such an event, or keep who is sought; return as ``events``."""
        rows = self._store.rows("runs_to_search", self._store.shop, after, _RUNS)
        for n, *texts in rows:
            if not self._found(RUN, n) and (any(self._in_json(text) for text in texts) or self._tells(n)):
                self._store.run("find", self._number, RUN, n)
        return rows[-1][0] if rows else None

    def _tells(self, n: int) -> bool:
        return any(self._in_entry(*row[2:]) for row in journal_rows(self._store, n))

    def _in_entry(self, kind: str, path: str, data: bytes | None, *more: bytes | None) -> bool:  # noqa: ARG002 a row's columns
        if kind in ("event", "end") and data is not None:
            number = decode(data).get("event")
            if number is not None and self._found(EVENT, number):
                return True
        return any(self._in_json(blob.decode()) for blob in (data, *more) if blob is not None)

    def _in_json(self, text: str | None) -> bool:
        if not text or not self._sought.may_stand_in(text):
            return False
        return self._sought.names(decode(text.encode()) if text[0] in '{["' else text)

    def _found(self, what: str, n: int) -> bool:
        return self._store.row("is_found", self._number, what, n) is not None
