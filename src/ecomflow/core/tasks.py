"""Branches of a run and what they wait for: the Machine's own small scheduler.

A branch is a generator that yields leaves. A leaf asks for something when it starts, is told entries, and in the end
resumes its branch with a result or throws a signal into it. Branches that are ready wait in one queue, so nothing here
recurses and everything happens in one order, live and in replay alike.

Cancelling is a signal thrown into a branch at its leaf, in the order of paths. A leaf that waits ends at once; an action
in flight is let finish first. A branch inside ``finally`` is shielded: the signal meets it when the block is over. Nothing
depends on a Python ``finally``: a generator that is dropped just goes away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.signals import Cancelled, Declined, Signal, StepFailed, Stopped

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ecomflow.core.commands import Command, Entry
    from ecomflow.core.machine import Machine
    from ecomflow.model import Waiting

    Steps = Generator["Leaf", Any, Any]


class Leaf:
    """What a branch waits for.

    Args:
        path: its address; entries name it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.machine: Machine
        self.task: Task

    def start(self) -> None:
        """Ask for it."""

    def on(self, entry: Entry) -> None:
        """Take an entry that names this path."""

    def cancel(self) -> bool:
        """Withdraw what was asked for; return whether the branch may end at once."""
        return True

    def outstanding(self) -> list[Command]:
        """Return the commands that are not answered yet, for a run that was replayed."""
        return []

    def waiting(self) -> Waiting | None:
        """Return what people are told that it waits for."""
        return None

    def done(self, value: Any) -> None:
        """Resume the branch with a result, or end it where it was cancelled meanwhile."""
        self.machine.leave(self)
        self.machine.ready.append((self.task, value, Cancelled() if self.task.ending else None))

    def failed(self, signal: Signal) -> None:
        """Throw a signal into the branch."""
        self.machine.leave(self)
        self.machine.ready.append((self.task, None, Cancelled() if self.task.ending else signal))


class Task:
    """One branch: the run itself, a branch of ``parallel``, an item."""

    __slots__ = ("cancelled", "fork", "generator", "index", "leaf", "shield")

    def __init__(self, generator: Steps, fork: Fork | None = None, index: int = 0) -> None:
        self.generator, self.fork, self.index = generator, fork, index
        self.leaf: Leaf | None = None
        self.cancelled = False
        self.shield = 0

    @property
    def ending(self) -> bool:
        """Whether it was cancelled, and is not inside a ``finally``."""
        return self.cancelled and not self.shield

    def cancel(self) -> None:
        """End this branch as soon as what it does allows."""
        if self.cancelled:
            return
        self.cancelled = True
        leaf = self.leaf
        if not self.shield and leaf is not None and leaf.cancel():
            leaf.failed(Cancelled())


class Fork(Leaf):
    """Branches side by side, built one after the other as there is room.

    Args:
        path: of the step.
        branches: makes them.
        limit: how many are open at once.
        first: the first that ends without error wins; else all must.
        go_on: a branch that fails has result none, and the others go on.
    """

    def __init__(
        self, path: str, branches: Iterator[Steps], limit: int = 10**9, *, first: bool = False, go_on: bool = False
    ) -> None:
        super().__init__(path)
        self._branches, self._limit, self._first, self._go_on = branches, limit, first, go_on
        self._open: dict[int, Task] = {}
        self._results: list[Any] = []
        self._won: int | None = None
        self._signal: Signal | None = None
        self._filling = self._stopping = self._exhausted = False

    def start(self) -> None:
        """Open the first branches."""
        self._fill()

    def _fill(self) -> None:
        while not self._stopping and not self._exhausted and len(self._open) < self._limit:
            branch = next(self._branches, None)
            if branch is None:
                self._exhausted = True
                break
            task = Task(branch, self, len(self._results))
            self._results.append(None)
            self._open[task.index] = task
            self.machine.ready.append((task, None, None))
        if not self._open and (self._exhausted or self._stopping):
            self._finish()

    def ended(self, task: Task, result: Any, signal: Signal | None) -> None:
        """Take the end of a branch."""
        del self._open[task.index]
        if signal is None:
            self._results[task.index] = result
            if self._first and self._won is None and not self._stopping:
                self._won = task.index
                self._stop()
        elif isinstance(signal, StepFailed):
            self._branch_failed(signal)
        elif isinstance(signal, Stopped) and not self._stopping:
            self._signal = signal
            self._stop()
        self._fill()

    def _branch_failed(self, signal: StepFailed) -> None:
        if self._go_on or self._stopping:
            return
        if self._first:
            self._signal = signal
        else:
            self._signal = signal
            self._stop()

    def _stop(self) -> None:
        self._stopping = True
        for task in list(self._open.values()):
            task.cancel()

    def _finish(self) -> None:
        if self._won is not None:
            self.done(self._results[self._won])
        elif self._signal is not None:
            self.failed(self._signal)
        else:
            self.done(self._results)

    def cancel(self) -> bool:
        """End all branches; the step ends when they have."""
        self._stop()
        return False


__all__ = ["Declined", "Fork", "Leaf", "Task"]
