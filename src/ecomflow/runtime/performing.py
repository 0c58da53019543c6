"""What machines ask for, carried out inside the transaction; calls leave only after its commit (R:G1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import (
    AskApproval,
    Block,
    CancelAction,
    CancelChild,
    CancelTimer,
    Emit,
    GiveBack,
    RunAction,
    StartChild,
    StartTimer,
    Subscribe,
    Unsubscribe,
    WithdrawApproval,
)  # fmt: skip
from ecomflow.core.encoding import encode, encode_event
from ecomflow.errors import EcomflowError
from ecomflow.matching import subscription_key
from ecomflow.model import Event
from ecomflow.policies.tokens import SKIPPED, counted_after
from ecomflow.runtime.calls import Calls, inputs_of
from ecomflow.runtime.clock import to_micros
from ecomflow.runtime.record import subject_key, to_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecomflow.model import Duration
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.gates import Gates
    from ecomflow.runtime.guard import SecretGuard
    from ecomflow.runtime.record import LiveRun
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

Failure = dict[str, Any]

MAX_RESULT = 256 * 1024
"""Bytes of an encoded result; a larger one fails its step."""


class Tokens:
    """The tokens of ``once``, ``throttle`` and caps (R:S6).

    Args:
        store: where they are kept.
        turn: the transaction being made.
    """

    def __init__(self, store: Store, turn: Turn) -> None:
        self._store, self._turn = store, turn

    def free(self, kind: str, name: str, key: str, limit: int, per: Duration | None, zone: str) -> bool:
        """Return whether one more may be taken now."""
        after: datetime | None = counted_after(self._turn.moment, per, zone)
        since = -1 if after is None else to_micros(after)
        count: int = self._store.value("count_tokens", self._store.shop, kind, name, key, since)
        return count < limit

    def take(self, kind: str, name: str, key: str, run: int, path: str = "") -> None:
        """Take one for a run, or for a step of it."""
        self._store.run("take_token", self._store.shop, kind, name, key, self._turn.now, run, path)

    def held_by(self, run: int, path: str) -> bool:
        """Return whether a step has taken its tokens before."""
        return self._store.row("tokens_of", run, path) is not None


class Commands:
    """Carries out the commands of machines.

    Args:
        store: where what they ask for is kept.
        turn: the transaction being made.
        events: where emitted events go.
        tokens: what steps with ``once`` or caps take.
        guard: finds secrets in what runs evaluate.
        gates: whether connections hold calls.
    """

    def __init__(self, store: Store, turn: Turn, events: Events, tokens: Tokens, guard: SecretGuard, gates: Gates) -> None:
        self.gates = gates
        self._store, self._turn, self._events, self._tokens = store, turn, events, tokens
        self.calls = Calls(store, turn)
        self.tells = guard.tells if guard.active else None
        """Whether a value tells a secret; None where there is none."""
        self.look_backs: list[tuple[str, bytes, int]] = []
        """Subscription, key and span of what a run that begins looks back for."""
        self.ways: dict[type, Callable[[LiveRun, Any], Failure | None]] = {
            RunAction: self._run_action, StartTimer: self._start_timer, CancelTimer: self._cancel_timer,
            Subscribe: self._subscribe, Unsubscribe: self._unsubscribe, AskApproval: self._ask_approval,
            WithdrawApproval: self._withdraw_approval, Emit: self._emit, GiveBack: self._give_back, Block: _nothing,
            StartChild: self._start_child, CancelAction: self._cancel_action, CancelChild: self.calls.withdraw,
        }  # fmt: skip
        """How each kind of command is carried out: gives the data of its entry (``attempt``, ``child``) where it is answered at once."""

    def _run_action(self, run: LiveRun, command: RunAction) -> Failure | None:
        if command.tokens:
            refused = self._take(run, command)
            if refused:
                return {"ok": True, "skipped": refused}
        self.gates.ask(run, command)
        return None

    def _cancel_action(self, run: LiveRun, command: CancelAction) -> Failure | None:
        return _failure("exited", "nobody waited for the call any more before it was made") if self.gates.call_off(run, command.path) else None

    def _take(self, run: LiveRun, command: RunAction) -> str | None:
        if self._tokens.held_by(run.n, command.path):
            return None
        zone = run.workflow.timezone
        for token in command.tokens:
            if not self._tokens.free(token.kind, token.name, token.key, token.limit, token.per, zone):
                return SKIPPED[token.kind]
        for token in command.tokens:
            self._tokens.take(token.kind, token.name, token.key, run.n, command.path)
        return None

    def _start_timer(self, run: LiveRun, command: StartTimer) -> None:
        run.holds = self._turn.timers = True
        due = to_micros(command.due)
        self._store.run("start_timer", self._store.shop, run.n, command.path, due, due)

    def _cancel_timer(self, run: LiveRun, command: CancelTimer) -> None:
        self._store.run("cancel_timer", self._store.shop, run.n, command.path)

    def _subscribe(self, run: LiveRun, command: Subscribe) -> None:
        for key in self.listen(run, command, self._events.last):
            if command.lookback and not command.sub.startswith("exit/"):  # exits were looked for before the run began
                self.look_backs.append((command.sub, key, int(command.lookback * 1_000_000)))

    def listen(self, run: LiveRun, command: Subscribe, since: int) -> list[bytes]:
        """Let a run hear of events after one that has this number; return the keys under which it does."""
        run.holds = True
        found = self.keys_of(run, command)
        for type_, fields, key in found:
            self._events.know(type_, fields)
            self._store.run("subscribe", self._store.shop, key, run.n, command.sub, run.workflow.name, since)
        return [key for _, _, key in found]

    @staticmethod
    def keys_of(run: LiveRun, command: Subscribe) -> list[tuple[str, tuple[str, ...], bytes]]:
        """Return types, fields and keys under which a subscription of a run finds events; none where it has no subject."""
        subject = subject_key(run.kind, run.subject)
        if command.match is None and subject is None:
            return []
        return [(type_, *subscription_key(type_, command.match, subject or "")) for type_ in command.types]

    def _unsubscribe(self, run: LiveRun, command: Unsubscribe) -> None:
        self._store.run("unsubscribe", run.n, command.sub)

    def _ask_approval(self, run: LiveRun, command: AskApproval) -> None:
        run.holds = True
        due = None if command.due is None else to_micros(command.due)
        people = encode(list(command.to)).decode()
        self._store.run(
            "ask_approval", self._store.shop, run.n, command.path, command.title, to_text(command.details), people, due,
            self._turn.now,
        )  # fmt: skip

    def _withdraw_approval(self, run: LiveRun, command: WithdrawApproval) -> None:
        self._store.run("withdraw_approval", self._store.shop, run.n, command.path)

    def _emit(self, run: LiveRun, command: Emit) -> None:
        cause = self._events.find(run.cause or run.event)
        event = Event(
            command.key, command.type, f"ecomflow/{run.workflow.name}", self._turn.moment, command.data, run.subject
        )
        stored = self._events.add(event, encode_event(command.data), cause=cause, run=run.n, decided=False)
        if stored is not None:
            # A run that begins before the event is decided, but after it came, finds it by look-back alone.
            self._events.keys(stored)
            self._turn.emitted.append(stored.seq)

    def _start_child(self, run: LiveRun, command: StartChild) -> Failure | None:
        inputs, reason = inputs_of(command), ""
        if len(inputs) > MAX_RESULT:
            reason = f"the inputs have {len(inputs)} bytes; at most {MAX_RESULT} are kept"
        if reason:
            return {"status": "refused", "run": None, "reason": reason, "output": None}
        self.calls.ask(run, command, inputs)
        return None

    def _give_back(self, run: LiveRun, command: GiveBack) -> None:
        self._store.run("give_back", run.n, command.path)


def _failure(type_: str, message: str) -> Failure:
    return {"ok": False, "class": "permanent", "type": type_, "message": message}


def failure_of(error: EcomflowError) -> Failure:
    """Return the data of an attempt that certainly failed for a reason of ours."""
    return _failure("limit", str(error))


def _nothing(run: LiveRun, command: Any) -> None:
    """A blocked run has nothing to carry out: its state says it."""
