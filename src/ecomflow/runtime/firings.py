"""Events that triggers make themselves: each for one trigger alone, several of one reaction one after the other (R:T1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.core.encoding import decode_event, encode_event
from ecomflow.model import Event
from ecomflow.runtime.record import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ecomflow.model import Firing, Trigger, Workflow
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.record import StoredEvent
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store


class Fired(NamedTuple):
    """For which trigger an event is."""

    workflow: str
    trigger: str
    adds: dict[str, Any]
    force: bool
    line: int | None


class Made(NamedTuple):
    """An event that is about to be kept, with its data as JSON."""

    event: Event
    raw: bytes
    adds: str


def source_of(workflow: str) -> str:
    """Return the source of the events that a workflow's triggers make, as of those that its runs emit."""
    return f"ecomflow/{workflow}"


def make(workflow: Workflow, trigger: Trigger, firing: Firing, id_: str, subject: str | None, now: datetime) -> Made:
    """Return the event of a firing.

    Raises:
        LimitError: its data, or what it adds to ``trigger``, are no JSON or too large.
    """
    raw = encode_event(firing.data)
    event = Event(id_, trigger.makes, source_of(workflow.name), firing.at or now, decode_event(raw), subject)
    return Made(event, raw, to_text(dict(firing.adds)) or "{}")


class Firings:
    """Keeps events that triggers make.

    Args:
        store: where they are kept.
        events: where events are kept.
        turn: the transaction being made.
    """

    def __init__(self, store: Store, events: Events, turn: Turn) -> None:
        self._store, self._events, self._turn = store, events, turn

    def of(self, seq: int) -> Fired | None:
        """Return for which trigger an event is, or None where it is for all."""
        row = self._store.row("firing", seq)
        return None if row is None else Fired(row[0], row[1], from_text(row[2]), bool(row[3]), row[4])

    def keep(
        self, workflow: Workflow, trigger: Trigger, made: Sequence[Made], cause: StoredEvent | None = None, run: int | None = None
    ) -> None:
        """Keep events, to be decided after the commit, the later ones each in its turn; one that was kept before is left alone."""
        line: int | None = None
        for each in made:
            stored = self._events.add(each.event, each.raw, cause=cause, run=run, decided=line is not None)
            if stored is None:
                continue
            if line is None:
                self._turn.emitted.append(stored.seq)
            first, line = line, line or stored.seq
            self._add(stored.seq, workflow, trigger, each.adds, line=line if len(made) > 1 else None, waits=first is not None)

    def keep_decided(self, workflow: Workflow, trigger: Trigger, made: Made, *, force: bool) -> StoredEvent | None:
        """Keep an event that is decided in this very unit; None where it was kept before."""
        stored = self._events.add(made.event, made.raw)
        if stored is not None:
            self._add(stored.seq, workflow, trigger, made.adds, force=force)
        return stored

    def _add(
        self, seq: int, workflow: Workflow, trigger: Trigger, adds: str, *, force: bool = False, line: int | None = None,
        waits: bool = False,
    ) -> None:  # fmt: skip
        self._store.run("add_firing", seq, self._store.shop, workflow.name, trigger.name, adds, int(force), line, int(waits))

    def wait_for(self, seq: int, before: int) -> bool:
        """Let an event wait until the run that another one started has ended; False where no trigger made that one."""
        first, own = self.of(before), self.of(seq)
        if first is None or own is None:
            return False
        line = before if first.line is None else first.line
        if own.line is not None:  # those behind it wait in the same line
            self._store.run("merge_lines", line, own.line)
        self._store.run("join_line", line, before)
        self._store.run("join_line", line, seq)
        self._store.run("give_way", seq)
        return True

    def go_on(self, seq: int) -> None:
        """Let the next of a line have its turn, now that nothing of this one is open any more."""
        fired = self.of(seq)
        if fired is None or fired.line is None:
            return
        for (following,) in list(self._store.select("next_in_line", {"line": fired.line, "event": seq})):
            self._store.run("take_turn", following)
            self._store.run("undecide", following)
            self._turn.emitted.append(following)
