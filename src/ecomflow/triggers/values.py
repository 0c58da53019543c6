"""What kinds share: whose a state is, whether an event is too old, and the value before (R:E4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow import Watch, as_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecomflow import Event, Expression, Happening

STALE = "its time is older than that of the last event applied to this subject"


class OfSubject(Watch):
    """A watch with a state for each subject."""

    needs = "subject"

    def key(self, happening: Happening) -> str | None:
        """Return the subject."""
        return happening.subject


def is_stale(state: Mapping[str, Any] | None, event: Event) -> bool:
    """Return whether an event happened before the last one that was applied."""
    last: datetime | None = state["time"] if state else None
    return last is not None and event.time < last


def scope_before(happening: Happening) -> Mapping[str, Any] | None:
    """Return the scope with the data that the event itself says were there before, as ``previous``; None where it says none."""
    event = happening.event
    previous = event.data.get("previous") if event is not None else None
    if event is None or not isinstance(previous, dict):
        return None
    return {**{name: value for name, value in happening.scope.items() if name not in event.data}, **previous}


def key_text(key: Expression | None, happening: Happening) -> str | None:
    """Return the value of a key as text; one of all where there is no key, None where it cannot be known."""
    if key is None or happening.event is None:
        return ""
    return as_key(key.value(happening.scope))
