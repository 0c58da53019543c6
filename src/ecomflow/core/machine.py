"""The interpreter of one run: a pure object that is fed entries and answers commands. It never raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.core.commands import Block, Command, Finish, Row, RunAction
from ecomflow.core.journal import Fed, Prepared, prepare, retry_note, top_level, top_number
from ecomflow.core.migrating import migrated
from ecomflow.core.scope import RunInfo
from ecomflow.core.signals import Mismatch
from ecomflow.core.subscribing import fits
from ecomflow.core.trail import NOTHING, UNCLAIMED
from ecomflow.core.walk import Past, Walk
from ecomflow.errors import RefusedError
from ecomflow.model import RunStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from ecomflow.core.commands import Entry
    from ecomflow.model import Event, Waiting, Workflow

_NO_FLIGHTS: dict[str, RunAction] = {}
_FLYING, _STILL = (RunStatus.RUNNING, True), (RunStatus.WAITING, False)


class Machine:
    """One run of one version of a workflow.

    Args:
        workflow: the version.
        info: what the run knows of itself.

    Attributes:
        replayed: how many entries the last replay fed, ends of closed steps among them.
        stays: where the run has failed, if a person's ``retry`` finds nothing there to go on from; None otherwise.
    """

    __slots__ = ("_effects", "_finished", "_info", "_mismatch", "_walk", "_workflow", "replayed", "stays")

    def __init__(self, workflow: Workflow, info: RunInfo) -> None:
        self._workflow, self._info = workflow, info
        self._walk: Walk | None = None
        self._finished: Finish | None = None
        self._mismatch: Block | None = None
        self._effects = False
        self.replayed = 0
        self.stays: str | None = None

    # --- entries ---

    def start(self, rows: Sequence[Row]) -> list[Command]:
        """Begin a run, or bring one back.

        Args:
            rows: the journal. A last row without a trail is fed for the first time: alone it begins a run, of kind
                ``retry`` it lets a failed run go on.

        Returns:
            What the new entry asks for; without one, what is not answered yet.
        """
        try:
            return self._start(rows)
        except Exception as error:  # noqa: BLE001 see _ended_by
            return self._ended_by(error)

    def feed(self, entry: Entry) -> list[Command]:
        """Take an entry and return what is asked for because of it."""
        walk = self._walk
        if walk is None or self._finished is not None or self._mismatch is not None:
            if walk is not None and self._mismatch is None:
                walk.trail.note(UNCLAIMED, entry.path)
            return []
        try:
            walk.commands = []
            walk.feed(entry)
            return walk.commands if walk.scheduler.outcome is None else self._answer(walk)
        except Exception as error:  # noqa: BLE001 see _ended_by
            return self._ended_by(error)

    def _ended_by(self, error: Exception) -> list[Command]:
        # A journal that does not fit blocks the run; a bug of ours ends it as failed. Neither wedges the engine.
        if isinstance(error, Mismatch):
            self._mismatch = Block(error.path, "replay")
            return [self._mismatch]
        message = f"{type(error).__name__}: {error}"
        self._finished = Finish(RunStatus.FAILED, message, {"type": "internal", "message": message, "step": None})
        return [self._finished]

    def _answer(self, walk: Walk) -> list[Command]:
        commands = walk.commands
        if walk.scheduler.outcome is not None:
            self._finished = finish = walk.finish()
            self._effects = walk.effects
            commands.append(finish)
        return commands

    # --- beginnings ---

    def _start(self, rows: Sequence[Row]) -> list[Command]:
        *before, last = rows
        if last.trail is not None:
            self._walk = walk = self._replay(_prepared(rows))
            self._answer(walk)
            return [] if self._finished is not None else walk.outstanding()
        if not before:
            self._walk = walk = Walk(self._workflow, self._info, last.entry)
            walk.begin()
            return self._answer(walk)
        if last.entry.kind == "retry":
            return self._retry(before, last.entry)
        self._walk = self._replay(_prepared(before))
        return self.feed(last.entry)

    def _replay(self, prepared: Prepared, *, until_retry: bool = False) -> Walk:
        first, *others = prepared.fed
        walk = Walk(self._workflow, self._info, first.entry, prepared.arrival)
        walk.past = Past()
        self._open(walk, prepared)
        self.replayed = 1
        row = prepared.fed[0]
        try:
            walk.begin()
            for row in others[:-1] if until_retry else others:
                self._repeat(walk, row)
        except Exception as error:
            if row is prepared.fed[-1] or isinstance(error, Mismatch):
                raise
            raise Mismatch(row.entry.path, f"{type(error).__name__}: {error}") from error
        self._go_live(walk)
        return walk

    def _repeat(self, walk: Walk, row: Fed) -> None:
        feeds = row.feeds and row.entry.path not in walk.past.taken
        if not feeds:
            walk.at(row.entry)
        elif row.entry.kind == "retry":
            walk.revive(row.entry, row.scars)
        elif walk.scheduler.outcome is None:
            walk.feed(row.entry)
        self.replayed += feeds + sum(walk.reopen(path) for path in row.closes)

    @staticmethod
    def _open(walk: Walk, prepared: Prepared) -> None:
        trail = walk.trail
        trail.ends, trail.rounds, trail.pages = prepared.ends, prepared.rounds, prepared.pages
        trail.records, *walk.past.lives = prepared.lives
        walk.generations, walk.past.retries = prepared.generations, list(prepared.retries)
        trail.revival = bool(prepared.retries)

    @staticmethod
    def _go_live(walk: Walk) -> None:
        if walk.past.reopened and not walk.trail.revival:
            raise Mismatch(next(iter(walk.past.reopened)), "has ended, and nothing ended it")
        walk.past.unmet.extend((*walk.past.reopened, *(walk.trail.records or ())))
        walk.trail.records, walk.trail.ends, walk.trail.rounds, walk.trail.pages = None, NOTHING, NOTHING, NOTHING
        walk.commands = []

    def _retry(self, before: Sequence[Row], entry: Entry) -> list[Command]:
        walk = self._walk = self._replay(_prepared(before))
        self._answer(walk)
        number = None if entry.data["from"] is None else top_level(self._workflow, entry.data["from"])
        if self.status is not RunStatus.FAILED or not walk.failures or not _possible(entry, number, walk):
            walk.trail.note(UNCLAIMED, entry.path)
            self.stays = walk.failures[0][2] if walk.failures else ""
            return [self._finished] if self._finished is not None else []
        failures = walk.failures
        rows = [*before, Row(entry, [retry_note(failures, number, ())])]
        gone = self._replay(_prepared(rows), until_retry=True).past.unmet
        note = retry_note(failures, number, gone)
        prepared = _prepared([*before, Row(entry, [note])])
        walk = self._walk = self._replay(prepared, until_retry=True)
        walk.trail.items.append(note)
        walk.trail.plain = False
        walk.revive(entry, prepared.fed[-1].scars)
        self._finished = None
        return self._answer(walk)

    # --- another version ---

    def migrate(self, rows: Sequence[Row], workflow: Workflow, seq: int, at: datetime) -> tuple[Machine, Row, list[Command]]:
        """Return a machine that goes on in another version, with the row that brings it there, and what it asks for (R:V5).

        Args:
            rows: the journal.
            workflow: the other version.
            seq: the number of the entry.
            at: its time.

        Raises:
            RefusedError: the run cannot go on there; the message says why.
        """
        if self._walk is None or self.status is not RunStatus.WAITING:
            raise RefusedError(f"it is {self.status}: only a run that waits can go on in another version")
        row = migrated(self._walk, rows, workflow, seq, at)
        machine = Machine(workflow, self._info)
        asked = machine.start([*rows, row])
        if machine.status is not RunStatus.WAITING:
            raise RefusedError("it would not wait there")
        return machine, row, asked

    # --- what it stands for ---

    def take_kept(self) -> tuple[bytes | None, bytes | None]:
        """Return what the row of the last entry is to keep: what was evaluated, and the composite steps that have ended."""
        return (None, None) if self._walk is None else self._walk.trail.take()

    def release(self) -> None:
        """Drop what the machine holds, at once; it is asked nothing more."""
        if self._walk is not None:
            self._walk.release()
            self._walk = None

    @property
    def status(self) -> RunStatus:
        """Where the run stands."""
        if self._finished is not None:
            return self._finished.status
        walk = self._walk
        if self._mismatch is not None or (walk is not None and walk.blocked is not None):
            return RunStatus.BLOCKED
        if walk is not None and walk.ending is not None:
            return RunStatus.ENDING
        return RunStatus.RUNNING if self.flights else RunStatus.WAITING

    @property
    def standing(self) -> tuple[RunStatus, bool]:
        """The status, and whether an action is in flight, so that the machine must not be dropped."""
        walk = self._walk
        if walk is None or self._finished or self._mismatch or walk.blocked or walk.ending:
            return self.status, bool(self.flights)
        return _FLYING if walk.flights else _STILL

    @property
    def blocked_path(self) -> str | None:
        """The address of the call whose outcome nobody knows, or None."""
        blocked = None if self._walk is None else self._walk.blocked
        return None if blocked is None else blocked.path

    @property
    def effects(self) -> bool:
        """Whether the run has asked for more than reading (R:E7)."""
        return self._effects if self._walk is None else self._walk.effects

    @property
    def flights(self) -> dict[str, RunAction]:
        """The attempts that are outstanding, by path."""
        return _NO_FLIGHTS if self._walk is None or self._finished is not None else self._walk.flights

    @property
    def in_flight(self) -> list[RunAction]:
        """The attempts that are outstanding."""
        return list(self.flights.values())

    @property
    def pending(self) -> list[Waiting]:
        """What the run waits for."""
        return [] if self._walk is None else [leaf.waiting() for leaf in self._walk.pending.values()]

    def wants(self, event: Event, subs: Collection[str]) -> str:
        """Return what an event would do: ``exit``, ``wait``, or an empty text for nothing.

        Args:
            event: what came.
            subs: the subscriptions of this run that it fits.
        """
        walk = self._walk
        if walk is None or self._finished is not None or self._mismatch is not None or walk.told_to_end:
            return ""
        if any(sub.startswith("exit/") and self._exits(walk, sub, event) for sub in subs):
            return "exit"
        return "wait" if walk.buffer.wants(event, subs) else ""

    def _exits(self, walk: Walk, sub: str, event: Event) -> bool:
        where = self._workflow.exit_on[int(sub.removeprefix("exit/"))].where
        return where is None or fits(where, event, walk.frame)


def _prepared(rows: Sequence[Row]) -> Prepared:
    try:
        return prepare(rows)
    except Exception as error:
        raise Mismatch("", f"{type(error).__name__}: {error}") from error


def _possible(entry: Entry, number: int | None, walk: Walk) -> bool:
    if entry.data["from"] is None:
        return True
    return number is not None and all(number <= top_number(path) for _, _, path, _ in walk.failures)


__all__ = ["Machine", "RunInfo"]
