"""What one turn of the engine is about to make durable, and what happens only after that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ecomflow.runtime.clock import to_moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.runtime.base import Call
    from ecomflow.runtime.record import LiveRun


@dataclass(slots=True)
class Guarded:
    """A unit with what is done instead where it fails, so that what it is about blocks nothing."""

    unit: Callable[[], Any]
    instead: Callable[[Exception], Any]

    def __call__(self) -> Any:
        """Do the unit."""
        return self.unit()


@dataclass(slots=True)
class Turn:
    """The transaction being made.

    Attributes:
        now: the time of everything in it, in microseconds; ``moment`` the same as a datetime.
        calls: actions to call after the commit.
        emitted: events to decide after the commit, by their number.
        later: units that follow after the commit; all that they do can be found in the store, too.
        ended: runs that have ended.
        timers: whether a timer was started, so that the next moment to wake may be sooner.
        resumed: whether a pause has ended and what was held follows, before all that came after it (R:V6).
        touched: numbers of runs whose machines were fed, and so are dropped where the transaction fails.
    """

    now: int = 0
    moment: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    calls: list[Call] = field(default_factory=list)
    emitted: list[int] = field(default_factory=list)
    later: list[Callable[[], Any]] = field(default_factory=list)
    ended: list[LiveRun] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    timers: bool = False
    resumed: bool = False

    def begin(self, now: int) -> None:
        """Forget the turn before and set the time."""
        self.now, self.moment = now, to_moment(now)
        self.calls, self.emitted, self.later, self.ended = [], [], [], []
        self.touched, self.timers, self.resumed = set(), False, False
