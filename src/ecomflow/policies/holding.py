"""Stages that hold events back for any trigger: ``debounce`` (R:T8) and ``holds_for`` (R:T7), as pure reducers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ecomflow.expressions.times import add
from ecomflow.model import Debounce, Duration, Firing, Reaction, Watch

if TYPE_CHECKING:
    from ecomflow.model import Happening

_MOST: Final = 1000
"""Events of a burst; one that has so many is over."""


class PerSubject(Watch):
    """A stage with a state for each subject."""

    holds, needs = True, "subject"

    def key(self, happening: Happening) -> str | None:
        """Return the subject."""
        return happening.subject


class Quiet(PerSubject):
    """Fires once the subject has been quiet.

    Args:
        settings: for how long.
    """

    def __init__(self, settings: Debounce) -> None:
        self._quiet = settings.quiet
        self._most = settings.longest

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Hold an event and wait again, at most until the burst is too long; then hand the burst over."""
        if happening.kind == "due":
            return _over(state, happening)
        now, zone = happening.now, happening.timezone
        held = (*happening.held, happening.number)
        end = state["end"] if state else add(now, self._most, zone)
        adds = dict(happening.data)
        if len(held) >= _MOST:
            return Reaction(None, (Firing(adds=adds, events=held),))
        wake = min(add(now, self._quiet, zone), end)
        return Reaction({"end": end, "adds": adds}, wake=wake, outcome="merged" if happening.held else "held", reason="debounce", holds=held)


def _over(state: Any, happening: Happening) -> Reaction:
    return Reaction(None, (Firing(adds=state["adds"], events=happening.held),))


class Stretch(PerSubject):
    """Fires once the conditions have been true for a span, once in each stretch in which they are.

    Args:
        span: how long.
    """

    lapses = True

    def __init__(self, span: Duration) -> None:
        self._span = span

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Start the clock, let it run on, stop it, or fire."""
        if happening.kind == "due":
            return replace(_over(state, happening), state={"fired": True, "adds": state["adds"]})
        if not happening.passed:
            return Reaction(None, reason="holds_for: the conditions do not hold")
        if state is None and not happening.fresh:
            return Reaction(None)
        if state is not None and state.get("fired"):
            return Reaction(state, reason="holds_for: it has fired since the conditions became true")
        adds = dict(happening.data) if happening.fresh else state["adds"]
        due = add(happening.now, self._span, happening.timezone) if state is None else state["due"]
        outcome = "held" if state is None else "merged"
        return Reaction({"due": due, "adds": adds}, wake=due, outcome=outcome, reason="holds_for", holds=(happening.number,))
