"""The engine without clock, threads or network: units of work, made durable together, one transaction a turn.

A unit computes first, then writes, and is given to :meth:`Kernel.turn` with others. One COMMIT serves them all; calls of
actions and answers to callers leave after it. Where a unit fails, the transaction is undone and its units are done again
one by one, so that the good path pays for no savepoints. Where the disk fails, at a COMMIT or before, nobody knows what is
on it: what is in memory is dropped, the store is opened anew, and calls in flight are in doubt, as after a kill. Where it
cannot be opened either, each turn tries again, and all that is asked of it meanwhile is told so.
"""

from __future__ import annotations

import logging
from collections import deque
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from ecomflow.errors import LeaseLostError, NotFoundError, RefusedError, StoreError
from ecomflow.runtime.answers import kept
from ecomflow.runtime.children import Children
from ecomflow.runtime.clock import MINUTE, SECOND
from ecomflow.runtime.copies import Copies
from ecomflow.runtime.definitions import Definitions
from ecomflow.runtime.deploying import Deploying
from ecomflow.runtime.erasing import Erasing
from ecomflow.runtime.events import Events
from ecomflow.runtime.gates import Gates
from ecomflow.runtime.guard import SecretGuard
from ecomflow.runtime.holding import Holding
from ecomflow.runtime.ingest import Ingest
from ecomflow.runtime.migrating import Migrating
from ecomflow.runtime.pausing import Pausing
from ecomflow.runtime.people import People
from ecomflow.runtime.performing import Commands, Tokens
from ecomflow.runtime.runs import Runs
from ecomflow.runtime.starting import Starts
from ecomflow.runtime.timekeeping import Timekeeper
from ecomflow.runtime.timers import Timers
from ecomflow.runtime.turn import Guarded, Turn
from ecomflow.runtime.upcoming import upcoming
from ecomflow.runtime.upkeep import Upkeep
from ecomflow.runtime.watches import Watches
from ecomflow.store import FAULTS, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ecomflow.language import Project
    from ecomflow.model import Catalog, Event
    from ecomflow.runtime.base import Call
    from ecomflow.runtime.record import LiveRun
    from ecomflow.store import Inbox, Lease, Store

    Unit = Callable[[], Any]
    Outcome = tuple[Any, BaseException | None]

_log = logging.getLogger("ecomflow")
_PORTION = 200
"""Units of what units caused, and timers, that one transaction takes."""
CRASHED = {"ok": False, "class": "in_doubt", "type": "crash", "message": "the process ended in the middle of the call"}


class Kernel:
    """The engine of one shop over one store.

    Args:
        store: everything durable.
        catalog: what is installed.
        clock: the time in microseconds.
        suffix: makes the unguessable part of run ids.
        secrets: registered secrets (R:V9).
        lease: the right to be the engine; None where nobody else can be.
    """

    def __init__(
        self, store: Store, catalog: Catalog, *, clock: Callable[[], int], suffix: Callable[[], str],
        secrets: Iterable[str] = (), lease: Lease | None = None,
    ) -> None:  # fmt: skip
        self.store, self._lease = store, lease
        self.turn_state = Turn()
        self._guard = SecretGuard(secrets)
        self.definitions = Definitions(store, catalog)
        self.events = Events(store, self.definitions, self.turn_state)
        self.holding = Holding(store, self.turn_state)
        tokens = Tokens(store, self.turn_state)
        self.gates = Gates(store, self.turn_state, catalog)
        commands = Commands(store, self.turn_state, self.events, tokens, self._guard, self.gates)
        self.runs = Runs(store, self.definitions, self.events, self.turn_state, commands, suffix)
        starts = Starts(store, self.definitions, self.events, self.runs, tokens, self.turn_state)
        self.children = Children(store, self.definitions, self.events, self.runs, starts, commands.calls, self.holding)
        self.watches = Watches(store, self.definitions, self.events, self.holding, self.turn_state)
        self.runs.heard, self.gates.runs = self.watches.ended, self.runs
        self.ingest = Ingest(store, self.definitions, self.events, self.runs, starts, self.holding, self.turn_state, self.watches)
        self.erasing = Erasing(store, self.turn_state, self.definitions, self.events, self.runs, self.watches.firings)
        self.people = People(store, self.definitions, self.runs, self.holding, self.turn_state, self._guard)
        self._copies = Copies(store, self.holding)
        self._timers = Timers(store, self.runs, self.watches, self.turn_state)
        self.time = Timekeeper(store, self.turn_state, clock, self.holding, self.gates, lease)
        self.migrating = Migrating(store, self.turn_state, self.definitions, self.runs, commands)
        self._deploying = Deploying(store, self.turn_state, self.definitions, self.events, self.watches, self.gates, self.runs, self.migrating)
        self.deploy = self._deploying.deploy
        pausing = Pausing(
            store, self.turn_state, self.definitions, self.holding, self.gates, self.ingest, self.runs, self.people, self.children,
            self._copies, self.time,
        )  # fmt: skip
        self.pause, self.resume, self._released, self.accept_time = pausing.pause, pausing.resume, pausing.released, pausing.accept_time
        self.upkeep = Upkeep(store, self.turn_state, self.definitions)
        self._backlog: deque[Unit] = deque()
        self._calls: list[Call] = []
        self._renewed = 0
        self._broken: StoreError | None = None
        self.draining = False
        """Whether nothing new is asked for, for the engine is about to stop; answers are kept for the next one."""
        self.ended: list[int] = []
        """Numbers of runs that have ended since somebody last looked."""
        self.next_fire: int | None = None
        """When the next timer goes off, in microseconds."""

    # --- opening ---

    def open(self, project: Project) -> None:
        """Make a project's files current and take up what was left, in as many turns as it needs."""
        self._notice_copy()
        self.definitions.use(project)
        self.gates.use(project)
        self.do(lambda: self._deploying.at_opening(project))
        self.recover()

    def _notice_copy(self) -> None:
        origin = self.do(self._copies.notice)
        if origin is not None:
            _log.warning(
                "this store is a copy, it was at %s: the whole shop is paused until it is adopted (%s)",
                origin, upcoming(self.store, self.time.now()),
            )  # fmt: skip

    def recover(self) -> None:
        """Take up what a stop left: late timers settle, events are decided, calls in flight are in doubt (R:P9, W6)."""
        self.next_fire = None
        events = [self._open_event(*row) for row in self.store.rows("open_events", self.store.shop)]
        doubts = [partial(self._doubt, n) for (n,) in self.store.rows("live_runs", self.store.shop)]
        # Only after the doubts, for what is released may ask for new calls, and those are in no doubt.
        after = [*doubts, *self._released()]
        # Where a resume was under way, what was held came before the events that it has caused.
        self._backlog = deque([*after, *events] if self.holding.released() else [*events, *after])
        self._together([self._settle])
        self._timers.forget()  # what had gone off comes first
        while self.behind:
            self._step([])

    def _settle(self) -> None:
        seen = self._lease.last_seen if self._lease else None
        self.gates.recover()
        if not self.time.holds:  # else they settle when it is known what time it is
            self.holding.settle(long=seen is not None and self.turn_state.now - seen > MINUTE)

    def _open_event(self, seq: int, state: int, mark: int | None) -> Unit:
        decide = partial(self.ingest.decide, seq) if state == 0 else partial(self.ingest.deliver_on, seq, mark or 0)
        return Guarded(decide, partial(self.ingest.set_aside, seq))

    def _doubt(self, n: int) -> None:
        run = self.runs.get(n)
        for action in list(run.machine.in_flight):
            if action.path not in (run.held or ()) and not self.holding.has_answer(n, action.path):
                self._answer(run, action.path, *kept(dict(CRASHED), self._guard))

    # --- turns ---

    def do(self, unit: Unit) -> Any:
        """Do one unit in a turn of its own and return what it gives.

        Raises:
            EcomflowError: what the unit raised.
        """
        value, error = self.turn([unit])[0]
        if error is not None:
            raise error
        return value

    def turn(self, units: Sequence[Unit]) -> list[Outcome]:
        """Do units in one transaction, and then all that they caused.

        Args:
            units: what to do, in order of arrival.

        Returns:
            For each unit what it gave, or the error that it ended with.
        """
        outcomes = self.some(units)
        while self.behind or len(outcomes) < len(units):
            outcomes += self.some(units[len(outcomes) :])
        return outcomes

    @property
    def behind(self) -> bool:
        """Whether there is more to do at once, before all that was not begun; what is left when the engine stops, the next one does."""
        return self.owes and not self.draining and (bool(self._backlog) or self._gone_off)

    @property
    def owes(self) -> bool:
        """Whether more follows of what units have caused, or of timers that have gone off, done by this engine or by the next."""
        return self._broken is None and (bool(self._backlog) or self._timers.unfinished)

    @property
    def _gone_off(self) -> bool:
        return self._timers.unfinished and not self.draining and not self.time.holds

    def some(self, units: Sequence[Unit]) -> list[Outcome]:
        """Do as much as may be done at once: a portion of what is left to do, and where nothing is, units.

        Args:
            units: what to do, in order of arrival.

        Returns:
            For each unit that was done what it gave, or the error that it ended with; the others are to be given again.
        """
        try:
            return self._some(units)
        except FAULTS as error:  # between two transactions; whoever asked is told, and the next turn opens the store anew
            return self._fault(error, units)

    def _some(self, units: Sequence[Unit]) -> list[Outcome]:
        if self._broken is not None:
            self.reload()
        if self._broken is not None:
            return [(None, self._broken) for _ in units]
        outcomes = self._step(units)
        if self._broken is not None:
            self.reload()
        return outcomes

    def _step(self, units: Sequence[Unit]) -> list[Outcome]:
        outcomes = [] if self.behind and not self._gone_off else self._begin(units)
        if self.behind and not self._gone_off:
            self._work_off()
        return outcomes

    def _begin(self, units: Sequence[Unit]) -> list[Outcome]:
        if (unit := self.time.look()) is not None:
            self._together([unit])
        # At the same instant the timer is first, and so are all others that have gone off, in portions (R:W1).
        self._serve_timers()
        return [] if self._gone_off else self._together(units)

    def _work_off(self) -> None:
        self._together([self._backlog.popleft() for _ in range(min(len(self._backlog), _PORTION))])

    def _serve_timers(self) -> None:
        if self._broken is None and (self._gone_off or ((rest := self.rest) is not None and rest <= 0)):
            _, error = self._together([partial(self._timers.fire, _PORTION), self.gates.release])[0]
            if error is not None and self._broken is None:
                self._fire_one_by_one()

    @property
    def rest(self) -> int | None:
        """For how many microseconds no timer goes off; None where none does: there is none, the engine stops, or the clock has jumped."""
        return None if self.next_fire is None or self.draining or self.time.holds else self.next_fire - self.time.now()

    def _together(self, units: Sequence[Unit]) -> list[Outcome]:
        if self._broken is not None:
            return [(None, self._broken) for _ in units]
        try:
            return self._transaction(units)
        except LeaseLostError:
            self._drop()
            raise
        except (StoreError, *FAULTS) as error:
            return self._fault(error, units)
        except Exception as error:  # noqa: BLE001 whatever a unit raised, the others are done again without it
            self._drop()
            if len(units) == 1:
                _log.exception("a unit failed and was undone")
                return self._together([partial(units[0].instead, error)]) if isinstance(units[0], Guarded) else [(None, error)]
        return self._up_to_a_resume(units, lambda unit: self._together([unit])[0])

    def _up_to_a_resume(self, units: Sequence[Unit], do: Callable[[Unit], Outcome]) -> list[Outcome]:
        """Do units as far as one that ends a pause: what was held came before those that follow it (R:V6)."""
        outcomes = []
        for unit in units:
            outcomes.append(do(unit))
            if self.turn_state.resumed:
                break
        return outcomes

    def _fault(self, error: Exception, units: Sequence[Unit]) -> list[Outcome]:
        # What is on the disk is unknown: believe the file alone, once it can be read again.
        _log.error("the store failed: %s", error)
        self._broken = StoreError(f"the store failed, what it has taken is unknown: {said(error)}")
        return [(None, self._broken) for _ in units]

    def _transaction(self, units: Sequence[Unit]) -> list[Outcome]:
        state = self.turn_state
        state.begin(self.time.now())
        self.store.begin()
        self._hold_lease()  # nobody else can take it while this transaction has the writers' lock
        outcomes = self._up_to_a_resume(units, _outcome)
        self._commit()
        self._after_commit()
        return outcomes

    def _commit(self) -> None:
        try:
            self.store.commit()
        except Exception as error:
            raise StoreError(f"a commit failed: {said(error)}") from error

    def _hold_lease(self) -> None:
        if self._lease is None or not self._lease.can_be_lost:
            return
        now = self.time.wall()  # which other processes compare it with
        if abs(now - self._renewed) >= SECOND:  # also where the clock was put back
            self._lease.renew(now)
            self._renewed = now
        else:
            self._lease.check()

    def reload(self) -> None:
        """Drop all memory, open the store anew, and take up what it says; where that fails, the next turn tries again."""
        self._broken = None
        self._calls.clear()
        self._backlog.clear()
        try:
            self.store.reopen()
            self._drop()
            self.recover()
        except LeaseLostError:
            raise
        except Exception as error:  # noqa: BLE001 another file may lie there now; who waits for this turn must be told
            self._broken = StoreError(f"the store cannot be opened again: {said(error)}")

    def _drop(self) -> None:
        self.store.rollback()
        self._renewed = 0  # the lease is written again first: what was read may be on no disk yet
        for part in (self.definitions, self.runs, self.events, self.holding, self.ingest, self.gates, self.erasing, self.migrating, self._timers, self.time):
            part.forget()

    def _after_commit(self) -> None:
        state = self.turn_state
        self._calls.extend(state.calls)
        self.ended.extend(run.n for run in state.ended)
        for seq in state.emitted:
            self._backlog.append(self._open_event(seq, *self.store.row("event_state", seq)))
        self._backlog.extend(state.later)
        self.erasing.waits &= not (state.ended or state.emitted)
        self.runs.evict()
        self.gates.went(state.calls)
        if state.timers:
            moments = self.store.value("next_fire", self.store.shop), self.gates.next_wake
            self.next_fire = min((each for each in moments if each is not None), default=None)

    def write_files_anew(self, inbox: Inbox | None) -> bool:
        """Write the files anew between two turns, so that nothing deleted is left in them; False where somebody reads now."""
        with self._lease.ahead(self.time.wall) if self._lease else nullcontext():
            return self.store.write_anew() and (inbox is None or inbox.write_anew())

    def take_calls(self) -> list[Call]:
        """Return the calls that are durable now, each once."""
        calls, self._calls = self._calls, []
        return calls

    # --- units ---

    def taking(self, event: Event, raw: bytes) -> Guarded:
        """Return the unit that takes an event from outside; one that cannot be decided is set aside, and blocks nothing."""
        return Guarded(lambda: self.ingest.take(event, raw), lambda error: self.ingest.take_aside(event, raw, error))

    def _fire_one_by_one(self) -> None:
        # One of them cannot be served, such as that of a run whose journal is damaged: the others must not wait for it.
        for each in self._timers.due(self.time.now(), _PORTION):
            _, error = self._together([each.serve])[0]
            if error is not None:
                self._together([partial(each.park, error)])
        self._together([self.gates.release])
        self._together([partial(self._timers.look, _PORTION)])

    def answered(self, call: Call, data: dict[str, Any]) -> None:
        """Feed the answer of a call; one that nobody waits for any more is filed as late."""
        data, encoded = kept(data, self._guard)
        self.gates.answered(call, data)  # which keeps what an error says, too
        run, path = self.runs.get(call.run), call.path
        flight = run.machine.flights.get(path)
        if flight is not None and flight.attempt == call.attempt:
            self._answer(run, path, data, encoded)
        else:
            self.runs.late(run, path, encoded)

    def _answer(self, run: LiveRun, path: str, data: dict[str, Any], encoded: bytes) -> None:
        if self.draining or (self.holding.paused and self.holding.holds(run.workflow.name)):
            self.holding.hold_entry(run.workflow.name, run.n, "attempt", path, encoded)
        else:
            self.runs.feed(run, "attempt", path, data, encoded)


def _outcome(unit: Unit) -> Outcome:
    # These say no before anything is written; any other error undoes the transaction.
    try:
        return unit(), None
    except (RefusedError, NotFoundError) as error:
        return None, error

