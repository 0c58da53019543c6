"""Events in the store: taken once, found again by number, id or key."""

from __future__ import annotations

from collections import deque
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode_json
from ecomflow.errors import NotFoundError
from ecomflow.matching import Shapes
from ecomflow.model import Event
from ecomflow.runtime.clock import MINUTE, to_micros, to_moment
from ecomflow.runtime.pruning import print_of
from ecomflow.runtime.record import StoredEvent, from_text, subject_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

MAX_HOPS = 16
"""Quick events that runs cause in a chain; the next one is not decided (R:E8)."""

_ERASED = "erased:"
_CONFLICT = "conflict: same id, other type, subject or data"


class Events:
    """The events of one shop.

    Args:
        store: where they are kept.
        definitions: which tell what an event is about.
        turn: the transaction being made.
    """

    def __init__(self, store: Store, definitions: Definitions, turn: Turn) -> None:
        self._store, self._definitions, self._turn = store, definitions, turn
        self.shapes = Shapes()
        self.last = 0
        """The number of the newest event."""
        self.forget()

    def forget(self) -> None:
        """Drop what is in memory; the store knows it all."""
        rows = self._store.rows("shapes", self._store.shop)
        self.shapes = Shapes((type_, tuple(fields.split("\x1f"))) for type_, fields in rows)
        self.last = self._store.value("last_event")
        self._any_erased: bool | None = None  # asked by the engine alone: a store may be older than the table

    def add(self, event: Event, raw: bytes, *, cause: StoredEvent | None = None, run: int | None = None, decided: bool = True) -> StoredEvent | None:
        """Keep an event, unless its source and id were seen before (R:E1).

        Args:
            event: what came.
            raw: its data as JSON.
            cause: the event that started the run that emitted this one.
            run: that run.
            decided: False for an event that is decided in a turn of its own.

        Returns:
            The event as kept, or None for a duplicate.
        """
        now, hop = self._turn.now, 0
        if cause is not None and now - cause.arrived <= MINUTE:
            hop = cause.hop + 1
        if self._is_erased(event):
            return None
        known_since = now - self._definitions.dedupe_for
        values = (
            self._store.shop, event.source, event.id, event.type, event.subject, to_micros(event.time), now, raw, hop, run,
            None if cause is None else cause.seq, int(decided), known_since,
        )  # fmt: skip
        if not self._store.update("add_event", values):
            # An id is remembered for a time (R:E1); then the old event gives it up.
            old = (self._store.shop, event.source, event.id, known_since)
            if not self._store.update("forget_id", old) or not self._store.update("add_event", values):
                return None
        self.last = self._store.db.last_insert_rowid()
        return StoredEvent(self.last, event, now, hop, run)

    def get(self, seq: int) -> StoredEvent:
        """Return an event by its number.

        Raises:
            NotFoundError: there is none.
        """
        row = self._store.row("event", seq)
        if row is None:
            raise NotFoundError(f"there is no event {seq}")
        return stored_event(row)

    def find(self, seq: int | None) -> StoredEvent | None:
        """Return an event by its number, or None where there is none any more."""
        row = None if seq is None else self._store.row("event", seq)
        return None if row is None else stored_event(row)

    def first_of(self, event: Event, raw: bytes) -> tuple[int | None, str]:
        """Return the number of the event that has the source and id of this one, None where it is gone, and why the two do not say the same."""
        row = self._by_id(event.source, event.id)
        if row is not None:
            first = stored_event(row)
            same = (first.event.type, first.event.subject, first.event.data) == (event.type, event.subject, event.data)
            return first.seq, "" if same else _CONFLICT
        known = self._remembered(event.source, event.id)
        if known is not None:
            return None, "" if known[1] == print_of(event.type, event.subject, raw) else _CONFLICT
        row = self._by_id(event.source, self._hidden(event.source, event.id))
        return None if row is None else row[0], "erased"

    def knows(self, source: str, id_: str) -> bool:
        """Return whether an event of a source and id was seen, be it gone, erased or neither."""
        return any(self._by_id(source, each) or self._remembered(source, each) for each in (id_, self._hidden(source, id_)))

    def _is_remembered(self, source: str, id_: str) -> bool:
        known = self._remembered(source, id_)
        return known is not None and known[0] > self._turn.now - self._definitions.dedupe_for

    def _by_id(self, source: str, id_: str) -> Any:
        return self._store.row("event_by_id", self._store.shop, source, id_)

    def _remembered(self, source: str, id_: str) -> Any:
        return self._store.row("remembered", self._store.shop, source, id_)

    # --- erased events ---

    @property
    def installation(self) -> bytes:
        """What makes a hash of this store that of no other."""
        return str(self._store.value("meta", "installation")).encode()

    def _hidden(self, source: str, id_: str) -> str:
        return _ERASED + blake2b(f"{source}\x1f{id_}".encode(), key=self.installation, digest_size=16).hexdigest()

    def _is_erased(self, event: Event) -> bool:
        if self._any_erased is None:
            self._any_erased = self._store.row("any_erasure", self._store.shop) is not None
        if not self._any_erased:
            return False
        hidden = self._hidden(event.source, event.id)
        row = self._by_id(event.source, hidden)
        if row is None:
            return self._is_remembered(event.source, hidden)
        if row[6] > self._turn.now - self._definitions.dedupe_for:
            return True
        self._store.update("forget_id", (self._store.shop, event.source, hidden, row[6]))
        return False

    def empty(self, seq: int) -> None:
        """Keep of an event no more than its type and times, and a hash by which a duplicate of it is recognized."""
        self._any_erased = True
        row = self._store.row("event", seq)
        if row is None:  # it is gone since it was found
            return
        hidden = row[2] if row[2].startswith(_ERASED) else self._hidden(row[1], row[2])
        self._store.run("empty_event", hidden, seq)

    def hide_remembered(self, source: str, id_: str) -> None:
        """Keep of the id of an event that is gone no more than a hash by which a duplicate is recognized."""
        self._any_erased = True
        self._store.run("hide_remembered", self._hidden(source, id_), self._store.shop, source, id_)

    def know(self, type_: str, fields: tuple[str, ...]) -> None:
        """Let events of a type have keys of these fields from now on."""
        if self.shapes.add(type_, fields):
            self._store.run("add_shape", self._store.shop, type_, "\x1f".join(fields))

    def keys(self, stored: StoredEvent) -> list[bytes]:
        """Return the keys of an event, and keep them for look-back."""
        if not self.shapes.of(stored.event.type):
            return []
        kind, subject = self._definitions.event_subject(stored.event)
        keys = self.shapes.keys(stored.event, subject_key(kind, subject))
        for key in keys:
            self._store.run("add_event_key", self._store.shop, key, stored.seq, stored.arrived)
        return keys

    def look_back(self, key: bytes, trigger: StoredEvent, micros: int) -> Iterable[int]:
        """Return the numbers of events under a key that a run started by ``trigger`` may still see (R:W5)."""
        values: dict[str, Any] = {
            "shop": self._store.shop, "key": key, "since": trigger.arrived - micros, "time": to_micros(trigger.event.time),
            "trigger": trigger.seq,
        }  # fmt: skip
        return [row[0] for row in self._store.select("look_back", values)]

    def causes(self, stored: StoredEvent, limit: int = 100) -> Iterable[tuple[str, str | None, str | None]]:
        """Return workflow, kind and subject of the runs that led to an event, newest first (R:E8)."""
        found: list[tuple[str, str | None, str | None]] = []
        seen, ahead = {stored.seq}, deque([stored])
        while ahead and len(found) < limit:
            one = ahead.popleft()
            row = None if one.cause is None else self._store.row("run", one.cause, self._store.shop)
            if row is None:
                continue
            found.append((row[2], row[4], row[5]))
            found.extend(self._callers(row[8]))
            before = {seq for seq in (row[7], one.cause_event) if seq is not None} - seen
            seen |= before
            ahead.extend(found_ for seq in sorted(before) if (found_ := self.find(seq)) is not None)
        return found

    def _callers(self, trigger: str) -> Iterable[tuple[str, str | None, str | None]]:
        # A run that was called is as good as its caller.
        numbers = (from_text(trigger) or {}).get("call", {}).get("callers", ()) if '"call"' in trigger else ()
        rows = [self._store.row("run", n, self._store.shop) for n in numbers]
        return [(row[2], row[4], row[5]) for row in rows if row is not None]


def stored_event(row: tuple[Any, ...]) -> StoredEvent:
    """Return an event from its row."""
    seq, source, id_, type_, subject, time, arrived, data, hop, cause, cause_event = row
    event = Event(id_, type_, source, to_moment(time), decode_json(data), subject)
    return StoredEvent(seq, event, arrived, hop, cause, cause_event)
