"""The interpreter of one run: a pure object that is fed entries and answers commands. It never raises."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ecomflow.core import subscribing
from ecomflow.core.closed import Closed
from ecomflow.core.commands import Block, Command, Finish, RunAction, Subscribe
from ecomflow.core.interpreter import Interpreter
from ecomflow.core.journal import FAILED, TICK, prepare, settles
from ecomflow.core.leaves import ActionLeaf
from ecomflow.core.mail import Mail
from ecomflow.core.scope import Frame, RunInfo, run_scope, variables
from ecomflow.core.signals import Cancelled, Declined, Signal, StepFailed, Stopped, evaluated
from ecomflow.core.tasks import Leaf, Task
from ecomflow.errors import ReplayError
from ecomflow.model import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from ecomflow.core.closed import Mark
    from ecomflow.core.commands import Entry, Row
    from ecomflow.core.journal import Prepared
    from ecomflow.model import Event, Waiting, Workflow

MAX_LEAVES = 1000
"""Live requests of one run."""

_END = {"exit": RunStatus.STOPPED, "superseded": RunStatus.SUPERSEDED, "cancelled": RunStatus.CANCELLED}


class Machine:
    """One run of one version of a workflow.

    Args:
        workflow: the version.
        info: what the run knows of itself.
    """

    def __init__(self, workflow: Workflow, info: RunInfo) -> None:
        self._workflow, self._info = workflow, info
        self.ready: deque[tuple[Task, Any, BaseException | None]] = deque()
        self.now: datetime = info.started_at
        self.seq = 0
        self.task: Task
        self.effects = False
        """Whether an action that writes, sends or charges, or an emit, was requested."""
        self.blocked_path: str | None = None
        """The call in doubt that a person has to settle."""
        self.flights: dict[str, RunAction] = {}
        """The attempts that are outstanding, by path; one in doubt for a person is among them."""
        self._leaves: dict[str, Leaf] = {}
        self._commands: list[Command] = []
        self._trail: list[list[Any]] = []
        self._held: deque[Entry] = deque()
        self._ending: tuple[RunStatus, str] | None = None
        self._finished: Finish | None = None
        self._replaying = self._broken = self._quiet = False
        self._revive_at: datetime | None = None
        self._prepared: Prepared | None = None
        self._subscriptions: list[Subscribe] = []
        self.mail = Mail(workflow.waits, self._leaves)
        self.closed = Closed()
        self._interpreter = Interpreter(self)

    # --- from outside ---

    def start(self, rows: Sequence[Row]) -> list[Command]:
        """Begin a run, or bring one back.

        Args:
            rows: one without a trail begins a run; the rows of a journal bring it to where it was. A last row of kind
                ``retry`` without a trail lets a failed run go on.

        Returns:
            Of a new run its first commands; of one brought back those that are not answered yet.
        """
        try:
            return self._start(rows)
        except Exception as error:  # noqa: BLE001 see _ended_by
            return self._ended_by(error)

    def feed(self, entry: Entry) -> list[Command]:
        """Take an entry and return what is asked for because of it."""
        try:
            self._feed_one(entry)
            return self._take_commands()
        except Exception as error:  # noqa: BLE001 see _ended_by
            return self._ended_by(error)

    def _ended_by(self, error: Exception) -> list[Command]:
        # A journal that does not fit blocks the run; a bug of ours ends it as failed. Neither wedges the engine.
        if isinstance(error, ReplayError):
            self._broken, self.blocked_path = True, None
            return [Block("", f"replay: {error}")]
        told = {"type": "internal", "message": f"{type(error).__name__}: {error}", "step": None}
        self._finished = Finish(RunStatus.FAILED, str(error), told)
        self._leaves.clear()
        self.flights.clear()
        return [self._finished]

    def release(self) -> None:
        """Break the circles of a machine that has ended, so that its memory goes at once and not at the next collection."""
        self.ready.clear()
        self._leaves.clear()
        for name in ("_interpreter", "_root", "task"):
            self.__dict__.pop(name, None)

    def take_trail(self) -> list[list[Any]]:
        """Return what was evaluated since the last call."""
        trail, self._trail = self._trail, []
        return trail

    @property
    def status(self) -> RunStatus:
        """Where the run stands."""
        if self._finished is not None:
            return self._finished.status
        if self._broken or self.blocked_path is not None:
            return RunStatus.BLOCKED
        if self._ending is not None:
            return RunStatus.ENDING
        return RunStatus.RUNNING if self.flights else RunStatus.WAITING

    @property
    def in_flight(self) -> list[RunAction]:
        """The attempts that are outstanding."""
        answered = {entry.path for entry in self._held if entry.kind == "attempt"}
        return [request for path, request in self.flights.items() if path != self.blocked_path and path not in answered]

    @property
    def flying(self) -> bool:
        """Whether an action is in flight, so that the machine must not be dropped."""
        return bool(self.flights) and (self.blocked_path is None or bool(self.in_flight))

    @property
    def pending(self) -> list[Waiting]:
        """What the run waits for."""
        return [waiting for leaf in self._leaves.values() if (waiting := leaf.waiting()) is not None]

    def wants(self, event: Event, subs: Collection[str]) -> str:
        """Return what an event would do: ``exit``, ``wait``, or an empty text for nothing.

        Args:
            event: what came.
            subs: the subscriptions of this run that it fits.
        """
        ends = self._ending is not None or any(entry.kind == "end" for entry in self._held)
        if self._finished is not None or ends or self._broken:
            return ""
        if any(sub.startswith("exit/") and self._exits(int(sub[5:]), event) for sub in subs):
            return "exit"
        return "wait" if any(self.mail.awaits(sub, event) for sub in subs if not sub.startswith("exit/")) else ""

    def _exits(self, number: int, event: Event) -> bool:
        where = self._workflow.exit_on[number].where
        return where is None or where.test({**self._frame.names, "now": self.now, "arriving": event.data}) is True

    # --- start and replay ---

    def _start(self, rows: Sequence[Row]) -> list[Command]:
        fresh = len(rows) == 1 and rows[0].trail is None
        last = rows[-1]
        if not fresh and last.trail is None and last.entry.kind == "retry":
            self._revive_at, self._quiet = last.entry.at, True
        self._replaying = not fresh and self._revive_at is None
        self._prepared = None if fresh else prepare(rows, self._workflow)
        self.closed.use(self._prepared)
        first, *others = [last.entry] if self._prepared is None else self._prepared.entries
        self.seq, self.now = first.seq, first.at
        self._begin(first)
        self._drain()
        for entry in others:
            self._feed_one(entry)
        self._replaying = False
        if fresh:
            return self._take_commands()
        return self._outstanding(last.entry)

    def _outstanding(self, last: Entry) -> list[Command]:
        # Only what a person's retry asked for has not been carried out before.
        issued = self._take_commands() if self._revive_at is not None else []
        if self._revive_at is not None:
            self.now, self.seq, self._revive_at, self._quiet = last.at, last.seq, None, False
        asked = [command for leaf in self._leaves.values() for command in leaf.outstanding()]
        subscriptions: list[Command] = [] if self._finished is not None else list(self._subscriptions)
        known = {(type(c), getattr(c, "path", None)) for c in asked}
        return subscriptions + asked + [c for c in issued if (type(c), getattr(c, "path", None)) not in known]

    def _begin(self, entry: Entry) -> None:
        names = run_scope(self._workflow, self._info, entry)
        self._frame = Frame(names)
        if self._workflow.vars:
            # A copy: `set` changes the variables in place, and the trail keeps what they were at the start.
            names["vars"] = dict(self.decide("vars", self._frame, lambda scope: variables(self._workflow, scope), "vars"))
        if self._workflow.exit_on or self._workflow.waits:
            self._subscribe()
        self.ready.append((Task(self._interpreter.steps(self._workflow.actions, "actions", self._frame)), None, None))

    def _subscribe(self) -> None:
        found = self.decide("subscriptions", self._frame, partial(subscribing.ask, self._workflow), "exit_on")
        for request in subscribing.requests(self._workflow, found):
            self._subscriptions.append(replace(request, lookback=0.0))
            self.command(request)

    # --- feeding ---

    def _feed_one(self, entry: Entry) -> None:
        if self._finished is not None:
            return
        self.seq, self.now = entry.seq, entry.at
        self.closed.fed += 1
        if self.blocked_path is not None and not settles(entry):
            self._held.append(entry)
            return
        self._dispatch(entry)
        if self._held and self.blocked_path is None:
            self._end_before_more()  # an exit or restart takes effect as soon as the doubt is settled (R:P9)
        self._drain()
        while self._held and self.blocked_path is None and self._finished is None:
            self._dispatch(self._held.popleft(), held=True)
            self._drain()
        while self.closed.gates and (gate := self.closed.next_gate(self.seq)) is not None:
            gate.done(None)
            self._drain()

    def _end_before_more(self) -> None:
        for held in [held for held in self._held if held.kind == "end"]:
            self._held.remove(held)
            self._dispatch(held, held=True)

    def _dispatch(self, entry: Entry, *, held: bool = False) -> None:
        if entry.kind == "end":
            self._end(entry.data)
        elif entry.kind == "event":
            self.mail.deliver(entry)
        elif entry.path in self._leaves:
            self._leaves[entry.path].on(entry)
        elif not held and entry.kind != TICK and self._replaying and self._prepared is not None and not self._prepared.revived:
            raise ReplayError(f"entry {entry.seq} ({entry.kind}) finds nothing at {entry.path}")

    def _end(self, data: dict[str, Any]) -> None:
        if self._ending is not None:
            return
        self._ending = (_END[data["how"]], data["reason"])
        if self.blocked_path is not None and isinstance(leaf := self._leaves[self.blocked_path], ActionLeaf):
            leaf.abandon()
        self._root.cancel()

    # --- the queue of branches ---

    def _drain(self) -> None:
        while self.ready and not self._finished:
            self._drive(*self.ready.popleft())

    def _drive(self, task: Task, value: Any, error: BaseException | None) -> None:
        self.task = task
        task.leaf = None
        if task.fork is None:
            self._root = task
        if error is None and task.ending:
            error = Cancelled()
        try:
            leaf = task.generator.send(value) if error is None else task.generator.throw(error)
        except StopIteration as stop:
            self._ended(task, stop.value, None)
        except Signal as signal:
            self._ended(task, None, signal)
        else:
            self._enter(task, leaf)

    def _enter(self, task: Task, leaf: Leaf) -> None:
        leaf.machine, leaf.task, task.leaf = self, task, leaf
        if len(self._leaves) >= MAX_LEAVES:
            failure = StepFailed("limit", f"a run has at most {MAX_LEAVES} live requests", leaf.path, leaf.path, self.seq)
            self.ready.append((task, None, failure))
            return
        self._leaves[leaf.path] = leaf
        leaf.start()

    def _ended(self, task: Task, result: Any, signal: Signal | None) -> None:
        if task.fork is not None:
            task.fork.ended(task, result, signal)
        elif signal is None:
            self._complete()
        elif isinstance(signal, StepFailed):
            self._fail(signal)
        elif isinstance(signal, Stopped):
            declined = isinstance(signal, Declined) and not self.effects
            self._finish(Finish(RunStatus.STOPPED, signal.reason, declined=declined))
        else:
            status, reason = self._ending or (RunStatus.CANCELLED, "")
            self._finish(Finish(status, reason))

    def _complete(self) -> None:
        output = None
        try:
            if self._workflow.output is not None:
                output = self.decide("output", self._frame, self._workflow.output.render, "output")
        except StepFailed as failure:
            self._fail(failure)
            return
        self._finish(Finish(RunStatus.COMPLETED, output=output))

    def _fail(self, failure: StepFailed) -> None:
        if not self._replaying:
            self._trail.append([FAILED, [failure.path, failure.seq]])
        self._finish(Finish(RunStatus.FAILED, failure.message, failure.error))

    def _finish(self, finish: Finish) -> None:
        self._finished = finish
        self.command(finish)

    # --- for leaves and steps ---

    def command(self, command: Command) -> None:
        """Ask for something."""
        if not self._replaying and not self._quiet:
            self._commands.append(command)

    def _take_commands(self) -> list[Command]:
        commands, self._commands = self._commands, []
        return commands

    def leave(self, leaf: Leaf) -> None:
        """Forget a leaf that has ended."""
        self._leaves.pop(leaf.path, None)
        self.flights.pop(leaf.path, None)

    def decide(self, path: str, frame: Frame, what: Callable[[dict[str, Any]], Any], name: str) -> Any:
        """Evaluate something and keep its outcome; in a replay give the outcome that was kept.

        Args:
            path: the step's address.
            frame: the names that it sees.
            what: evaluates it.
            name: the step as ``error.step`` calls it.

        Raises:
            StepFailed: it could not be evaluated.
            ReplayError: a replay asks for what was never asked.
        """
        kept = self._prepared.trail.get(path) if self._prepared is not None else None
        if kept:
            item = kept.popleft()
        elif self._replaying:
            raise ReplayError(f"{path} asks for what the journal does not have")
        else:
            item = self._evaluate(frame, what)
            self._trail.append([path, *item])
            if len(item) == 1:
                return item[0]
        if len(item) > 1:
            raise StepFailed(item[1]["type"], item[1]["message"], name, path.partition("#")[0], self.seq)
        return item[0]

    def _evaluate(self, frame: Frame, what: Callable[[dict[str, Any]], Any]) -> list[Any]:
        if self._revive_at is not None:
            self.now, self._quiet = self._revive_at, False
        frame.names["now"] = self.now
        return evaluated(what, frame.names)

    def note(self, path: str, error: dict[str, Any]) -> None:
        """Keep an error that changes nothing, for people."""
        if not self._replaying:
            self._trail.append([f"!note/{path}", error])

    def key(self, path: str) -> str:
        """Return the idempotency key of a path (R:G7)."""
        generation = 0 if self._prepared is None else self._prepared.generation(path)
        return f"{self._info.shop}/{self._info.id}/{path}/{generation}"

    def set_vars(self, values: dict[str, Any]) -> None:
        """Change variables."""
        self._frame.names["vars"].update(values)
        self.closed.changes += 1

    def close(self, path: str, mark: Mark, result: Any, rounds: tuple[str, int] | None = None, *, in_turn: bool = False) -> None:
        """Keep what a composite step gave, so that a replay need not walk it (R:G4)."""
        if not self._replaying and not self._quiet:
            taken, variables = self.mail.taken_under(path, mark.taken), self._frame.names["vars"]
            self.closed.close(path, mark, result, taken, variables, effects=self.effects, rounds=rounds, in_turn=in_turn)

    def mark(self) -> Mark:
        """Return where a composite step begins."""
        return self.closed.mark(len(self.mail.taken))

    def reopen(self, record: dict[str, Any], frame: Frame) -> Any:
        """Do again what a closed step did to the scope, and return its result."""
        self.closed.reopen(record, frame)
        self.effects = self.effects or bool(record.get("effects"))
        return record["result"]

