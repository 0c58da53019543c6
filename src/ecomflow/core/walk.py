"""One run while it walks through its workflow: what it waits for, and what an entry does to that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.buffer import Buffer
from ecomflow.core.calls import Call
from ecomflow.core.commands import Block, Command, Entry, Finish, RunAction, StartChild, StartTimer
from ecomflow.core.entering import adopt, entered, names_on_arrival
from ecomflow.core.interpreter import main
from ecomflow.core.leaves import Leaf, Reopened, Stall
from ecomflow.core.nesting import WAYS
from ecomflow.core.scheduler import Request, Scheduler
from ecomflow.core.scope import Frame, RunInfo, Scope, names_at_start
from ecomflow.core.signals import Mismatch, StepFailed, Stopped
from ecomflow.core.trail import UNCLAIMED, Trail
from ecomflow.model import RunStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecomflow.core.entering import Arrival
    from ecomflow.core.journal import Failure, Records
    from ecomflow.model import Workflow

MAX_REQUESTS = 1000
"""Live requests of one run."""

_END = {"exit": RunStatus.STOPPED, "superseded": RunStatus.SUPERSEDED, "cancelled": RunStatus.CANCELLED}
_NO_NUMBERS: Sequence[int] = ()
_ADDRESSED = frozenset({"attempt", "timer", "decision", "settle", "child"})


class Past:
    """What a replay keeps account of: of a run that was brought back.

    Attributes:
        reopened: steps that ended before and are met again, by path; ``met`` the paths of all those that were, ``unmet`` of what
            has ended and was not.
        taken: paths of further pages that were taken at once: what came for them is not fed.
        retries: the calls that each person's ``retry`` still to come lets go on; ``lives`` what was evaluated since each.
        stalled: what waits for such a ``retry``.
    """

    __slots__ = ("lives", "met", "reopened", "retries", "stalled", "taken", "unmet")

    def __init__(self) -> None:
        self.retries: list[set[tuple[str, int]]] = []
        self.lives: list[Records] = []
        self.stalled: list[Stall] = []
        self.reopened: dict[str, Reopened] = {}
        self.met: set[str] = set()
        self.taken: set[str] = set()
        self.unmet: list[str] = []


class Walk:
    """The state of a run between two entries.

    Args:
        workflow: its version.
        info: what it knows of itself.
        entry: the one that started it.
        arrival: how it came from another version, where it did.

    Attributes:
        pending: what it waits for, by path; ``flights`` the attempts that are outstanding.
        blocked: the call whose outcome nobody knows.
        failures: of steps, as long as nobody has caught them.
        ending: how it was told to end; ``cancelled`` whether a person did.
        generation: that of the keys, before those that a ``retry`` opens.
        past: of a run that was brought back.
    """

    __slots__ = (
        "_arrival", "_held", "_keys", "blocked", "buffer", "cancelled", "commands", "ending", "failures", "flights", "frame", "generation",
        "generations", "info", "now", "past", "pending", "scheduler", "seq", "trail", "ways", "workflow",
    )  # fmt: skip
    past: Past

    def __init__(self, workflow: Workflow, info: RunInfo, entry: Entry, arrival: Arrival | None = None) -> None:
        self.workflow, self.info, self.ways = workflow, info, WAYS
        self.seq, self.now = entry.seq, entry.at
        self.scheduler, self.trail, self.buffer = Scheduler(), Trail(info.tells), Buffer(self, workflow)
        self.commands: list[Command] = []
        self.pending: dict[str, Leaf] = {}
        self.flights: dict[str, RunAction] = {}
        self.blocked: Call | None = None
        self.ending: tuple[RunStatus, str] | None = None
        self.cancelled = False
        self.failures: list[Failure] = []
        self.generation, self.generations = 0, _NO_NUMBERS
        self._held: list[Entry] = []
        self._arrival = arrival
        names = names_at_start(workflow, info, entry) if arrival is None else names_on_arrival(workflow, info, entry, arrival.entry.data)
        self.frame = Frame(Scope(names, entry.data["event"]), self.scheduler.root)
        self._keys = f"{info.shop}/{info.id}/"

    # --- entries ---

    def begin(self) -> None:
        """Take the first steps, or go on where the run was in another version."""
        arrival = self._arrival
        if arrival is not None:
            adopt(self, arrival)
        self.scheduler.root.generator = main(self, None if arrival is None else entered(self, arrival))
        self.scheduler.resume(self.scheduler.root)
        self.scheduler.drain(self._ask)
        if arrival is not None:
            self.at(arrival.entry)

    def feed(self, entry: Entry) -> None:
        """Take an entry, and all steps that it allows."""
        self.at(entry)
        if self.blocked is not None:
            self._while_blocked(entry, self.blocked)
        elif not self._dispatch(entry):
            self._unclaimed(entry)
        self.scheduler.drain(self._ask)
        while self._held and self.blocked is None and self.scheduler.outcome is None:
            self._release(self._held.pop(0))

    def at(self, entry: Entry) -> None:
        """Set clock and number."""
        trail, now = self.trail, entry.at
        self.seq, self.now = entry.seq, now
        trail.count, trail.sealed = 0, False
        scope = self.frame.scope
        scope.names["now"] = now
        scope.epoch += 1

    def _dispatch(self, entry: Entry) -> bool:
        kind = entry.kind
        if kind in _ADDRESSED:
            leaf = self.pending.get(entry.path)
            if leaf is None or not leaf.expects(kind):
                return False
            leaf.take(entry)
        elif kind == "event":
            self.buffer.came(entry)
        elif kind == "end":
            self._end(entry.data)
        else:
            return False
        return True

    def _unclaimed(self, entry: Entry) -> None:
        # A runtime may serve two timers at once of which the first ends the wait for the second.
        if self.trail.records is None:
            self.trail.note(UNCLAIMED, entry.path)
        elif not self.trail.revival:
            raise Mismatch(entry.path, f"entry {entry.seq} ({entry.kind}) finds nothing there")

    def _end(self, data: dict[str, Any]) -> None:
        self.cancelled = self.cancelled or data["how"] == "cancelled"
        if self.ending is None:
            self.ending = (_END[data["how"]], data["reason"])
            self.scheduler.cancel(self.scheduler.root)

    # --- while nobody knows the outcome of a call (R:P9) ---

    def block(self, call: Call) -> None:
        """Wait for a person to settle a call in doubt; until then entries are kept, and nothing new is asked."""
        self.blocked = call
        self.trail.scars.append(call.path)

    def _while_blocked(self, entry: Entry, call: Call) -> None:
        settles = entry.kind == "settle" and entry.path == call.path
        if settles or (entry.kind == "end" and entry.data["how"] == "cancelled"):
            self.blocked, self.trail.sealed = None, bool(self._held)
            if settles:
                call.take(entry)
                self._end_before_more()
            else:
                call.abandon()
                self._end(entry.data)
        elif self._may_hold(entry):
            self._held.append(entry)
            self.flights.pop(entry.path, None)
        else:
            self._unclaimed(entry)

    def _end_before_more(self) -> None:
        # An exit or restart that came meanwhile takes effect before anything new is asked.
        ends = [held for held in self._held if held.kind == "end"]
        if ends and self.blocked is None:
            self._held = [held for held in self._held if held.kind != "end"]
            for end in ends:
                self._end(end.data)

    @property
    def told_to_end(self) -> bool:
        """Whether the run ends, or will when a doubt is settled."""
        return self.ending is not None or any(held.kind == "end" for held in self._held)

    def _may_hold(self, entry: Entry) -> bool:
        if entry.kind not in _ADDRESSED:
            return True
        leaf = self.pending.get(entry.path)
        return leaf is not None and entry.kind != "settle" and leaf.expects(entry.kind)

    def _release(self, entry: Entry) -> None:
        leaf = self.pending.get(entry.path)
        if entry.kind == "attempt" and isinstance(leaf, Call):
            self.flights[entry.path] = leaf.request
        self._dispatch(entry)
        self.scheduler.drain(self._ask)

    # --- for steps ---

    def _ask(self, request: Request) -> None:
        if isinstance(request, Leaf):
            refused = None
            if self.trail.records is not None:
                refused = self.trail.refused(request.path)
            elif len(self.pending) >= MAX_REQUESTS:
                refused = self.trail.refuse(request.path, StepFailed("limit", f"a run has at most {MAX_REQUESTS} live requests"))
            if refused is not None:
                self.scheduler.resume(request.strand, None, refused)
                return
            self.pending[request.path] = request
        request.ask()

    def key(self, path: str) -> str:
        """Return the idempotency key of a path (R:G7)."""
        generation = self.generation
        if self.generations:
            number = int(path.split("/", 2)[1])
            generation += sum(number >= first for first in self.generations)
        return f"{self._keys}{path}/{generation}"

    def failed(self, failure: StepFailed, path: str, step: str) -> None:
        """Note where a step failed."""
        if not failure.path:
            failure.path, failure.step = path, step
            self.failures.append((self.seq, self.trail.count, path, failure.attempt))

    def forgive(self, path: str) -> None:
        """Forget the failures at and under a path: they are caught."""
        if self.failures:
            self.failures = [f for f in self.failures if f[2] != path and not f[2].startswith(f"{path}/")]

    # --- replay ---

    def reopen(self, path: str) -> bool:
        """Give a closed step's result, at the entry that closed it; return whether anything waited for it."""
        request = self.past.reopened.pop(path, None)
        if request is not None:
            self.past.met.add(path)
            end = self.trail.ends[path]
            self.scheduler.resume(request.strand, (end.result, end.change))
            self.scheduler.drain(self._ask)
        elif path not in self.past.met:
            self.past.unmet.append(path)
        return request is not None

    def armed(self, path: str) -> bool:
        """Return whether a person's ``retry`` that is still to come lets a failed call go on."""
        return self.trail.revival and (path, self.seq) in self.past.retries[0]

    def revive(self, entry: Entry, scars: list[str]) -> None:
        """Go on after a person's ``retry``: everything is asked for again, what waits for it is evaluated now."""
        self.at(entry)
        self.past.retries.pop(0)
        self.trail.learn(self.past.lives.pop(0))
        self.trail.revival, self.trail.sealed = bool(self.past.retries), True
        self.trail.scars.extend(scars)
        for leaf in self.pending.values():
            leaf.revive()
        self.commands = self.outstanding()
        stalled, self.past.stalled = self.past.stalled, []
        for stall in stalled:
            self.scheduler.resume(stall.strand)
        self.buffer.look_again()
        self.scheduler.drain(self._ask)

    def outstanding(self) -> list[Command]:
        """Return the commands that are not answered yet."""
        if self.blocked is not None:
            blocks: list[Command] = [Block(self.blocked.path, "outcome_unknown")]
        else:
            blocks = []
        answered = {entry.path for entry in self._held if entry.kind in ("timer", "child")}
        asked = [
            command for leaf in self.pending.values() for command in leaf.outstanding()
            if not (isinstance(command, StartTimer | StartChild) and command.path in answered)
        ]  # fmt: skip
        return [*self.buffer.subs.values(), *asked, *blocks]

    # --- the end ---

    def release(self) -> None:
        """Break the circles of a walk that is dropped, so that its memory goes at once and not at a collection."""
        self.scheduler.release()
        del self.buffer, self.pending, self.blocked

    def finish(self) -> Finish:
        """Return how the run has ended, which it has."""
        assert self.scheduler.outcome is not None
        value, signal = self.scheduler.outcome
        if self.ending is not None:
            return Finish(*self.ending)
        if signal is None:
            return Finish(RunStatus.COMPLETED, output=value)
        if isinstance(signal, Stopped):
            return Finish(RunStatus.STOPPED, signal.reason, declined=signal.quiet and not self.frame.scope.effects)
        assert isinstance(signal, StepFailed)
        return Finish(RunStatus.FAILED, signal.message, signal.error)

    @property
    def effects(self) -> bool:
        """Whether more than reading was asked for."""
        return self.frame.scope.effects or any(isinstance(leaf, Call) and leaf.effectful for leaf in self.pending.values())
