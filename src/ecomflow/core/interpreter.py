"""How steps run.

Theory of operation. A workflow is interpreted by generators: a list of steps is a loop, nesting is ``yield from``. What a
step waits for it yields as a request, and is resumed with the result (see ``scheduler``). Every expression, template, due
time and key that a step needs is asked for through one door, ``Trail.decide``: live it is evaluated and its outcome is put
on the *trail* under the step's address; in a replay the outcome is looked up there and nothing is evaluated. So control
flow is a function of the workflow, the entries and the trail, and of nothing else. A composite step that has ended is
written as *closed*; met again in a replay, it gives its result at the entry that ended it (see ``journal``).

Steps that only decide are functions (``PLAIN``), those that wait are generators (``WAITING``), those that hold other steps
are generators with a span, which knows what they have changed (``nesting``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ecomflow.core import questions
from ecomflow.core.asking import ApprovalLeaf
from ecomflow.core.calls import Call
from ecomflow.core.children import ChildLeaf
from ecomflow.core.commands import Emit, RunAction, StartChild, TokenRequest, WithdrawApproval
from ecomflow.core.leaves import EventLeaf, Reopened, Stall, TimerLeaf
from ecomflow.core.scope import variables
from ecomflow.core.signals import Cancelled, StepFailed, Stopped
from ecomflow.model import (
    ActionStep,
    AskApprovalStep,
    CallStep,
    ContinueIfStep,
    EmitStep,
    FailStep,
    ParallelStep,
    RepeatStep,
    SetStep,
    StopStep,
    TryStep,
    WaitForStep,
    WaitStep,
)  # fmt: skip

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.core.scheduler import Steps
    from ecomflow.core.scope import Frame
    from ecomflow.core.walk import Walk
    from ecomflow.model import Step

_LATE = 300.0
"""Seconds after which a wake-up asks its window again (R:W6)."""


def block(
    walk: Walk, steps: Sequence[Step], frame: Frame, path: str, start: int = 0, begun: Steps | None = None
) -> Steps:
    """Run steps in order, from ``start`` on, of which ``begun`` has begun; the result is that of the last."""
    result, strand, trail = None, frame.strand, walk.trail
    for number, step in enumerate(steps[start:] if start else steps, start):
        if strand.cancelled and not strand.shield:
            raise Cancelled
        here, entered, begun = f"{path}/{number}", begun, None
        try:
            while trail.revival and entered is None and _waits_for_retry(walk, step, here):
                yield Stall(walk, here)
            if here in trail.ends:
                result = yield from _reopened(walk, frame, here)
            elif entered is not None:
                result = yield from entered
            elif step.guard is not None and not holds(walk, step, frame, here):
                result = None
            elif type(step) is ActionStep and step.on_error == "stop":
                result = yield _call(walk, step, frame, here)
            elif (plain := PLAIN.get(type(step))) is not None:
                result = plain(walk, step, frame, here)
            else:
                result = yield from walk.ways[type(step)](walk, step, frame, here)
            if walk.buffer.open and not frame.looped:
                walk.buffer.over(step)
            if step.id is not None:
                frame.bind(step.id, result)
        except StepFailed as failure:
            walk.failed(failure, here, step.id or here)
            raise
    if strand.cancelled and not strand.shield:
        raise Cancelled
    return result


def _waits_for_retry(walk: Walk, step: Step, path: str) -> bool:
    decides = step.guard is not None or not (
        isinstance(step, ParallelStep | TryStep) or (isinstance(step, RepeatStep) and step.times is None)
    )
    return decides and path not in walk.trail.ends and walk.trail.lacks(path)


def _reopened(walk: Walk, frame: Frame, path: str) -> Steps:
    result, change = yield Reopened(walk, path)
    frame.restore(change)
    return result


def holds(walk: Walk, step: Step, frame: Frame, path: str) -> bool:
    """Ask a step's guard."""
    assert step.guard is not None
    return bool(walk.trail.decide(path, questions.truth(step.guard, forgiving=step.unknown_is_else), frame))


def main(walk: Walk, entered: Steps | None = None) -> Steps:
    """Run a workflow: its variables, its subscriptions, its steps; the result is its output.

    Args:
        walk: the run's state.
        entered: its steps from where the run has come to it from another version, which knows its variables.
    """
    trail, frame, workflow = walk.trail, walk.frame, walk.workflow
    if workflow.vars and entered is None:
        frame.set(trail.decide("vars", lambda names: variables(workflow, names), frame))
    if workflow.exit_on or workflow.waits:
        walk.buffer.subscribe(workflow, frame)
    yield from entered or block(walk, workflow.actions, frame, "actions")
    if workflow.output is None:
        return None
    while trail.revival and trail.lacks("output"):
        yield Stall(walk, "output")
    try:
        return trail.decide("output", workflow.output.render, frame)
    except StepFailed as failure:
        walk.failed(failure, "output", "output")
        raise


# --- steps that wait ---


def action(walk: Walk, step: ActionStep, frame: Frame, path: str) -> Steps:
    """Call an action until it has succeeded or failed for good; its errors are the step's ``on_error``'s affair."""
    try:
        return (yield _call(walk, step, frame, path))
    except StepFailed as failure:
        walk.failed(failure, path, step.id or path)
        if step.on_error == "stop":
            raise
        error = failure.error
    walk.forgive(path)
    if isinstance(step.on_error, tuple):
        yield from block(walk, step.on_error, frame.inside(error=error), f"{path}/on_error")
    return None


def _call(walk: Walk, step: ActionStep, frame: Frame, path: str) -> Call:
    params, keys = walk.trail.decide(path, partial(questions.request, step), frame, sure=step.sure)
    tokens = _tokens(step, keys) if keys else ()
    # As a tuple: the function that makes a NamedTuple costs as much again, and every action comes by here.
    request = tuple.__new__(RunAction, (
        path, walk.key(path), step.action, params, step.connection, 1, step.timeout, step.effect, tokens, step.id or "", None
    ))  # fmt: skip
    return Call(walk, path, step, frame, request)


def _tokens(step: ActionStep, keys: list[str]) -> tuple[TokenRequest, ...]:
    return tuple(TokenRequest(t.kind, t.name, key, t.limit, t.per) for t, key in zip(step.tokens, keys, strict=True))


def wait(walk: Walk, step: WaitStep, frame: Frame, path: str) -> Steps:
    """Wait for a moment; a window is asked again after a late wake-up."""
    due = walk.trail.decide(path, step.due.at, frame)
    while due > walk.now:
        woken = yield TimerLeaf(walk, path, due)
        if not step.due.reasked or (woken - due).total_seconds() <= _LATE:
            break
        while walk.trail.revival and walk.trail.lacks(path):
            yield Stall(walk, path)
        due = walk.trail.decide(path, step.due.at, frame)
    return None


def wait_for(walk: Walk, step: WaitForStep, frame: Frame, path: str) -> Steps:
    """Wait for an event, or its timeout."""
    due, match, subscribes, *kept = walk.trail.decide(path, questions.awaited(step), frame)
    pairing = None if match is None else tuple((field, text) for field, text in match)
    types = tuple(kept[0]) if kept else None  # of a wait that was asked for in another version
    leaf = EventLeaf(walk, path, step, frame, due, pairing, subscribes=subscribes, types=types)
    # What is over at once asks for nothing: of `join: first` no later branch begins, such as one that would remind.
    found = leaf.early()
    return (yield leaf) if found is None else found


def ask_approval(walk: Walk, step: AskApprovalStep, frame: Frame, path: str) -> Steps:
    """Ask people, remind them, and wait for a decision or its timeout."""
    leaf = ApprovalLeaf(walk, path, step, walk.trail.decide(path, questions.asked_of_people(step), frame))
    result = yield leaf
    while result is None:
        while step.remind is not None and walk.trail.revival and walk.trail.lacks(path):
            leaf.stands = False  # it was withdrawn when the next reminder could not be reckoned
            yield Stall(walk, path)
        leaf.remind(_next_reminder(walk, step, frame, path))
        result = yield leaf
    if result["timed_out"] and isinstance(step.on_timeout, tuple):
        yield from block(walk, step.on_timeout, frame, f"{path}/on_timeout")
    return result


def _next_reminder(walk: Walk, step: AskApprovalStep, frame: Frame, path: str) -> datetime | None:
    if step.remind is None:  # the reminder was asked for in another version, where there were more
        return None
    try:
        moment: datetime = walk.trail.decide(path, step.remind.at, frame)
    except StepFailed:
        walk.commands.append(WithdrawApproval(path))
        raise
    return moment


def call(walk: Walk, step: CallStep, frame: Frame, path: str) -> Steps:
    """Run another workflow and wait for its end; the result is its output."""
    inputs = walk.trail.decide(path, questions.inputs(step), frame)
    frame.touched()
    return (yield ChildLeaf(walk, StartChild(path, walk.key(path), step.workflow, inputs)))


# --- steps that only decide ---


def _set(walk: Walk, step: SetStep, frame: Frame, path: str) -> None:
    frame.set(walk.trail.decide(path, questions.assignments(step), frame))


def _emit(walk: Walk, step: EmitStep, frame: Frame, path: str) -> dict[str, Any]:
    data, key = walk.trail.decide(path, questions.emitted(step), frame), walk.key(path)
    frame.touched()
    walk.commands.append(Emit(path, key, step.type, data))
    return {"id": key}


def _continue_if(walk: Walk, step: ContinueIfStep, frame: Frame, path: str) -> None:
    reason = walk.trail.decide(path, questions.refusal(step), frame)
    if reason is not None:
        raise Stopped(reason, quiet=True)


def _stop(walk: Walk, step: StopStep, frame: Frame, path: str) -> None:
    raise Stopped(walk.trail.decide(path, lambda names: questions.text(step.reason, names), frame))


def _fail(walk: Walk, step: FailStep, frame: Frame, path: str) -> None:
    raise StepFailed("fail", walk.trail.decide(path, lambda names: questions.text(step.reason, names), frame))


Plain = Callable[["Walk", Any, "Frame", str], Any]
Way = Callable[["Walk", Any, "Frame", str], "Steps"]

PLAIN: Final[Mapping[type, Plain]] = {
    SetStep: _set, EmitStep: _emit, ContinueIfStep: _continue_if, StopStep: _stop, FailStep: _fail,
}  # fmt: skip
WAITING: Final[Mapping[type, Way]] = {
    ActionStep: action, WaitStep: wait, WaitForStep: wait_for, AskApprovalStep: ask_approval, CallStep: call,
}  # fmt: skip
