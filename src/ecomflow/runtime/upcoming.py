"""What a store would do if it went on: what is overdue, what is due next, and what was in the middle of something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecomflow.runtime.clock import to_moment
from ecomflow.runtime.record import run_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ecomflow.store import Store


@dataclass(frozen=True, slots=True)
class Due:
    """A wait of a run, or a moment of a trigger, where ``run`` is None."""

    at: datetime
    workflow: str
    run: str | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What would happen.

    Attributes:
        overdue: waits and moments that are due by now.
        later: those that are due later.
        under_way: runs in the middle of a call, whose outcome is not known.
        held: calls that wait for their connection.
        events: events that are not decided.
        next: the soonest of what is overdue or due later.
    """

    overdue: int
    later: int
    under_way: int
    held: int
    events: int
    next: Sequence[Due]

    def __str__(self) -> str:
        told = (
            _told(self.overdue, "wait is overdue", "waits are overdue"), _told(self.later, "is due later", "are due later"),
            _told(self.under_way, "run was in the middle of a call", "runs were in the middle of a call"),
            _told(self.held, "call waits for its connection", "calls wait for their connection"),
            _told(self.events, "event waits to be decided", "events wait to be decided"),
        )  # fmt: skip
        return ", ".join(filter(None, told)) or "nothing waits"


def _told(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def upcoming(store: Store, now: int, limit: int = 5) -> Upcoming:
    """Return what a store would do.

    Args:
        store: the store; it is only read.
        now: microseconds since 1970.
        limit: how many of the soonest are named.
    """
    [(overdue, later)] = store.select("count_dues", {"shop": store.shop, "now": now})
    [(under_way, held, events)] = store.select("count_open", {"shop": store.shop})
    rows = store.select("soonest_dues", {"shop": store.shop, "limit": limit})
    soonest = [Due(to_moment(due), workflow, run_id(n, suffix) if n else None, subject) for due, workflow, n, suffix, subject in rows]
    return Upcoming(overdue or 0, later or 0, under_way, held, events, soonest)
