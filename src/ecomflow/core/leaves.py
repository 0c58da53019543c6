"""What steps wait for: a moment, an event; and in a replay, the end of a closed step or a person's ``retry``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import CancelTimer, Command, StartTimer, Subscribe, Unsubscribe
from ecomflow.core.scheduler import Request
from ecomflow.core.signals import Cancelled, Signal
from ecomflow.model import Waiting

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.core.commands import Entry
    from ecomflow.core.scope import Frame
    from ecomflow.core.walk import Walk
    from ecomflow.model import Event, WaitForStep


class Leaf(Request):
    """A request that entries answer.

    Args:
        walk: the run's state.
        path: its address; entries name it.
    """

    __slots__ = ("walk",)

    def __init__(self, walk: Walk, path: str) -> None:
        super().__init__(path)
        self.walk = walk

    def ask(self) -> None:
        """Give the commands that ask for it."""
        self.walk.commands.extend(self.outstanding())

    def expects(self, kind: str) -> bool:
        """Return whether an entry of this kind may come."""
        raise NotImplementedError

    def take(self, entry: Entry) -> None:
        """Take an entry that it expects."""
        raise NotImplementedError

    def outstanding(self) -> list[Command]:
        """Return the commands that are not answered yet."""
        raise NotImplementedError

    def waiting(self) -> Waiting:
        """Return what people are told that it waits for."""
        raise NotImplementedError

    def done(self, value: Any = None, signal: Signal | None = None) -> None:
        """Resume the strand."""
        walk = self.walk
        del walk.pending[self.path]
        walk.scheduler.resume(self.strand, value, signal)

    def cancel(self) -> None:
        """Withdraw what was asked for, and end the strand at once."""
        self.withdraw()
        self.done(None, Cancelled())

    def withdraw(self) -> None:
        """Take back what was asked for."""

    def revive(self) -> None:
        """Take up again what had failed, because of a person's ``retry``."""


class TimerLeaf(Leaf):
    """A wait for a moment."""

    __slots__ = ("due",)

    def __init__(self, walk: Walk, path: str, due: datetime) -> None:
        super().__init__(walk, path)
        self.due = due

    def expects(self, kind: str) -> bool:
        """Return whether it is the timer."""
        return kind == "timer"

    def take(self, entry: Entry) -> None:
        """Go on."""
        self.done(entry.at)

    def withdraw(self) -> None:
        """Stop the timer."""
        self.walk.commands.append(CancelTimer(self.path))

    def outstanding(self) -> list[Command]:
        """Return the timer."""
        return [StartTimer(self.path, self.due)]

    def waiting(self) -> Waiting:
        """Return the moment."""
        return Waiting("timer", self.path, self.due)


class EventLeaf(Leaf):
    """A wait for an event, or its timeout: what is fed first wins (R:W1).

    Attributes:
        sub: the subscription that brings its events; ``match`` the texts to pair with, or None for the run's subject.
        types: what it subscribes to. A wait that was asked for in another version keeps its own, and subscribes by itself.
    """

    __slots__ = ("due", "frame", "match", "step", "sub", "subscribes", "types")

    def __init__(
        self, walk: Walk, path: str, step: WaitForStep, frame: Frame, due: datetime | None,
        match: tuple[tuple[str, str], ...] | None, *, subscribes: bool, types: tuple[str, ...] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(walk, path)
        self.step, self.frame, self.due, self.match, self.subscribes = step, frame, due, match, subscribes
        self.types = step.types if types is None else types
        self.sub = f"wait/{step.path}" if step.since_start and types is None else path

    def early(self) -> dict[str, Any] | None:
        """Return the result of what came before, or of a moment that has passed; None where it is to be waited for."""
        event = self.walk.buffer.earliest(self)
        if event is not None:
            return {"timed_out": False, "data": event.data}
        return {"timed_out": True} if self.due is not None and self.due <= self.walk.now else None

    def ask(self) -> None:
        """Subscribe, and start the timer."""
        self.walk.buffer.waits[self.path] = self
        self.walk.commands.extend(self.outstanding())

    def expects(self, kind: str) -> bool:
        """Return whether it is the timeout."""
        return kind == "timer" and self.due is not None

    def take(self, entry: Entry) -> None:  # noqa: ARG002 every leaf takes one
        """Time out."""
        self._leave()
        self.done({"timed_out": True})

    def accept(self, event: Event) -> None:
        """Take an event."""
        self.withdraw()
        self.done({"timed_out": False, "data": event.data})

    def withdraw(self) -> None:
        """Withdraw subscription and timer."""
        self._leave()
        if self.due is not None:
            self.walk.commands.append(CancelTimer(self.path))

    def _leave(self) -> None:
        del self.walk.buffer.waits[self.path]
        if self.subscribes:
            self.walk.commands.append(Unsubscribe(self.path))

    def outstanding(self) -> list[Command]:
        """Return subscription and timer."""
        commands: list[Command] = []
        if self.subscribes:
            commands.append(Subscribe(self.path, self.types, self.match))
        if self.due is not None:
            commands.append(StartTimer(self.path, self.due))
        return commands

    def waiting(self) -> Waiting:
        """Return the types and the timeout."""
        return Waiting("event", self.path, self.due, ", ".join(self.types))


class Stall(Request):
    """In a replay that a person's ``retry`` will continue: what has no record waits for it."""

    __slots__ = ("_walk",)

    def __init__(self, walk: Walk, path: str) -> None:
        super().__init__(path)
        self._walk = walk

    def ask(self) -> None:
        """Wait."""
        self._walk.past.stalled.append(self)

    def cancel(self) -> None:
        """End at once."""
        self._walk.past.stalled.remove(self)
        self._walk.scheduler.resume(self.strand, None, Cancelled())


class Reopened(Request):
    """In a replay: a step that has ended before, met again; it gives its result when the entry that ended it is reached."""

    __slots__ = ("_walk",)

    def __init__(self, walk: Walk, path: str) -> None:
        super().__init__(path)
        self._walk = walk

    def ask(self) -> None:
        """Wait."""
        self._walk.past.reopened[self.path] = self

    def cancel(self) -> None:
        """End at once."""
        del self._walk.past.reopened[self.path]
        self._walk.scheduler.resume(self.strand, None, Cancelled())
