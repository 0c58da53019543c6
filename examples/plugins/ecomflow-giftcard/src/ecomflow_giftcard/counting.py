"""The kind of trigger ``every_nth``: each time that so many events of one customer, or of anything else, have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow import EventTypes, Expression, Firing, Reaction, Watch, trigger

if TYPE_CHECKING:
    from ecomflow import Happening


class EveryNth(Watch):
    """Counts the events of each key, and fires with each nth of them. It keeps nothing: the engine keeps the count.

    Args:
        types: what it is told of.
        by: whose events are counted together; those of one subject where it is None.
        n: how many make it fire.
    """

    def __init__(self, types: tuple[str, ...], by: Any, n: int) -> None:
        self.types, self._by, self._n = types, by, n
        # Where these stay the same, the counts survive an edit of the file.
        self.identity = [list(types), by.source if by is not None else None]

    def key(self, happening: Happening) -> str | None:
        """Return whose event it is."""
        if self._by is None:
            return happening.subject
        value = self._by.value(happening.scope)
        return value.strip().lower() if isinstance(value, str) and value.strip() else None

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Count an event, and fire with each nth."""
        if happening.kind != "event":
            return Reaction(state)
        count = (state or 0) + 1
        left = -count % self._n
        if left:
            return Reaction(count, reason=f"event {count} of its key: {left} more make it fire")
        return Reaction(count, (Firing(adds={"count": count}),))


@trigger("every_nth", adds=("count",))
def every_nth(event: EventTypes, every_nth: int, by: Expression | None = None) -> Watch:
    """Fires with every nth event of a subject, or of what `by` gives.

    Args:
        event: what is counted.
        every_nth: fires with the nth, the 2nth and so on.
        by: whose events are counted together, such as `order.email`.
    """
    if every_nth < 2:
        raise ValueError("every_nth: it is 2 or more; leave it out to start with each event")
    return EveryNth(event, by, every_nth)
