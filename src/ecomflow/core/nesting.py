"""Steps that hold other steps. Each has a span while it runs, and is written as closed when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ecomflow.core import questions
from ecomflow.core.interpreter import WAITING, block
from ecomflow.core.items import for_each
from ecomflow.core.leaves import Reopened, Stall
from ecomflow.core.scheduler import Fork
from ecomflow.core.scope import Span
from ecomflow.core.signals import Signal, StepFailed
from ecomflow.core.trail import NOTE
from ecomflow.model import ChooseStep, ForEachStep, IfStep, ParallelStep, RepeatStep, TryStep

if TYPE_CHECKING:
    from ecomflow.core.interpreter import Way
    from ecomflow.core.scheduler import Steps, Strand
    from ecomflow.core.scope import Frame
    from ecomflow.core.walk import Walk
    from ecomflow.model import Condition


def spanned(body: Way, walk: Walk, step: Any, frame: Frame, path: str) -> Steps:
    """Run the inside of a step, keep account of what it changes, and write that it has ended."""
    span = frame.span = Span(frame.span, frame.owner, walk.seq)
    try:
        result = yield from body(walk, step, frame, path)
    except Signal:
        frame.span = span.outer
        raise
    frame.span = span.outer
    walk.trail.close(path, span, result, walk.seq, frame.strand)
    return result


def _if(walk: Walk, step: IfStep, frame: Frame, path: str) -> Steps:
    if walk.trail.decide(path, questions.truth(step.condition, forgiving=step.unknown_is_else), frame):
        return (yield from block(walk, step.then, frame, f"{path}/then"))
    return (yield from block(walk, step.otherwise, frame, f"{path}/else"))


def _choose(walk: Walk, step: ChooseStep, frame: Frame, path: str) -> Steps:
    for number, (condition, body) in enumerate(step.branches):
        outcome = walk.trail.decide(path, questions.choice(condition, forgiving=step.unknown_is_else), frame)
        if outcome == "unknown":
            break
        if outcome == "true":
            return (yield from block(walk, body, frame, f"{path}/{number}"))
    return (yield from block(walk, step.otherwise, frame, f"{path}/else"))


def _parallel(walk: Walk, step: ParallelStep, frame: Frame, path: str) -> Steps:
    def build(number: int, strand: Strand) -> Steps:
        return block(walk, step.branches[number], frame.branch(strand), f"{path}/{number}")

    count = len(step.branches)
    branches = ((number, partial(build, number)) for number in range(count))
    result = yield Fork(path, walk.scheduler, branches, [None] * count, count or 1, first=step.first)
    walk.forgive(path)
    return result


# --- repeat ---


def _repeat(walk: Walk, step: RepeatStep, frame: Frame, path: str) -> Steps:
    times = None if step.times is None else walk.trail.decide(path, questions.rounds(step), frame)
    number, result = 0, None
    if path in walk.trail.rounds:
        number = walk.trail.rounds[path]
        result, change = yield Reopened(walk, f"{path}/{number}")
        frame.restore(change)
    span = Span(frame.span, frame.owner, walk.seq)
    while True:
        asked = (step.until if number else None) if step.while_ is None else step.while_
        if times is not None and number >= times:
            return result
        if asked is not None and not (yield from _goes_on(walk, step, asked, frame, path, number)):
            return result
        if number >= step.max:
            raise StepFailed("limit", f"the loop would go on after {step.max} rounds")
        number += 1
        inner = frame.round(loop=_loop(number, times))
        inner.span = span
        result = yield from block(walk, step.body, inner, f"{path}/{number}")
        # What rounds have changed that were not written is written with the next one that is.
        if walk.trail.close(f"{path}/{number}", span, result, walk.seq, frame.strand, loop=path, number=number):
            span = Span(frame.span, frame.owner, walk.seq)


def _goes_on(walk: Walk, step: RepeatStep, condition: Condition, frame: Frame, path: str, number: int) -> Steps:
    # `while` is asked before its round, `until` after the round before; both stand at the address of the round to come.
    here = f"{path}/{number + 1}"
    while walk.trail.revival and walk.trail.lacks(here):
        yield Stall(walk, here)
    index = number if condition is step.until else number + 1
    question = questions.truth(condition, forgiving=step.unknown_is_else, unknown_is=condition is step.until)
    try:
        return walk.trail.decide(here, question, frame.round(loop=_loop(index, None))) is (condition is step.while_)
    except StepFailed as failure:
        walk.failed(failure, here, step.id or path)  # where a person's `retry` asks it again
        raise


def _loop(number: int, times: int | None) -> dict[str, Any]:
    known = {"index": number, "first": number == 1}
    return known if times is None else {**known, "last": number == times, "length": times}


# --- try ---


def _try(walk: Walk, step: TryStep, frame: Frame, path: str) -> Steps:
    result: Any = None
    signal: Signal | None = None
    try:
        result = yield from block(walk, step.body, frame, f"{path}/try")
    except Signal as raised:
        signal = raised.with_traceback(None)  # a frame that holds what holds it is a circle
    if isinstance(signal, StepFailed) and step.catch is not None:
        walk.forgive(f"{path}/try")
        try:
            result = yield from block(walk, step.catch, frame.inside(error=signal.error), f"{path}/catch")
            signal = None
        except Signal as raised:
            signal = raised.with_traceback(None)
    if step.finally_:
        yield from _finally(walk, step, frame, path, ending=signal is not None)
    if signal is not None:
        raise signal
    return result


def _finally(walk: Walk, step: TryStep, frame: Frame, path: str, *, ending: bool) -> Steps:
    strand, before = frame.strand, frame.strand.unwinding
    strand.shield, strand.unwinding = strand.shield + 1, before or ending
    try:
        yield from block(walk, step.finally_, frame, f"{path}/finally")
    except StepFailed as failure:
        walk.forgive(f"{path}/finally")
        walk.trail.note(NOTE, f"{path}/finally", failure.error)
    strand.shield, strand.unwinding = strand.shield - 1, before


WAYS: Final[Mapping[type, Way]] = {
    **WAITING,
    **{
        kind: partial(spanned, body) for kind, body in (
            (IfStep, _if), (ChooseStep, _choose), (ForEachStep, for_each), (TryStep, _try), (ParallelStep, _parallel), (RepeatStep, _repeat),
        )
    },
}  # fmt: skip
