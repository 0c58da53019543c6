"""Pausing: what comes for a paused workflow is kept, in order, and goes on at resume (R:V6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.runtime.clock import MINUTE
from ecomflow.runtime.goneoff import gone_off_by

if TYPE_CHECKING:
    from ecomflow.runtime.calls import ChildCall
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

ALL = "*"
BEGIN, CALL = "begin", "call"
SETTLE = 2 * MINUTE
"""What fell due during a stop or a pause waits for so long, so that what came meanwhile is heard first (R:W6)."""


class Holding:
    """The paused workflows of one shop.

    Args:
        store: where they are kept.
        turn: the transaction being made.
    """

    def __init__(self, store: Store, turn: Turn) -> None:
        self._store, self._turn = store, turn
        self.paused: frozenset[str] = frozenset()
        self.forget()

    def forget(self) -> None:
        """Drop what is in memory; the store knows it all."""
        self.paused = frozenset(row[0] for row in self._store.rows("paused", self._store.shop))

    def holds(self, workflow: str) -> bool:
        """Return whether a workflow is paused, by its name or with all."""
        return workflow in self.paused or ALL in self.paused

    def pause(self, workflow: str) -> None:
        """Pause a workflow, or all: its timers hold."""
        self._store.run("pause", self._store.shop, workflow, self._turn.now)
        self._store.update("pause_timers", {"shop": self._store.shop, "workflow": workflow})
        self._store.update("pause_watches", {"shop": self._store.shop, "workflow": workflow})
        self.forget()

    def resume(self, workflow: str) -> None:
        """Resume a workflow, or all; overdue timers go off after the settle time."""
        if workflow == ALL:
            self._store.run("unpause_all", self._store.shop)
        else:
            self._store.run("unpause", self._store.shop, workflow)
        self._go_on()

    def lift(self) -> None:
        """Take back that all are paused; workflows that are paused by their names stay so."""
        self._store.run("unpause", self._store.shop, ALL)
        self._go_on()

    def _go_on(self) -> None:
        self.forget()
        now = self._turn.now
        self._store.update("resume_timers", {"shop": self._store.shop, "now": now, "settled": now})
        self._settle_timers()
        self._store.update("resume_watches", {"shop": self._store.shop, "now": now, "settled": now + SETTLE})
        self._turn.timers = True

    def settle(self, *, long: bool) -> None:
        """Let what fell due during a stop go off, after the settle time where the stop was long (R:W6)."""
        now = self._turn.now
        if long:
            self._settle_timers()
            self._store.update("settle_watches", (now + SETTLE, now, self._store.shop, self._gone_off()))
        # Timers of runs that could not be served before may be now.
        self._store.update("resume_timers", {"shop": self._store.shop, "now": now, "settled": now + SETTLE})
        self._store.update("resume_watches", {"shop": self._store.shop, "now": now, "settled": now + SETTLE})
        self._turn.timers = True

    def _settle_timers(self) -> None:
        now = self._turn.now
        self._store.update("settle_timers", (now + SETTLE, now, self._store.shop, self._gone_off()))
        # One timer reminds and times out: an overdue reminder that settles does not put off a timeout that is to come.
        self._store.update("keep_timeouts", (now, self._store.shop))

    def _gone_off(self) -> int:
        # What had gone off is not late; what is resumed now is due now.
        return min(gone_off_by(self._store) or 0, self._turn.now - 1)

    def released(self) -> list[tuple[Any, ...]]:
        """Return what is held for workflows that are paused no more, in order of arrival."""
        return [row for row in self._store.rows("held", self._store.shop) if not self.holds(row[1])]

    def hold_event(self, workflow: str, event: int) -> None:
        """Keep an event for a paused workflow."""
        if not self._store.row("is_held", self._store.shop, workflow, event):
            self._store.run("hold", self._store.shop, workflow, event, None, None, None, None)

    def has_answer(self, run: int, path: str) -> bool:
        """Return whether the answer of a call in flight is kept."""
        return self._store.row("is_answered", self._store.shop, run, path) is not None

    def hold_beginning(self, workflow: str, run: int) -> None:
        """Keep that a queued run of a paused workflow may be free to begin."""
        self._store.run("hold", self._store.shop, workflow, None, run, BEGIN, "", None)

    def hold_call(self, workflow: str, call: ChildCall) -> None:
        """Keep that there is something to do for a call, which a paused workflow makes or is."""
        self._store.run("hold", self._store.shop, workflow, None, call.run, CALL, f"{call.number} {call.state}", None)

    def hold_entry(self, workflow: str, run: int, kind: str, path: str, data: bytes | None) -> None:
        """Keep an entry for a run of a paused workflow; of a call in flight the first answer."""
        if kind == "attempt" and self.has_answer(run, path):
            return
        self._store.run("hold", self._store.shop, workflow, None, run, kind, path, data)
