"""Rows of somebody who is erased: emptied where something else counts on them, deleted where nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.core.encoding import encode
from ecomflow.runtime.record import from_text, subject_key
from ecomflow.runtime.searching import EVENT, RUN

if TYPE_CHECKING:
    from ecomflow.matching import Sought
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.firings import Firings
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

_PORTION: Final = 100
_ANSWER: Final = encode({"error": "what was answered has been erased", "class": "NotFoundError"}).decode()


class Emptying:
    """Empties rows.

    Args:
        store: whose rows.
        turn: the transaction being made.
        events: how ids are hidden.
        firings: lines of events that wait for each other.
    """

    def __init__(self, store: Store, turn: Turn, events: Events, firings: Firings) -> None:
        self._store, self._turn, self._events, self._firings = store, turn, events, firings

    # --- runs and events ---

    def runs(self, number: int, after: int) -> int | None:
        """Empty a portion of the runs that were found; return the last one's number, or None after all."""
        found = [row[0] for row in self._store.rows("found_after", number, RUN, after, _PORTION)]
        for n in found:
            self._run(n)
        return found[-1] if found else None

    def _run(self, n: int) -> None:
        shop = self._store.shop
        row = self._store.row("run", n, shop)
        if row is None:  # it is gone since it was found
            return
        subject = subject_key(row[4], row[5])
        if subject is not None:
            self._store.run("drop_applied", shop, subject)
        for name in ("drop_journal", "drop_story", "drop_timers", "drop_approvals", "empty_children"):
            self._store.run(name, shop, n)
        self._store.run("drop_tokens", n)
        self._store.run("drop_subscriptions", n)
        self._store.run("empty_run", n)

    def events(self, number: int, after: int) -> int | None:
        """Empty a portion of the events that were found; type, time and a hash in the place of the id stay."""
        found = [row[0] for row in self._store.rows("found_after", number, EVENT, after, _PORTION)]
        for seq in found:
            self._events.empty(seq)
            self._store.run("leave_line", seq)
        return found[-1] if found else None

    # --- all else ---

    def let_go(self, number: int, sought: Sought, told: dict[str, Any]) -> None:
        """Drop what else the store keeps of what was found, and count it."""
        self._held(number)
        self._count(told, "held back by triggers", self._remembered(number, sought))
        values = {"shop": self._store.shop, "erasure": number}
        self._store.run("drop_found_keys", number)
        self._store.update("empty_decisions", values)
        self._store.update("empty_audits", values)
        self._texts(sought)

    @staticmethod
    def _count(told: dict[str, Any], what: str, count: int) -> None:
        if count:
            told.setdefault("more", {})[what] = told.get("more", {}).get(what, 0) + count

    def _held(self, number: int) -> None:
        for n, event in list(self._store.select("held_of_found", {"erasure": number})):
            self._store.run("release", n)
            if event is not None:
                self._firings.go_on(event)

    def _remembered(self, number: int, sought: Sought) -> int:
        """Drop what triggers remember of them alone; of what they share with others, their events alone."""
        touched = {tuple(row) for row in self._store.rows("drop_found_kept", number)}
        shop, count = self._store.shop, 0
        for *place, state in self._store.rows("watch_rows", shop):
            key = place[2]
            theirs = sought.in_text(key) or (tuple(place) in touched and (key == sought.value or not self._store.value("count_kept_of", shop, *place)))
            if theirs or (state is not None and sought.may_stand_in(state) and sought.names(from_text(state))):
                self._store.run("drop_watch", shop, *place)
                self._store.run("drop_kept", shop, *place)
                count += 1
        self._turn.timers = True
        return count

    def _texts(self, sought: Sought) -> None:
        shop = self._store.shop
        for n, _, detail in self._store.rows("audit_texts", shop):
            if sought.in_text(detail):
                self._store.run("empty_audit", n)
        for text in sought.texts:
            for event, n, reason in self._store.rows("decision_texts", shop, text.lower()):
                if sought.in_text(reason):
                    self._store.run("empty_decision", shop, event, n)
            for source, id_ in self._store.rows("remembered_texts", shop, text.lower()):
                if sought.in_text(id_):
                    self._events.hide_remembered(source, id_)
        for request, answer in self._store.rows("answers", shop):
            if sought.in_text(answer):
                self._store.run("set_answer", _ANSWER, shop, request)
        for connection, said in self._store.rows("gate_texts", shop):
            if sought.in_text(said):
                self._store.run("empty_gate", shop, connection)

    def still(self, sought: Sought) -> dict[str, int]:
        """Return where the store has texts of theirs that no erasure may take: files of workflows, and who asked for what."""
        shop = self._store.shop
        found = {
            "versions of workflows": sum(sought.in_text(row[1]) for row in self._store.rows("definitions", shop)),
            "names in the audit": sum(sought.in_text(row[1]) for row in self._store.rows("audit_texts", shop)),
        }
        return {where: count for where, count in found.items() if count}
