"""The attempts of one action: retries, doubt, and what a person settles (R:P8, P9, P10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import Block, CancelAction, CancelTimer, Command, GiveBack, RunAction, StartTimer
from ecomflow.core.leaves import Leaf
from ecomflow.core.signals import Cancelled, StepFailed
from ecomflow.core.trail import DROPPED
from ecomflow.model import Effect, Waiting
from ecomflow.policies.consent import CONSENT
from ecomflow.policies.retry import next_attempt

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.core.commands import Entry
    from ecomflow.core.scope import Frame
    from ecomflow.core.walk import Walk
    from ecomflow.model import ActionStep

FLYING, RESTING, IN_DOUBT, STALLED = range(4)
_EXPECTED = {FLYING: "attempt", RESTING: "timer", IN_DOUBT: "settle", STALLED: ""}


class Call(Leaf):
    """One request of an action, until it has succeeded or failed for good.

    Args:
        walk: the run's state.
        path: the step's address.
        step: its definition.
        frame: where it stands.
        request: the first attempt.
    """

    __slots__ = ("_base", "_doubted", "_due", "_first", "_frame", "_state", "_step", "request")

    def __init__(self, walk: Walk, path: str, step: ActionStep, frame: Frame, request: RunAction) -> None:
        self.walk, self.path = walk, path  # two calls less than the bases would take; every action comes by here
        self._step, self._frame, self.request = step, frame, request
        self._state, self._base, self._doubted = FLYING, 0, False
        self._first: datetime = walk.now
        self._due: datetime  # while it rests

    @property
    def effectful(self) -> bool:
        """Whether what is asked for is more than to read."""
        return self._step.effect is not Effect.READS

    def ask(self) -> None:
        """Ask for the attempt."""
        self._state = FLYING
        self.walk.flights[self.path] = self.request
        self.walk.commands.append(self.request)

    def _again(self) -> None:
        self.request = self.request._replace(attempt=self.request.attempt + 1)
        self.ask()

    def expects(self, kind: str) -> bool:
        """Return whether it is an answer, the timer of the next attempt, or a person's word."""
        return kind == _EXPECTED[self._state] and (kind != "attempt" or self.path in self.walk.flights)

    def take(self, entry: Entry) -> None:
        """Take what it expects."""
        if self._state == FLYING:
            del self.walk.flights[self.path]
            self._answered(entry.data)
        elif self._state == RESTING:
            self._again()
        else:
            self._settled(entry.data)

    def _answered(self, data: dict[str, Any]) -> None:
        if not data["ok"]:
            self._failed(data)
        elif "skipped" in data:
            if data["skipped"] == CONSENT:
                self._give_back()
            self.done({"skipped": data["skipped"]})
        else:
            if self._step.effect is not Effect.READS:
                self._frame.touched()
            if self._step.id is not None:
                self._frame.found(self._step.id, self.request.params, data.get("next"))
            self.done(data.get("result"))

    def _failed(self, data: dict[str, Any]) -> None:
        if self.effectful:
            self._frame.touched()
        doubt = data["class"] == "in_doubt"
        self._doubted = self._doubted or doubt
        if doubt and self._step.effect is Effect.CHARGES and not self._step.idempotent and not self.walk.cancelled:
            self._state = IN_DOUBT
            self.walk.block(self)
            self.walk.commands.append(Block(self.path, "outcome_unknown"))
        elif self.strand.ending:
            self.walk.trail.note(DROPPED, self.path)
            self._give_back()
            self.done(None, Cancelled())
        else:
            self._retry(data, doubt=doubt)

    def _retry(self, data: dict[str, Any], *, doubt: bool) -> None:
        number, retry = self.request.attempt - self._base, self._step.retry
        if data.get("type") == "crash" and number < retry.attempts:
            self._again()  # the other side is not to blame, so it is not waited for
            return
        due = None
        if data["class"] != "permanent":
            due = next_attempt(retry, self.request.key, number, self.walk.now, self._first, data.get("retry_after"))
        if due is None:
            self._give_up("in_doubt" if doubt else data["type"], data.get("message", ""))
        else:
            self._state, self._due = RESTING, due
            self.walk.commands.append(StartTimer(self.path, due))

    def _give_up(self, type_: str, message: str) -> None:
        self._give_back()
        if self.walk.armed(self.path):
            self._state = STALLED
        else:
            self.done(None, StepFailed(type_, message, attempt=True))

    def _give_back(self) -> None:
        if self.request.tokens and not self._doubted:
            self.walk.commands.append(GiveBack(self.path))

    def _settled(self, data: dict[str, Any]) -> None:
        if data["how"] == "skip":
            self._answered({"ok": True, "result": data.get("result")})
        else:
            self._again()

    # --- the end, and another life ---

    def cancel(self) -> None:
        """Let an attempt in flight finish, where it has left; end at once between two."""
        if self._state == FLYING and self.path in self.walk.flights:
            self.walk.commands.append(CancelAction(self.path))
        if self._state == RESTING:
            self.walk.commands.append(CancelTimer(self.path))
            self._give_back()
        if self._state in (RESTING, STALLED):
            self.done(None, Cancelled())

    def abandon(self) -> None:
        """End a call in doubt because a person cancels the run; one inside ``finally`` fails, so that the block goes on."""
        doubt = StepFailed("in_doubt", "nobody knows whether it took effect, and the run was cancelled")
        self.done(None, doubt if self.strand.shield else Cancelled())

    def revive(self) -> None:
        """Ask again because of a person's ``retry``, with a fresh allowance of attempts."""
        if self._state in (FLYING, STALLED):
            self._base, self._first = self.request.attempt, self.walk.now
            self.request = self.request._replace(attempt=self.request.attempt + 1)
            self._state = FLYING
            self.walk.flights[self.path] = self.request

    def outstanding(self) -> list[Command]:
        """Return the attempt in flight, or the timer of the next one."""
        if self._state == RESTING:
            return [StartTimer(self.path, self._due)]
        return [self.request] if self.path in self.walk.flights else []

    def waiting(self) -> Waiting:
        """Return the call, or when it is made again."""
        name = self._step.action
        if self._state == IN_DOUBT:
            return Waiting("person", self.path, None, f"{name}: its outcome is not known")
        if self._state == RESTING:
            return Waiting("retry", self.path, self._due, f"{name}, attempt {self.request.attempt + 1}")
        return Waiting("action", self.path, None, name)


class PageCall(Call):
    """The request of a further page; it gives what the page holds, and the mark of the one after it."""

    __slots__ = ()

    def _answered(self, data: dict[str, Any]) -> None:
        if data["ok"] and "skipped" not in data:
            self.done((data.get("result"), data.get("next")))
        else:
            super()._answered(data)
