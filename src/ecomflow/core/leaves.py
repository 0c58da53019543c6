"""What steps wait for: an action's attempts, a timer, an event, a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import (
    AskApproval,
    Block,
    CancelTimer,
    Command,
    GiveBack,
    RunAction,
    StartTimer,
    Subscribe,
    Unsubscribe,
    WithdrawApproval,
)  # fmt: skip
from ecomflow.core.tasks import Leaf
from ecomflow.model import Effect, Waiting
from ecomflow.policies.retry import next_attempt

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecomflow.core.commands import Entry, TokenRequest
    from ecomflow.core.signals import Signal
    from ecomflow.model import ActionStep, AskApprovalStep, Event, WaitForStep


class ActionLeaf(Leaf):
    """The attempts of one action."""

    def __init__(
        self, path: str, step: ActionStep, params: Any, key: str, tokens: tuple[TokenRequest, ...],
        fail: Callable[[str, str], Signal],
    ) -> None:  # fmt: skip
        super().__init__(path)
        self._step, self._params, self._key, self._tokens, self._fail = step, params, key, tokens, fail
        self._attempt, self._doubted = 0, False
        self._due: datetime | None = None
        self._first: datetime | None = None

    @property
    def _asked(self) -> bool:
        return self.path in self.machine.flights

    def _request(self) -> RunAction:
        step = self._step
        return RunAction(
            self.path, self._key, step.action, self._params, step.connection, self._attempt, step.timeout, step.effect,
            self._tokens, step.id or "",
        )  # fmt: skip

    def start(self) -> None:
        """Ask for the first attempt."""
        self._first = self.machine.now
        self._ask()

    def _ask(self) -> None:
        self._attempt, self._due = self._attempt + 1, None
        request = self.machine.flights[self.path] = self._request()
        self.machine.command(request)

    def on(self, entry: Entry) -> None:
        """Take an answer, the timer of the next attempt, or a person's word on a call in doubt."""
        if entry.kind == "attempt" and self._asked:
            self._answered(entry.data)
        elif entry.kind == "timer" and self._due is not None:
            self._ask()
        elif entry.kind == "settle" and self.machine.blocked_path == self.path:
            self._settled(entry.data)

    def _answered(self, data: dict[str, Any]) -> None:
        request = self.machine.flights.pop(self.path)
        if "skipped" not in data and self._step.effect is not Effect.READS:
            self.machine.effects = True  # a step that a token refused has done nothing (R:E7)
        if data["ok"]:
            self.done({"skipped": data["skipped"]} if "skipped" in data else data.get("result"))
            return
        in_doubt = data["class"] == "in_doubt"
        self._doubted = self._doubted or in_doubt
        if in_doubt and self._step.effect is Effect.CHARGES and not self._step.idempotent:
            self.machine.flights[self.path] = request  # nobody knows, so it may still be in flight
            self.machine.blocked_path = self.path
            self.machine.command(Block(self.path, "outcome_unknown"))
        elif self.task.ending:
            self._give_up(data)
        else:
            self._again(data, in_doubt=in_doubt)

    def _settled(self, data: dict[str, Any]) -> None:
        self.machine.blocked_path = None
        del self.machine.flights[self.path]
        if data["how"] == "skip":
            self.done(data.get("result"))
        else:
            self._ask()

    def _again(self, data: dict[str, Any], *, in_doubt: bool) -> None:
        assert self._first is not None
        if data["class"] == "permanent":
            self._give_up(data)
            return
        if data.get("type") == "crash" and self._attempt < self._step.retry.attempts:
            self._ask()  # the other side is not to blame, so it is not waited for
            return
        due = next_attempt(
            self._step.retry, self._key, self._attempt, self.machine.now, self._first, data.get("retry_after")
        )
        if due is None:
            self._give_up(data if not in_doubt else {**data, "type": "in_doubt"})
        else:
            self._due = due
            self.machine.command(StartTimer(self.path, due))

    def _give_up(self, data: dict[str, Any]) -> None:
        if self._tokens and not self._doubted:
            self.machine.command(GiveBack(self.path))
        type_ = data["type"] if data["class"] != "in_doubt" else "in_doubt"
        self.failed(self._fail(type_, data.get("message", "")))

    def cancel(self) -> bool:
        """Let an attempt in flight finish; end at once between two."""
        if self._due is not None:
            self.machine.command(CancelTimer(self.path))
            self._due = None
            if self._tokens and not self._doubted:
                self.machine.command(GiveBack(self.path))
        return not self._asked

    def abandon(self) -> None:
        """End a call in doubt because a person cancels the run."""
        del self.machine.flights[self.path]
        self.machine.blocked_path = None
        # The end of the run reaches neither into a `finally` nor a branch that was cancelled before: this ends by itself.
        if self.task.shield or self.task.cancelled:
            self.failed(self._fail("in_doubt", "the run was cancelled before anybody knew its outcome"))

    def outstanding(self) -> list[Command]:
        """Return the attempt in flight, or the timer of the next one."""
        if self._due is not None:
            return [StartTimer(self.path, self._due)]
        blocked = self.machine.blocked_path == self.path
        return [self.machine.flights[self.path]] if self._asked and not blocked else []

    def waiting(self) -> Waiting:
        """Return the call, or when it is made again."""
        name = self._step.action
        if self.machine.blocked_path == self.path:
            return Waiting("person", self.path, None, f"{name}: its outcome is not known")
        if self._due is not None:
            return Waiting("retry", self.path, self._due, f"{name}, attempt {self._attempt + 1}")
        return Waiting("action", self.path, None, name)


class TimerLeaf(Leaf):
    """A wait for a moment; ``again`` asks anew where the wake-up is late (R:W6)."""

    def __init__(self, path: str, due: datetime, again: Callable[[], datetime] | None = None) -> None:
        super().__init__(path)
        self._due, self._again = due, again

    def start(self) -> None:
        """Start the timer, or go on at once where the moment has passed (R:W1)."""
        if self._due <= self.machine.now:
            self.done(None)
        else:
            self.machine.command(StartTimer(self.path, self._due))

    def on(self, entry: Entry) -> None:
        """Go on; a window is asked again after more than five minutes."""
        if entry.kind != "timer":
            return
        if self._again is not None and (entry.at - self._due).total_seconds() > 300:
            try:
                self._due = self._again()
            except Exception as signal:  # noqa: BLE001 a StepFailed
                self.failed(signal)  # type: ignore[arg-type]
                return
            self.start()
        else:
            self.done(None)

    def cancel(self) -> bool:
        """Stop the timer."""
        self.machine.command(CancelTimer(self.path))
        return True

    def outstanding(self) -> list[Command]:
        """Return the timer."""
        return [StartTimer(self.path, self._due)]

    def waiting(self) -> Waiting:
        """Return the moment."""
        return Waiting("timer", self.path, self._due)


class EventLeaf(Leaf):
    """A wait for an event, or its timeout: what is fed first wins (R:W1)."""

    def __init__(
        self, path: str, step: WaitForStep, due: datetime | None, match: tuple[tuple[str, str], ...] | None, order: int,
        fits: Callable[[Event, int], bool], peek: Callable[[Event], bool], *, subscribes: bool,
    ) -> None:  # fmt: skip
        super().__init__(path)
        self.step, self._due, self._match, self.order, self.fits, self.peek = step, due, match, order, fits, peek
        self._subscribes = subscribes
        self.sub = f"wait/{step.path}" if step.since_start else path

    def start(self) -> None:
        """Take what has come already; else subscribe and start the timer."""
        if self.step.since_start and self.machine.mail.take_kept(self):
            return
        if self._due is not None and self._due <= self.machine.now:
            self.done({"timed_out": True})
            return
        for command in self.outstanding():
            self.machine.command(command)

    def on(self, entry: Entry) -> None:
        """Time out."""
        if entry.kind == "timer":
            self._unsubscribe()
            self.done({"timed_out": True})

    def take(self, event: Event) -> None:
        """Take an event that fits."""
        self.cancel()
        self.done({"timed_out": False, "data": event.data})

    def cancel(self) -> bool:
        """Withdraw subscription and timer."""
        self._unsubscribe()
        if self._due is not None:
            self.machine.command(CancelTimer(self.path))
        return True

    def _unsubscribe(self) -> None:
        if self._subscribes:
            self.machine.command(Unsubscribe(self.path))

    def outstanding(self) -> list[Command]:
        """Return subscription and timer."""
        commands: list[Command] = []
        if self._subscribes:
            commands.append(Subscribe(self.path, self.step.types, self._match))
        if self._due is not None:
            commands.append(StartTimer(self.path, self._due))
        return commands

    def waiting(self) -> Waiting:
        """Return the types and the timeout."""
        return Waiting("event", self.path, self._due, ", ".join(self.step.types))


class ApprovalLeaf(Leaf):
    """A wait for a person's decision, or its timeout."""

    def __init__(self, path: str, step: AskApprovalStep, title: str, details: Any, due: datetime | None) -> None:
        super().__init__(path)
        self._step, self._title, self._details, self._due = step, title, details, due

    def start(self) -> None:
        """Ask."""
        for command in self.outstanding():
            self.machine.command(command)

    def on(self, entry: Entry) -> None:
        """Take the decision, or the timeout."""
        if entry.kind == "decision":
            self._withdraw(timer=True)
            data = entry.data
            self.done({"approved": data["approved"], "timed_out": False, "by": data["by"], "comment": data.get("comment", "")})
        elif entry.kind == "timer":
            self._withdraw(timer=False)
            approved = self._step.on_timeout == "approve"
            self.done({"approved": approved, "timed_out": True, "by": None, "comment": ""})

    def _withdraw(self, *, timer: bool) -> None:
        self.machine.command(WithdrawApproval(self.path))
        if timer and self._due is not None:
            self.machine.command(CancelTimer(self.path))

    def cancel(self) -> bool:
        """Withdraw the question."""
        self._withdraw(timer=True)
        return True

    def outstanding(self) -> list[Command]:
        """Return question and timer."""
        asked: list[Command] = [AskApproval(self.path, self._title, self._details, self._step.to, self._due)]
        return asked + ([StartTimer(self.path, self._due)] if self._due is not None else [])

    def waiting(self) -> Waiting:
        """Return whom it asks."""
        return Waiting("person", self.path, self._due, f"{self._title} ({', '.join(self._step.to)})")
