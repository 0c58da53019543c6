"""What steps have called, row by row: each call's state says what is to be done for it next (R:P6)."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ecomflow.core.encoding import decode, encode
from ecomflow.runtime.record import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.core.commands import CancelChild, StartChild
    from ecomflow.runtime.record import LiveRun
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

CALLED = "called by "
"""How the reason of a decision begins that a call made."""


class CallState(StrEnum):
    """Where a call stands."""

    ASKED = "asked"
    """To be started, or taken up again after a person's ``retry``."""
    OPEN = "open"
    """Its run goes on."""
    UNWANTED = "unwanted"
    """Its caller ends, so its run is to be ended."""
    ENDED = "ended"
    """Its caller is to be told."""
    TOLD = "told"


class ChildCall(NamedTuple):
    """One call: who asked, for what, and the run that it became; ``refusal`` is what is told where it became none."""

    number: int
    run: int
    path: str
    workflow: str
    inputs: dict[str, Any]
    state: CallState
    child: int | None
    refusal: dict[str, Any] | None


class Calls:
    """The calls of one shop.

    Args:
        store: where they are kept.
        turn: the transaction being made.
    """

    def __init__(self, store: Store, turn: Turn) -> None:
        self._store, self._turn = store, turn
        self.go_on: Callable[[int], None] = _unheard
        """Who does what is due for a call, in a unit of its own."""

    def find(self, number: int) -> ChildCall | None:
        """Return a call; None where its row has gone with what is over."""
        return None if self._store.row("child", number) is None else self.get(number)

    def get(self, number: int) -> ChildCall:
        """Return a call that is there."""
        n, run, path, workflow, inputs, state, child, refusal = self._store.row("child", number)
        return ChildCall(n, run, path, workflow, decode(inputs.encode()), CallState(state), child, from_text(refusal))

    def due(self) -> list[int]:
        """Return the calls for which there is something to do, and nothing is kept for a resume."""
        return [row[0] for row in self._store.select("due_children", {"shop": self._store.shop})]

    def ask(self, run: LiveRun, command: StartChild, inputs: bytes) -> None:
        """Keep that a run calls another workflow."""
        values = (self._store.shop, run.n, command.path, command.key, command.workflow, inputs.decode())
        self._store.run("ask_child", *values)
        self._soon(self._store.value("child_number", self._store.shop, run.n, command.key))

    def withdraw(self, run: LiveRun, command: CancelChild) -> None:
        """Keep that a run does not want any more what it has called."""
        call = self.get(self._store.value("child_number", self._store.shop, run.n, command.key))
        if call.state is CallState.ASKED:
            self.refused(call, "cancelled", "its caller has ended")
        elif call.state is CallState.OPEN:
            self.moved(call, CallState.UNWANTED)
            self._soon(call.number)

    def started(self, call: ChildCall, child: int) -> None:
        """Keep which run a call has become; it may have ended already."""
        self._store.run("child_started", child, call.number)

    def moved(self, call: ChildCall, state: CallState) -> None:
        """Keep a call's state."""
        self._store.run("move_child", state, to_text(call.refusal), call.number)

    def refused(self, call: ChildCall, status: str, reason: str) -> None:
        """Keep that a call became no run, and why."""
        refusal = {"status": status, "run": None, "reason": reason, "output": None}
        self.moved(call._replace(refusal=refusal), CallState.ENDED)
        self._soon(call.number)

    def ended(self, run: LiveRun) -> None:
        """Keep that a run which a step has called has ended, if its caller waits for that."""
        number = run.trigger["call"]["number"]
        if self._store.update("child_ended", (run.n, number)):
            self._soon(number)

    def _soon(self, number: int) -> None:
        self._turn.later.append(partial(self.go_on, number))


def inputs_of(command: StartChild) -> bytes:
    """Return the inputs of a call as the store keeps them."""
    return encode(dict(command.inputs))


def _unheard(number: int) -> None:
    """Stand in until somebody carries calls on."""
