"""The kind ``batch``: once for a burst of events (R:T5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow import (
    Duration,
    DurationText,
    EventTypes,
    Expression,
    Firing,
    Happening,
    Reaction,
    Watch,
    add_duration,
    hookimpl,
    parse_duration,
    trigger,
)
from ecomflow.triggers.values import key_text

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST: Final = 1000


class Batch(Watch):
    """Fires once for all that came in a span from the first event on.

    Args:
        types: what is gathered.
        span: how long.
        up_to: how many are enough.
        of: whose batch it is, or None for one of all.
    """

    holds = True

    def __init__(self, types: tuple[str, ...], span: Duration, up_to: int, of: Expression | None) -> None:
        self.types, self._span, self._up_to, self._of = types, span, up_to, of
        self.needs = "key" if of is None else of.source
        self.identity = [types, of and of.source]

    def key(self, happening: Happening) -> str | None:
        """Return whose batch an event is in."""
        return key_text(self._of, happening)

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Gather, until time or number is reached."""
        if happening.event is None:
            return Reaction(None, (Firing(events=happening.held),) if happening.held else ())
        held = (*happening.held, happening.number)
        if len(held) >= self._up_to:
            return Reaction(None, (Firing(events=held),))
        due = state or add_duration(happening.now, self._span, happening.timezone)
        return Reaction(due, wake=due, outcome="merged" if happening.held else "held", reason="batch", holds=held)


@trigger("batch", keys=("collect_for", "up_to"))
def batch(event: EventTypes, collect_for: DurationText, up_to: int = _MOST, key: Expression | None = None) -> Watch:
    """Fires once for a burst of events, with every one of them in `events`.

    Args:
        event: what is gathered.
        collect_for: how long events are gathered.
        up_to: fire at once when there are so many, at most 1000.
        key: whose: one batch for each value.
    """
    if not 1 <= up_to <= _MOST:
        raise ValueError(f"up_to: 1 to {_MOST}")
    return Batch(event, parse_duration(collect_for), up_to, key)


@hookimpl
def register_triggers(register: Callable[[object], None]) -> None:
    """Register the kind."""
    register(batch)
