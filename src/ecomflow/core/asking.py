"""A question to people: its decision, its timeout, its reminders, and the events by which people are told of it (R:P11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.core.commands import AskApproval, CancelTimer, Command, Emit, StartTimer, WithdrawApproval
from ecomflow.core.encoding import decode_event, encode_event
from ecomflow.core.leaves import Leaf
from ecomflow.errors import LimitError
from ecomflow.model import APPROVAL_EVENTS, Waiting

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.core.commands import Entry
    from ecomflow.core.walk import Walk
    from ecomflow.model import AskApprovalStep

REQUESTED, REMINDED = APPROVAL_EVENTS
_ROOM: Final = 1000


class ApprovalLeaf(Leaf):
    """A wait for a person's decision, or its timeout. When it is time to remind it gives None, and may be asked again.

    Args:
        walk: the run's state.
        path: the step's address.
        step: its definition.
        asked: title, details, end, where people are reminded the moment of that, and of a question that was asked in another
            version what ``kept`` gave.

    Attributes:
        stands: whether people have the question.
    """

    __slots__ = ("_asked_at", "_details", "_due", "_key", "_remind", "_reminders", "_step", "_title", "_to", "stands")

    def __init__(self, walk: Walk, path: str, step: AskApprovalStep, asked: list[Any]) -> None:
        super().__init__(walk, path)
        self._step, self.stands = step, False
        self._title, self._details, self._due = asked[:3]
        self._remind: datetime | None = asked[3] if len(asked) > 3 else None
        before = asked[4] if len(asked) > 4 else {}
        self._asked_at, self._reminders = before.get("at", walk.now), before.get("reminders", 0)
        self._key, self._to = before.get("key") or walk.key(path), tuple(before.get("to", step.to))

    def kept(self) -> list[Any]:
        """Return what was asked, and of whom, so that the question stands on in another version as it was asked."""
        before = {"at": self._asked_at, "reminders": self._reminders, "key": self._key, "to": list(self._to)}
        return [self._title, self._details, self._due, self._remind, before]

    def remind(self, again: datetime | None) -> None:
        """Count a reminder; the next one is due at ``again``, none where that is None."""
        self._reminders += 1
        self._remind = again

    def ask(self) -> None:
        """Ask, or remind, and tell of it by an event."""
        self.walk.commands.extend(self._timer() if self.stands else self.outstanding())
        self.stands = True
        self.walk.commands.append(self._told())

    def expects(self, kind: str) -> bool:
        """Return whether it is the decision, or the timer of timeout and reminders."""
        return kind == "decision" or (kind == "timer" and self._next is not None)

    def take(self, entry: Entry) -> None:
        """Take the decision, the timeout, or the time to remind."""
        if entry.kind == "timer":
            self._timed(entry)
            return
        self.withdraw()
        data = entry.data
        self.done({"approved": data["approved"], "timed_out": False, "by": data["by"], "comment": data.get("comment", "")})

    def _timed(self, entry: Entry) -> None:
        # One timer serves both, so what it means is known by the time: after a late wake-up the timeout is first.
        if self._due is None or entry.at < self._due:
            self.done(None)
            return
        self.walk.commands.append(WithdrawApproval(self.path))
        self.done({"approved": self._step.on_timeout == "approve", "timed_out": True, "by": None, "comment": ""})

    @property
    def _next(self) -> datetime | None:
        return min((moment for moment in (self._due, self._remind) if moment is not None), default=None)

    def withdraw(self) -> None:
        """Withdraw the question."""
        self.walk.commands.append(WithdrawApproval(self.path))
        if self._next is not None:
            self.walk.commands.append(CancelTimer(self.path))

    def outstanding(self) -> list[Command]:
        """Return question and timer."""
        return [AskApproval(self.path, self._title, self._details, self._to, self._due), *self._timer()]

    def _timer(self) -> list[Command]:
        return [] if self._next is None else [StartTimer(self.path, self._next)]

    def waiting(self) -> Waiting:
        """Return whom it asks."""
        return Waiting("person", self.path, self._due, f"{self._title} ({', '.join(self._to)})")

    # --- telling people ---

    def _told(self) -> Emit:
        type_ = REMINDED if self._reminders else REQUESTED
        return Emit(self.path, f"{self._key}/{type_}/{self._reminders}", type_, self._data())

    def _data(self) -> dict[str, Any]:
        people, run = self.walk.workflow.constants.get("people", {}), self.walk.info
        to = [each for name in self._to for each in people.get(name, (name,))]
        approval = {
            "id": self._key, "run_id": run.id, "workflow": self.walk.workflow.name, "title": self._title, "details": self._details,
            "to": list(dict.fromkeys(to)), "due_at": self._due, "asked_at": self._asked_at, "reminders": self._reminders,
        }  # fmt: skip
        try:
            decode_event(encode_event({"approval": approval}))
        except LimitError:  # it may be asked all the same; who decides looks at the run
            approval.update(title=self._title[:_ROOM], details=None)
        return {"approval": approval}
