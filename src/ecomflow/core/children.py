"""A call of another workflow: one request, answered by the end of the run that it became (R:P6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecomflow.core.commands import CancelChild, Command
from ecomflow.core.leaves import Leaf
from ecomflow.core.signals import Cancelled, StepFailed
from ecomflow.core.trail import DROPPED
from ecomflow.model import RunStatus, Waiting

if TYPE_CHECKING:
    from typing import Any

    from ecomflow.core.commands import Entry, StartChild
    from ecomflow.core.walk import Walk

_FINE: Final = frozenset({RunStatus.COMPLETED, RunStatus.STOPPED})


class ChildLeaf(Leaf):
    """A wait for the end of a run that a step has called.

    A cancelled one waits on: what it called winds up first, so that nothing of it is left when the caller has ended.

    Args:
        walk: the run's state.
        request: what was asked for.
    """

    __slots__ = ("_request", "_stalled")

    def __init__(self, walk: Walk, request: StartChild) -> None:
        super().__init__(walk, request.path)
        self._request, self._stalled = request, False

    def expects(self, kind: str) -> bool:
        """Return whether it is the end of the run that was called."""
        return kind == "child" and not self._stalled

    def take(self, entry: Entry) -> None:
        """Take how it ended."""
        data = entry.data
        if data["status"] in _FINE:
            self.done(data["output"])
        elif self.strand.ending:
            self.walk.trail.note(DROPPED, self.path)
            self.done(None, Cancelled())
        elif self.walk.armed(self.path):
            self._stalled = True
        else:
            self.done(None, StepFailed(data["status"], self._told(data), attempt=True))

    def _told(self, data: dict[str, Any]) -> str:
        reason = f": {data['reason']}" if data["reason"] else ""
        return f"{self._request.workflow} {data['run'] or 'was not started,'} {data['status']}{reason}"

    def cancel(self) -> None:
        """Let what was called be ended, and wait for its end."""
        if self._stalled:
            self.done(None, Cancelled())
        else:
            self.walk.commands.append(CancelChild(self.path, self._request.key))

    def revive(self) -> None:
        """Ask again."""
        self._stalled = False

    def outstanding(self) -> list[Command]:
        """Return the request."""
        return [] if self._stalled else [self._request]

    def waiting(self) -> Waiting:
        """Return which workflow it has called."""
        return Waiting("run", self.path, None, self._request.workflow)
