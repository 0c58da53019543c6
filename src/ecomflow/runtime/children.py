"""Calls carried on, one unit a step: a run started or taken up again, ended with its caller, its end told (R:P6).

What is due stands in the store before anything is done about it, so a kill between two steps loses nothing, and a step that
was done is not due any more, so nothing is done twice. A call of a paused workflow stays due, and is kept in order for the resume.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import encode
from ecomflow.errors import RefusedError
from ecomflow.model import Decision, Outcome, RunStatus
from ecomflow.runtime.calls import CALLED, CallState
from ecomflow.runtime.performing import MAX_RESULT
from ecomflow.runtime.record import from_text, run_id, split_run_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.runtime.calls import Calls, ChildCall
    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.events import Events
    from ecomflow.runtime.holding import Holding
    from ecomflow.runtime.record import LiveRun
    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.starting import Starts
    from ecomflow.store import Store

_log = logging.getLogger("ecomflow")
MAX_CALLERS = 8
"""How deep calls nest (R:P6)."""


class Children:
    """Carries calls on.

    Args:
        store: where runs are kept.
        definitions: what is current.
        events: the events that callers started with.
        runs: callers, and what they have called.
        starts: who decides whether a run may start.
        calls: what was asked for.
        holding: who is paused.
    """

    def __init__(
        self, store: Store, definitions: Definitions, events: Events, runs: Runs, starts: Starts, calls: Calls, holding: Holding
    ) -> None:
        self._store, self._definitions, self._events, self._runs = store, definitions, events, runs
        self._starts, self._calls, self._holding = starts, calls, holding
        calls.go_on = self.go_on

    def due(self) -> list[Callable[[], None]]:
        """Return the units of all calls for which there is something to do."""
        return [partial(self.go_on, number) for number in self._calls.due()]

    def go_on(self, number: int) -> None:
        """Do what is due for a call, if anything is."""
        call = self._calls.find(number)
        if call is None:
            return
        if call.state is CallState.ASKED and not self._waits(call, call.workflow):
            self._begin(call)
        elif call.state is CallState.UNWANTED and not self._waits(call, call.workflow):
            self._end(call)
        elif call.state is CallState.ENDED:
            self._tell(call)

    def _waits(self, call: ChildCall, workflow: str) -> bool:
        paused = bool(self._holding.paused) and self._holding.holds(workflow)
        if paused:
            self._holding.hold_call(workflow, call)
        return paused

    # --- the beginning ---

    def _begin(self, call: ChildCall) -> None:
        caller = self._runs.readable(call.run)
        if caller is not None and not self._goes_on(call):
            self._start(call, caller)

    def _start(self, call: ChildCall, caller: LiveRun) -> None:
        decision = self._decide(call, caller)
        told = f"{CALLED}{caller.id} ({caller.workflow.name})"
        reason = f"{told}: {decision.reason}" if decision.reason else told
        self._runs.decided(caller.event or 0, Decision(decision.outcome, call.workflow, decision.run_id, reason))
        started = split_run_id(decision.run_id) if decision.run_id else None
        if started is None:
            self._calls.refused(call, decision.outcome, decision.reason)
        else:
            self._calls.started(call, started[0])

    def _decide(self, call: ChildCall, caller: LiveRun) -> Decision:
        before = caller.trigger.get("call", {})
        callers = [*before.get("callers", ()), caller.n]
        workflow, reason = self._definitions.current.get(call.workflow), ""
        if len(callers) > MAX_CALLERS:
            reason = f"calls nest more than {MAX_CALLERS} deep"
        elif workflow is None:
            reason = f"there is no workflow {call.workflow}"
        elif not workflow.enabled:
            reason = f"{call.workflow} is not enabled"
        else:
            reason = _unfit(call, workflow.constants["inputs"], workflow.fixed_inputs)
        if reason or workflow is None:
            return Decision(Outcome.REFUSED, call.workflow, None, reason)
        made = {
            "number": call.number, "caller": caller.id, "workflow": caller.workflow.name, "callers": callers,
            "inputs": call.inputs, "cause": caller.cause,
        }  # fmt: skip
        try:
            return self._starts.call(self._events.get(caller.event or 0), workflow, caller, made)
        except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError, RefusedError) as error:
            _log.exception("workflow %s: the call by run %s could not be decided", call.workflow, caller.id)
            return Decision(Outcome.ERROR, call.workflow, None, f"{type(error).__name__}: {error}")

    def _goes_on(self, call: ChildCall) -> bool:
        # Asked for again by a person's retry of the caller: what has taken effect in the run before must not again.
        row = None if call.child is None else self._store.row("run", call.child, self._store.shop)
        status = None if row is None else RunStatus(row[6])
        if call.child is None or status in (None, RunStatus.CANCELLED, RunStatus.SUPERSEDED):
            return False
        if status in (RunStatus.COMPLETED, RunStatus.STOPPED):
            self._calls.moved(call, CallState.ENDED)
            self._tell(call._replace(state=CallState.ENDED))
        else:
            self._calls.moved(call._replace(refusal=None), CallState.OPEN)
            if status is RunStatus.FAILED:
                self._revive(call, self._runs.get(call.child))
        return True

    def _revive(self, call: ChildCall, run: LiveRun) -> None:
        if self._runs.may_begin(run.workflow, run.mode_key, run.group_key, (run.kind, run.subject)):
            self._runs.revive(run, None)
        else:
            self._calls.refused(call, Outcome.REFUSED, f"another run of the subject or group of {run.id} is open")

    # --- the end ---

    def _end(self, call: ChildCall) -> None:
        run = None if call.child is None else self._runs.readable(call.child)
        if run is not None and not run.status.ended:
            self._calls.moved(call, CallState.OPEN)
            self._runs.end(run, "cancelled", "the run that called it has ended")

    def _tell(self, call: ChildCall) -> None:
        caller = self._runs.readable(call.run)
        if caller is None or self._waits(call, caller.workflow.name):
            return
        self._calls.moved(call, CallState.TOLD)
        if not caller.status.ended:
            data = call.refusal or self._ending(call)
            self._runs.feed(caller, "child", call.path, data)

    def _ending(self, call: ChildCall) -> dict[str, Any]:
        n, suffix, *_ = row = self._store.row("run", call.child, self._store.shop)
        data = {"status": row[6], "run": run_id(n, suffix), "reason": row[11], "output": from_text(row[13])}
        error = from_text(row[12])
        if error is not None:
            data["reason"] = str(error["message"])
        if len(encode(data)) > MAX_RESULT:
            return {**data, "status": "limit", "reason": f"its output has more than {MAX_RESULT} bytes", "output": None}
        return data


def _unfit(call: ChildCall, declared: dict[str, Any], fixed: tuple[str, ...]) -> str:
    for name in call.inputs:
        if name not in declared:
            return f"{call.workflow} has no input {name}"
        if name in fixed:
            return f"input {name} of {call.workflow} stands in a setting that is fixed before any run"
    return ""
