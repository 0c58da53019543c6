"""Events that come for a run: taken by the wait that was asked for first, or kept until a wait is reached (R:W2, W3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.core.leaves import EventLeaf

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ecomflow.core.commands import Entry
    from ecomflow.core.tasks import Leaf
    from ecomflow.model import Event, WaitForStep


class Mail:
    """The events of one run.

    Args:
        waits: the waits that count from the start.
        leaves: what the run waits for now.
    """

    def __init__(self, waits: Sequence[WaitForStep], leaves: Mapping[str, Leaf]) -> None:
        self._waits, self._leaves = waits, leaves
        self._kept: list[tuple[int, Event, Collection[str]]] = []
        self._reached: set[str] = set()
        self._order = 0
        self.taken: list[tuple[int, str]] = []
        """The entries that waits took, with the path of each."""

    def _pending(self) -> list[EventLeaf]:
        return [leaf for leaf in self._leaves.values() if isinstance(leaf, EventLeaf)]

    def awaits(self, sub: str, event: Event) -> bool:
        """Return whether a wait would take an event now, or may take it when it is reached."""
        if any(leaf.peek(event) for leaf in self._pending() if leaf.sub == sub):
            return True
        step = next((wait for wait in self._waits if f"wait/{wait.path}" == sub), None)
        return step is not None and (step.repeats or sub not in self._reached)

    def deliver(self, entry: Entry) -> None:
        """Give an event to the first wait that it fits, in the order in which they were asked for; else keep it."""
        event, subs = entry.data["event"], entry.data["subs"]
        waits = [leaf for leaf in self._pending() if leaf.sub in subs]
        for leaf in sorted(waits, key=lambda leaf: leaf.order):
            if leaf.fits(event, entry.seq):
                self.taken.append((entry.seq, leaf.path))
                leaf.take(event)
                return
        self._kept.append((entry.seq, event, subs))

    def take_kept(self, leaf: EventLeaf) -> bool:
        """Let a wait take the earliest event that came before it was reached; return whether there was one."""
        self._reached.add(leaf.sub)
        for number, (seq, event, subs) in enumerate(self._kept):
            if leaf.sub in subs and leaf.fits(event, seq):
                del self._kept[number]
                self.taken.append((seq, leaf.path))
                leaf.done({"timed_out": False, "data": event.data})
                return True
        return False

    def taken_under(self, path: str, since: int) -> list[int]:
        """Return the entries that waits under a path took, from the so-manyth on."""
        return [seq for seq, at in self.taken[since:] if at == path or at.startswith(f"{path}/")]

    def next_order(self) -> int:
        """Return the number of the next wait, in the order in which they are asked for (R:W2)."""
        return self._order + 1

    def asked(self, order: int) -> None:
        """Note the number of a wait."""
        self._order = max(self._order, order)
