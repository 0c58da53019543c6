"""The events that a run waits for: its subscriptions, the waits in the order in which they were asked, what came early."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.core import subscribing
from ecomflow.core.commands import Subscribe, Unsubscribe
from ecomflow.core.signals import StepFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ecomflow.core.commands import Entry
    from ecomflow.core.leaves import EventLeaf
    from ecomflow.core.scope import Frame
    from ecomflow.core.walk import Walk
    from ecomflow.model import Event, Step, Workflow


class Buffer:
    """Events and waits of one run (R:W2-W4).

    Attributes:
        waits: those that are pending, in the order in which they were asked for.
        subs: the subscriptions since the start that are still open.
    """

    __slots__ = ("_came", "_walk", "again", "open", "subs", "waits")

    def __init__(self, walk: Walk, workflow: Workflow) -> None:
        self._walk = walk
        self._came: list[tuple[int, Event, Collection[str]]] = []
        self.waits: dict[str, EventLeaf] = {}
        self.subs: dict[str, Subscribe] = {}
        self.open = {f"wait/{wait.path}": wait for wait in workflow.waits} if workflow.waits else {}
        self.again = False

    def subscribe(self, workflow: Workflow, frame: Frame) -> None:
        """Subscribe to what counts since the start: ``exit_on`` and waits (R:W3)."""
        try:
            asked = self._walk.trail.decide("subscriptions", lambda names: subscribing.ask(workflow, names), frame)
        except StepFailed:  # a value that cannot be known pairs with nothing
            return
        for request in subscribing.requests(workflow, asked):
            # Where it is asked for again, what came before was looked at.
            self.subs[request.sub] = Subscribe(request.sub, request.types, request.match) if request.lookback else request
            self._walk.commands.append(request)

    def subscribed_itself(self, path: str) -> None:
        """Forget the subscription since the start of a wait that brings its own (R:V5)."""
        sub = f"wait/{path}"
        self.open.pop(sub, None)
        self.subs.pop(sub, None)

    # --- events ---

    def keep(self, came: Iterable[tuple[int, Event, Collection[str]]]) -> None:
        """Keep events that came before the run was brought to its version."""
        self._came.extend(came)

    def kept(self) -> list[tuple[int, Collection[str]]]:
        """Return the numbers of the entries whose events waits may still want, with their subscriptions."""
        return [(seq, subs) for seq, _, subs in self._came]

    def came(self, entry: Entry) -> None:
        """Give an event to the first wait that takes it; keep it where one since the start may still want it."""
        event, subs = entry.data["event"], entry.data["subs"]
        for leaf in self.waits.values():
            if leaf.sub in subs and self._fits(leaf, event, entry.seq):
                leaf.frame.took((entry.seq,))
                leaf.accept(event)
                return
        if any(sub.startswith("wait/") for sub in subs) or self.again:
            self._came.append((entry.seq, event, subs))

    def earliest(self, leaf: EventLeaf) -> Event | None:
        """Return the earliest event that came before a wait was reached and that it takes."""
        for number, (seq, event, subs) in enumerate(self._came):
            if leaf.sub in subs and self._fits(leaf, event, seq):
                del self._came[number]
                leaf.frame.took((seq,))
                return event
        return None

    def _fits(self, leaf: EventLeaf, event: Event, seq: int) -> bool:
        where, trail, path = leaf.step.where, self._walk.trail, f"{leaf.path}#{seq}"
        if where is None:
            return True
        if trail.revival and trail.lacks(path):
            self.again = True
            return False
        try:
            return bool(trail.decide(path, lambda scope: subscribing.holds(where, event, scope), leaf.frame))
        except StepFailed:  # counts as no match
            return False

    def look_again(self) -> None:
        """Offer the events that nobody could be asked about before a person's ``retry``."""
        if self.again:
            self.again = False
            for leaf in list(self.waits.values()):
                event = self.earliest(leaf)
                if event is not None:
                    leaf.accept(event)

    def wants(self, event: Event, subs: Collection[str]) -> bool:
        """Return whether a pending wait takes an event, or one since the start may still want it."""
        pending = [leaf for leaf in self.waits.values() if leaf.sub in subs]
        if any(leaf.step.where is None or subscribing.fits(leaf.step.where, event, leaf.frame) for leaf in pending):
            return True
        reached = {leaf.sub for leaf in pending if not leaf.frame.looped}
        return any(sub in self.open and sub not in reached for sub in subs)

    # --- the end of waits ---

    def over(self, step: Step) -> None:
        """Forget the waits since the start of a step that is over and will not be reached again."""
        for inner in _every(step):
            sub = f"wait/{inner.path}"
            if self.open.pop(sub, None) is not None and self.subs.pop(sub, None) is not None:
                self._walk.commands.append(Unsubscribe(sub))


_PARTS = ("then", "otherwise", "body", "catch", "finally_", "on_error", "on_timeout")


def _every(step: Step) -> Iterator[Step]:
    yield step
    lists = [getattr(step, name, ()) for name in _PARTS]
    lists += [branch[-1] if branch and isinstance(branch[-1], tuple) else branch for branch in getattr(step, "branches", ())]
    for inner in lists:
        if isinstance(inner, tuple):
            for one in inner:
                yield from _every(one)
