"""Runs: added, begun, fed, ended, and those that waited for the end of another begun after it."""

from __future__ import annotations

import logging
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from ecomflow.core import subscribing
from ecomflow.core.commands import Entry, Finish, Row, StartChild
from ecomflow.core.encoding import encode
from ecomflow.core.machine import Machine
from ecomflow.errors import RefusedError
from ecomflow.model import Decision, Mode, Outcome, RunStatus
from ecomflow.runtime.clock import MINUTE, SECOND, to_moment
from ecomflow.runtime.loading import Loader
from ecomflow.runtime.record import LiveRun, NewRun, StoredEvent, run_info, started_with, text_of_trigger, to_text
from ecomflow.runtime.staying import Staying
from ecomflow.runtime.upkeep import is_past, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ecomflow.model import Workflow
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.performing import Commands
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

_log = logging.getLogger("ecomflow")


class Runs:
    """The runs of one shop.

    Args:
        store: where they are kept.
        definitions: what they are pinned to.
        events: the events that they saw.
        turn: the transaction being made.
        commands: who carries out what machines ask for.
        suffix: makes the part of a public id that nobody can guess.
    """

    def __init__(
        self, store: Store, definitions: Definitions, events: Events, turn: Turn, commands: Commands, suffix: Callable[[], str]
    ) -> None:
        self._store, self._events, self._turn, self._commands, self._suffix = store, events, turn, commands, suffix
        self.loader = Loader(store, definitions, events, commands.tells)
        self.decided: Callable[[int, Decision], None] = _unheard
        """Who keeps what a run that begins decides of events before it."""
        self.heard: Callable[[LiveRun, Finish], None] = _unheard
        """Who is told of the end of a run, in the unit that ended it."""
        self.waits_for_resume: Callable[[LiveRun], bool] = lambda _: False
        """Who keeps for the resume that a run of a paused workflow is free to begin, and says whether it is one."""
        self.live: dict[int, LiveRun] = {}
        self.staying = Staying()
        self._feeds: deque[tuple[LiveRun, str, str, Any, bytes | None]] = deque()
        self.forget()

    def forget(self) -> None:
        """Drop what is in memory; the store knows it all."""
        self.live.clear()
        self.staying.forget()
        self._feeds.clear()
        self._commands.look_backs.clear()
        self._feeding = False
        self._ended: list[LiveRun] | None = None
        """Runs that have ended while others are still to be ended."""
        self._last: int = self._store.value("last_run")

    def get(self, n: int) -> LiveRun:
        """Return a run, its machine brought to where it was.

        Raises:
            NotFoundError: there is none of that number.
            RefusedError: its definition cannot be compiled any more; the run is blocked.
        """
        self._turn.touched.add(n)
        run = self.live.get(n)
        if run is None:
            run = self.live[n] = self.loader.load(n)
            if run.status is not RunStatus.QUEUED and not run.status.ended:
                self.sync(run)
        return run

    def readable(self, n: int) -> LiveRun | None:
        """Return a run, or None for one that is blocked because it cannot be read: it must not stop what others cause."""
        try:
            return self.get(n)
        except RefusedError as error:
            _log.warning("%s", error)
            return None

    def evict(self) -> None:
        """Drop the machines of this turn that wait, but for those that stay (R:G8)."""
        for n in self.staying.leave(self.live, self._turn.touched):
            self.live.pop(n).machine.release()

    # --- beginning ---

    def add(self, new: NewRun, *, queued: bool) -> LiveRun:
        """Add a run; one that is queued begins when those before it have ended."""
        self._last += 1
        suffix, now = self._suffix(), self._turn.now
        workflow, kind, subject = new.workflow, new.kind, new.subject
        info = run_info(self._last, suffix, self._store.name, subject, self._turn.moment, self._commands.tells)
        run = LiveRun(
            self._last, suffix, workflow, kind, subject, new.stored.seq, new.trigger, now, new.mode_key, new.group_key,
            workflow.priority, RunStatus.QUEUED if queued else RunStatus.RUNNING, Machine(workflow, info), not queued,
            cause=new.trigger.get("call", {}).get("cause"),
        )  # fmt: skip
        self._turn.touched.add(run.n)
        self.live[run.n] = run
        self._store.run(
            "add_run", run.n, self._store.shop, suffix, new.workflow.name, new.workflow.version, run.kind, run.subject,
            run.status, int(run.live), run.event, text_of_trigger(run.trigger), now, run.mode_key, run.group_key, run.priority,
        )  # fmt: skip
        return run

    def queue(self, run: LiveRun, scope: dict[str, Any]) -> None:
        """Let a run that waits for its beginning be ended by its exits (R:E5)."""
        asked = subscribing.ask(run.workflow, scope)
        # What came after its event may be decided after it; what came before a call was its caller's affair.
        since = self._events.last if "call" in run.trigger else run.event or 0
        for request in subscribing.requests(run.workflow, asked):
            if request.sub.startswith("exit/"):
                self._commands.listen(run, request, since)

    def begin(self, run: LiveRun, stored: StoredEvent) -> None:
        """Let a run take its first steps, with the event that started it, and look back (R:W5)."""
        run.status, entry = RunStatus.RUNNING, Entry(1, self._turn.moment, "started", "", started_with(stored.event, run.trigger))
        called = "call" in run.trigger
        if called:  # what came before the call was its caller's affair
            stored = stored._replace(arrived=run.started)
        if run.workflow.exit_on and (exit_ := self._exited_before(run, entry, stored, called=called)) is not None:
            reason = f"exit_on: {exit_.event.type}"
            self.decided(exit_.seq, Decision(Outcome.EXITED, run.workflow.name, run.id, reason))
            self._finish(run, Finish(RunStatus.STOPPED, reason))
            return
        run.seq, commands = 1, run.machine.start([Row(entry)])
        self._write(run, "started", "", None)
        self._carry_out(run, commands)
        if called:
            self._commands.look_backs = [(sub, key, -1) for sub, key, _ in self._commands.look_backs]
        if self._commands.look_backs:
            self._look_back(run, stored)
        if self._feeds:
            self._flush()

    def _exited_before(self, run: LiveRun, entry: Entry, trigger: StoredEvent, *, called: bool) -> StoredEvent | None:
        """Return the earliest exit that came before a run begins: it ends the run before its first step (R:W5)."""
        info = run_info(run.n, run.suffix, self._store.name, run.subject, to_moment(run.started), self._commands.tells)
        exits = subscribing.Exits(run.workflow, info, entry)
        found: set[tuple[int, str]] = set()
        for asked in exits.requests:
            micros = -1 if called else int(asked.lookback * SECOND)
            keys = self._commands.keys_of(run, asked) if asked.lookback else ()
            found.update((seq, asked.sub) for _, _, key in keys for seq in self._events.look_back(key, trigger, micros))
        for seq, sub in sorted(found):
            stored = self._events.get(seq)
            if exits.fit(stored.event, sub):
                return stored
        return None

    def _look_back(self, run: LiveRun, trigger: StoredEvent) -> None:
        found: dict[int, list[str]] = {}
        for sub, key, micros in self._commands.look_backs:
            for seq in self._events.look_back(key, trigger, micros):
                found.setdefault(seq, []).append(sub)
        self._commands.look_backs.clear()
        self._flush()
        seen = [(self._events.get(seq), found[seq]) for seq in sorted(found)]
        for stored, subs in seen:
            if self.delivers(run, stored, subs):
                self.decided(stored.seq, Decision(Outcome.DELIVERED, run.workflow.name, run.id))

    # --- events for open runs (R:E5) ---

    def exits(self, run: LiveRun, stored: StoredEvent, subs: Iterable[str]) -> bool:
        """End a run that the event exits; return whether it did."""
        subs = [sub for sub in subs if sub.startswith("exit/")]
        if not subs or run.status.ended:
            return False
        if run.status is RunStatus.QUEUED:  # one with a `where` is asked when the run begins, by look-back
            if all(run.workflow.exit_on[int(sub[5:])].where is not None for sub in subs):
                return False
        elif run.machine.wants(stored.event, subs) != "exit":
            return False
        self.end(run, "exit", f"exit_on: {stored.event.type}", stored)
        return True

    def delivers(self, run: LiveRun, stored: StoredEvent, subs: Iterable[str]) -> bool:
        """Give the event to a run that waits for it, or will; return whether it wanted it."""
        subs = [sub for sub in subs if not sub.startswith("exit/")]
        if not subs or run.status.ended or run.status is RunStatus.QUEUED or run.machine.wants(stored.event, subs) != "wait":
            return False
        kept = encode({"event": stored.seq, "subs": subs})
        run.cause = stored.seq
        self.feed(run, "event", "", {"event": stored.event, "subs": subs}, kept=kept)
        return True

    # --- feeding ---

    def feed(self, run: LiveRun, kind: str, path: str = "", data: Any = None, kept: bytes | None = None) -> None:
        """Feed an entry, keep it, and carry out what the machine asks for.

        Args:
            run: the run, from ``get``.
            kind: the entry's kind.
            path: the step's address, or an empty text.
            data: the entry's data, as it comes back from the store.
            kept: what the journal keeps of it; by default all of it.
        """
        self._feeds.append((run, kind, path, data, encode(data) if kept is None and data is not None else kept))
        self._flush()

    def _flush(self) -> None:
        # What a command causes at once (a refused token) is fed after all commands of the entry that asked.
        if self._feeding:
            return
        self._feeding = True
        while self._feeds:
            run, kind, path, data, kept = self._feeds.popleft()
            run.seq += 1
            commands = run.machine.feed(tuple.__new__(Entry, (run.seq, self._turn.moment, kind, path, data)))  # as in the interpreter
            self._write(run, kind, path, kept)
            self._carry_out(run, commands)
        self._feeding = False

    def revive(self, run: LiveRun, from_step: str | None) -> str | None:
        """Let a failed run go on where it failed, or do a top-level step and all after it again (R:P8); return where it stays, or None."""
        entry = Entry(run.seq + 1, self._turn.moment, "retry", "", {"from": from_step})
        machine = Machine(run.workflow, run_info(run.n, run.suffix, self._store.name, run.subject, to_moment(run.started), self._commands.tells))
        commands = machine.start([*(row for row in self.loader.journal(run) if row.entry.kind != "late"), Row(entry)])
        if machine.stays is None:
            run.machine, run.seq, run.status, run.live, run.holds = machine, entry.seq, RunStatus.RUNNING, True, True
            self._store.run("reopen_run", run.status, run.n)
            self._write(run, "retry", "", encode(entry.data))
            self._carry_out(run, commands)
            self._flush()
        return machine.stays

    def late(self, run: LiveRun, path: str, kept: bytes) -> None:
        """File an answer that nobody waits for any more; it is never fed (R:G2)."""
        run.seq += 1
        self._store.run("add_entry", self._store.shop, run.n, run.seq, self._turn.now, "late", path, kept, None, None)

    def _write(self, run: LiveRun, kind: str, path: str, kept: bytes | None) -> None:
        items, closed = run.machine.take_kept()
        self._store.run("add_entry", self._store.shop, run.n, run.seq, self._turn.now, kind, path, kept, items, closed)

    def _carry_out(self, run: LiveRun, commands: list[Any]) -> None:
        finish, ways = None, self._commands.ways
        for command in commands:
            if type(command) is Finish:
                finish = command
                continue
            answer = ways[type(command)](run, command)
            if answer is not None:
                self._feeds.append((run, "child" if type(command) is StartChild else "attempt", command.path, answer, encode(answer)))
        if finish is None:
            self.sync(run)
        else:
            self._finish(run, finish)

    def sync(self, run: LiveRun) -> None:
        """Let a run's row say where it stands; one whose calls are all held waits."""
        status, live = run.machine.standing
        if run.held and live and run.held.issuperset(run.machine.flights):
            status, live = RunStatus.WAITING if status is RunStatus.RUNNING else status, False
        if status is not run.status or live is not run.live:
            run.status, run.live = status, live
            self._store.run("set_status", status, int(live), run.n)

    # --- ending ---

    def end(self, run: LiveRun, how: str, reason: str, stored: StoredEvent | None = None) -> None:
        """End a run early: ``exit``, ``superseded`` or ``cancelled`` (R:P1)."""
        if run.status is RunStatus.QUEUED:
            self._finish(run, Finish(RunStatus.STOPPED if how == "exit" else RunStatus(how), reason))
            return
        data: dict[str, Any] = {"how": how, "reason": reason}
        kept = encode(data if stored is None else {**data, "event": stored.seq})
        self.feed(run, "end", "", data if stored is None else {**data, "event": stored.event}, kept=kept)

    def end_all(self, numbers: Iterable[int], how: str, reason: str) -> list[str]:
        """End several runs, and only then begin those that waited for their end; return their ids."""
        runs = [self.get(n) for n in dict.fromkeys(numbers)]
        ended, self._ended = self._ended, []
        for run in runs:
            self.end(run, how, reason)
        waiting, self._ended = self._ended, ended
        for run in waiting or ():
            self._after(run)
        return [run.id for run in runs]

    def _after(self, run: LiveRun) -> None:
        if self._ended is not None:
            self._ended.append(run)
        else:
            self._begin_next(run)

    def fail(self, run: LiveRun, reason: str) -> None:
        """End a run before its first step, for a start that could not be decided (``on_unknown: fail``)."""
        self._finish(run, Finish(RunStatus.FAILED, reason, {"type": "unknown", "message": reason, "step": None}))

    def _finish(self, run: LiveRun, finish: Finish) -> None:
        run.status, run.live = finish.status, False
        if run.held:
            self._commands.gates.ended(run)
        error = None if finish.error is None else to_text(finish.error)
        output = None if finish.output is None else to_text(finish.output)
        self._store.run("end_run", finish.status, self._turn.now, finish.reason, error, output, int(finish.declined), run.n)
        if run.holds:
            self._store.run("drop_timers", self._store.shop, run.n)
            self._store.run("drop_approvals", self._store.shop, run.n)
            self._store.run("drop_subscriptions", run.n)
        if finish.declined or (finish.status is RunStatus.SUPERSEDED and not run.machine.effects):
            self._store.run("give_back", run.n, "")
        if self._turn.now - run.started > MINUTE and is_past(self._store, run.n):
            pack(self._store, run.n)
        self._turn.ended.append(run)
        self.heard(run, finish)
        if "call" in run.trigger:
            self._commands.calls.ended(run)
        if run.mode_key is not None or run.group_key is not None:
            self._after(run)

    def _begin_next(self, ended: LiveRun) -> None:
        waiting: set[int] = set()
        if ended.group_key is not None:
            rows = self._store.rows("open_of_group", self._store.shop, ended.group_key)
            waiting.update(row[0] for row in rows if row[1] == RunStatus.QUEUED)
        if ended.mode_key is not None:
            rows = self._store.rows("open_of_mode", self._store.shop, ended.workflow.name, ended.mode_key)
            # Of one subject the oldest alone may begin; to look at all behind it would cost their number at each end.
            oldest = (n for n, status in rows if status == RunStatus.QUEUED and self.readable(n) is not None)
            waiting.update(islice(oldest, 1))
        for n in sorted(waiting):  # the oldest first (R:S4)
            self.begin_if_free(n)

    def begin_if_free(self, n: int) -> None:
        """Begin a queued run if nothing stands before it, and it can be read."""
        run = self.readable(n)
        if run is None:
            return
        free = run.status is RunStatus.QUEUED and self.may_begin(run.workflow, run.mode_key, run.group_key, (run.kind, run.subject))
        if free and not self.waits_for_resume(run):
            self.begin(run, self._events.get(run.event or 0))

    def may_begin(
        self, workflow: Workflow, mode_key: str | None, group_key: str | None, subject: tuple[str | None, str | None]
    ) -> bool:
        """Return whether no run that must end first is still open; of one's own subject that is the mode's affair (R:S5)."""
        if mode_key is not None and workflow.mode is not Mode.PARALLEL:
            rows = self._store.rows("open_of_mode", self._store.shop, workflow.name, mode_key)
            if any(status != RunStatus.QUEUED for _, status in rows):
                return False
        if group_key is None:
            return True
        mine = (workflow.name, *subject)
        rows = self._store.rows("open_of_group", self._store.shop, group_key)
        return all(row[1] == RunStatus.QUEUED or (subject[1] is not None and (row[2], row[3], row[4]) == mine) for row in rows)


def _unheard(what: object, how: object) -> None:
    """Stand in until somebody listens."""
