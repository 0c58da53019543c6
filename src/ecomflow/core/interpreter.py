"""How steps run.

Theory of operation. A workflow is interpreted by generators: a list of steps is a loop, nesting is ``yield from``. What a
step waits for it yields as a leaf (see ``tasks``), and is resumed with the result. Every expression, template, due time
and key that a step needs is asked for through one door, ``Machine.decide``: live it is evaluated and its outcome is put on
the *trail* under the step's address; in replay the outcome is looked up there and nothing is evaluated. So control flow is
a function of the workflow, the entries and the trail, and of nothing else. A composite step that has ended is remembered
as *closed* (see ``journal``): met again in a replay it gives its result at once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ecomflow.core.commands import Emit, TokenRequest
from ecomflow.core.leaves import ActionLeaf, ApprovalLeaf, EventLeaf, TimerLeaf
from ecomflow.core.signals import Cancelled, Declined, Signal, StepFailed, Stopped
from ecomflow.core.subscribing import pairs
from ecomflow.core.tasks import Fork
from ecomflow.errors import ExpressionError
from ecomflow.expressions import subject_text
from ecomflow.model import (
    MISSING,
    ActionStep,
    AskApprovalStep,
    ChooseStep,
    ContinueIfStep,
    EmitStep,
    FailStep,
    ForEachStep,
    IfStep,
    ParallelStep,
    RepeatStep,
    SetStep,
    StopStep,
    TryStep,
    WaitForStep,
    WaitStep,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from ecomflow.core.machine import Machine
    from ecomflow.core.scope import Frame
    from ecomflow.core.tasks import Leaf, Task
    from ecomflow.model import Condition, Event, Step

    Steps = Generator[Leaf, Any, Any]

MAX_ITEMS = 10_000
"""Items that a ``for_each`` walks (R:P5)."""

_COMPOSITE = (IfStep, ChooseStep, ForEachStep, ParallelStep, RepeatStep, TryStep)


class Interpreter:
    """Runs the steps of one machine.

    Args:
        machine: what it belongs to.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def steps(self, steps: Sequence[Step], path: str, frame: Frame) -> Steps:
        """Run steps in order; the result is that of the last."""
        result = None
        for number, step in enumerate(steps):
            result = yield from self._step(step, f"{path}/{number}", frame)
        return result

    def _step(self, step: Step, path: str, frame: Frame) -> Steps:
        machine = self._machine
        known = machine.closed.find(path) if type(step) in _COMPOSITE else None
        if known is not None:
            yield from self._gate(path)
            result = machine.reopen(known, frame)
        elif step.guard is not None and not self._holds(step, step.guard, path, frame):
            result = None
        elif type(step) in _COMPOSITE:
            mark = machine.mark()
            result = yield from self._WAYS[type(step)](self, step, path, frame)
            machine.close(path, mark, result)
        else:
            result = yield from self._WAYS[type(step)](self, step, path, frame)
        if step.id is not None:
            frame.bind(step.id, result)
            machine.closed.note_bound(step.id, result)
        return result

    def _gate(self, path: str) -> Steps:
        gate = self._machine.closed.gate(path, self._machine.seq)
        if gate is not None:
            yield gate

    # --- what is asked ---

    def _ask(self, step: Step, path: str, frame: Frame, what: Callable[[dict[str, Any]], Any]) -> Any:
        return self._machine.decide(path, frame, what, self._name(step, path))

    @staticmethod
    def _name(step: Step, path: str) -> str:
        return step.id or path

    def _failure(self, step: Step, path: str) -> Callable[[str, str], StepFailed]:
        return lambda type_, message: StepFailed(type_, message, self._name(step, path), path, self._machine.seq)

    def _holds(self, step: Step, condition: Condition, path: str, frame: Frame) -> bool:
        return bool(self._ask(step, path, frame, lambda scope: _truth(condition, scope, forgiving=step.unknown_is_else)))

    # --- leaves ---

    def _action(self, step: ActionStep, path: str, frame: Frame) -> Steps:
        try:
            params, tokens = self._ask(step, path, frame, lambda scope: _request(step, scope))
            requests = _token_requests(step, tokens) if tokens else ()
            key = self._machine.key(path)
            return (yield ActionLeaf(path, step, params, key, requests, self._failure(step, path)))
        except StepFailed:
            if step.on_error == "stop":
                raise
        if isinstance(step.on_error, tuple):
            yield from self.steps(step.on_error, f"{path}/on_error", frame)
        return None

    def _wait(self, step: WaitStep, path: str, frame: Frame) -> Steps:
        due = self._ask(step, path, frame, step.due.at)
        again = (lambda: self._ask(step, path, frame, step.due.at)) if step.due.reasked else None
        yield TimerLeaf(path, due, again)
        return None

    def _wait_for(self, step: WaitForStep, path: str, frame: Frame) -> Steps:
        def ask(scope: dict[str, Any]) -> Any:
            match = None if step.since_start or step.match is None else pairs(step.match, scope)
            subscribes = not step.since_start and (step.match is None or match is not None)
            return [None if step.due is None else step.due.at(scope), match, subscribes, self._machine.mail.next_order()]

        due, match, subscribes, order = self._ask(step, path, frame, ask)
        self._machine.mail.asked(order)
        found = None if match is None else tuple((field, text) for field, text in match)

        def fits(event: Event, seq: int) -> bool:
            return step.where is None or bool(
                self._machine.decide(f"{path}#{seq}", frame, lambda scope: _arrives(step, event, scope), path)
            )

        def peek(event: Event) -> bool:
            return step.where is None or _arrives(step, event, {**frame.names, "now": self._machine.now})

        return (yield EventLeaf(path, step, due, found, order, fits, peek, subscribes=subscribes))

    def _ask_approval(self, step: AskApprovalStep, path: str, frame: Frame) -> Steps:
        def ask(scope: dict[str, Any]) -> Any:
            details = None if step.details is None else step.details.render(scope)
            return [step.title.render(scope), details, None if step.due is None else step.due.at(scope)]

        title, details, due = self._ask(step, path, frame, ask)
        result = yield ApprovalLeaf(path, step, title, details, due)
        if result["timed_out"] and isinstance(step.on_timeout, tuple):
            yield from self.steps(step.on_timeout, f"{path}/on_timeout", frame)
        return result

    # --- what only decides ---

    def _continue_if(self, step: ContinueIfStep, path: str, frame: Frame) -> Steps:
        def ask(scope: dict[str, Any]) -> Any:
            if _truth(step.condition, scope, forgiving=step.unknown_is_else):
                return None
            leaf = step.condition.decisive(scope)
            return f"{leaf.source}: {leaf.detail}" if leaf.detail else leaf.source

        reason = self._ask(step, path, frame, ask)
        if reason is not None:
            raise Declined(reason)
        return None
        yield

    def _set(self, step: SetStep, path: str, frame: Frame) -> Steps:
        values = self._ask(step, path, frame, lambda scope: {name: value.render(scope) for name, value in step.values})
        self._machine.set_vars(values)
        return None
        yield

    def _emit(self, step: EmitStep, path: str, frame: Frame) -> Steps:
        data = self._ask(step, path, frame, step.data.render)
        key = self._machine.key(path)
        self._machine.effects = True
        self._machine.command(Emit(path, key, step.type, data))
        return {"id": key}
        yield

    def _stop(self, step: StopStep, path: str, frame: Frame) -> Steps:
        raise Stopped(str(self._ask(step, path, frame, step.reason.render)))
        yield

    def _fail(self, step: FailStep, path: str, frame: Frame) -> Steps:
        reason = self._ask(step, path, frame, step.reason.render)
        raise self._failure(step, path)("fail", str(reason))
        yield

    # --- composites ---

    def _if(self, step: IfStep, path: str, frame: Frame) -> Steps:
        if self._holds(step, step.condition, path, frame):
            return (yield from self.steps(step.then, f"{path}/then", frame))
        return (yield from self.steps(step.otherwise, f"{path}/else", frame))

    def _choose(self, step: ChooseStep, path: str, frame: Frame) -> Steps:
        for number, (condition, body) in enumerate(step.branches):
            outcome = self._ask(step, path, frame, partial(_choice, step, condition))
            if outcome == "unknown":
                break
            if outcome == "true":
                return (yield from self.steps(body, f"{path}/{number}", frame))
        return (yield from self.steps(step.otherwise, f"{path}/else", frame))

    def _parallel(self, step: ParallelStep, path: str, frame: Frame) -> Steps:
        branches = (self.steps(body, f"{path}/{number}", frame) for number, body in enumerate(step.branches))
        return (yield Fork(path, branches, first=step.first))

    def _for_each(self, step: ForEachStep, path: str, frame: Frame) -> Steps:
        items = self._ask(step, path, frame, lambda scope: _items(step, scope))
        last = len(items)

        def branches() -> Iterator[Steps]:
            for number, (key, item) in enumerate(items):
                loop = {"index": number + 1, "first": number == 0, "last": number + 1 == last, "length": last}
                inner = frame.item({step.name_of_item: item, "loop": loop}, step.ids)
                yield self._item(step, f"{path}/{key}", inner)

        return (yield Fork(path, branches(), step.max_parallel, go_on=step.go_on))

    def _item(self, step: ForEachStep, path: str, frame: Frame) -> Steps:
        known = self._machine.closed.find(path)
        if known is not None:
            yield from self._gate(path)
            return self._machine.reopen(known, frame)
        mark = self._machine.mark()
        try:
            result = yield from self.steps(step.body, path, frame)
        except Declined:
            result = None
        except StepFailed as failure:
            if not step.go_on:
                raise
            self._machine.note(path, failure.error)
            result = None
        self._machine.close(path, mark, result, in_turn=step.max_parallel == 1)
        return result

    def _repeat(self, step: RepeatStep, path: str, frame: Frame) -> Steps:
        times = None if step.times is None else self._ask(step, path, frame, lambda scope: _count(step, scope))
        number, known = self._machine.closed.rounds(path)
        result = None
        if known is not None:
            yield from self._gate(f"{path}/{number}")
            result = self._machine.reopen(known, frame)
        while True:
            if times is not None and number >= times:
                return result
            inner = frame.inside(loop={"index": number + 1, "first": number == 0})
            if step.while_ is not None and not self._round_goes_on(step, step.while_, f"{path}/{number + 1}", inner):
                return result
            if number >= step.max:
                raise self._failure(step, path)("limit", f"the loop would go on after {step.max} rounds")
            number += 1
            mark = self._machine.mark()
            result = yield from self.steps(step.body, f"{path}/{number}", inner)
            ends = step.until is not None and self._round_ends(step, step.until, f"{path}/{number}", inner)
            if ends:
                return result
            self._machine.close(f"{path}/{number}", mark, result, rounds=(path, number))

    def _round_goes_on(self, step: RepeatStep, condition: Condition, path: str, frame: Frame) -> bool:
        return bool(self._ask(step, path, frame, lambda scope: _truth(condition, scope, forgiving=step.unknown_is_else)))

    def _round_ends(self, step: RepeatStep, condition: Condition, path: str, frame: Frame) -> bool:
        def ask(scope: dict[str, Any]) -> bool:
            outcome = condition.test(scope)
            if outcome is None and not step.unknown_is_else:
                raise _unknown(condition, scope)
            return outcome is not False  # unknown under `else` ends the loop (R:P7)

        return bool(self._ask(step, path, frame, ask))

    def _try(self, step: TryStep, path: str, frame: Frame) -> Steps:
        result: Any = None
        signal: Signal | None = None
        try:
            result = yield from self.steps(step.body, f"{path}/try", frame)
        except Signal as caught:
            signal = caught
        if isinstance(signal, StepFailed) and step.catch is not None:
            try:
                result = yield from self.steps(step.catch, f"{path}/catch", frame.inside(error=signal.error))
                signal = None
            except Signal as other:
                signal = other
        if step.finally_:
            yield from self._finally(step, path, frame)
        if signal is not None:
            raise signal
        return result

    def _finally(self, step: TryStep, path: str, frame: Frame) -> Steps:
        task: Task = self._machine.task
        task.shield += 1
        try:
            yield from self.steps(step.finally_, f"{path}/finally", frame)
        except StepFailed as failure:
            self._machine.note(f"{path}/finally", failure.error)
        task.shield -= 1
        if task.ending:
            raise Cancelled

    _WAYS: ClassVar[dict[type, Callable[[Any, Any, str, Frame], Steps]]] = {
        ActionStep: _action, WaitStep: _wait, WaitForStep: _wait_for, IfStep: _if,
        ChooseStep: _choose, ForEachStep: _for_each, ParallelStep: _parallel, RepeatStep: _repeat,
        ContinueIfStep: _continue_if, SetStep: _set, EmitStep: _emit, StopStep: _stop,
        FailStep: _fail, TryStep: _try, AskApprovalStep: _ask_approval,
    }  # fmt: skip


def _unknown(condition: Condition, scope: dict[str, Any]) -> ExpressionError:
    leaf = condition.decisive(scope)
    return ExpressionError("unknown", f"{leaf.source} is unknown: {leaf.detail}" if leaf.detail else f"{leaf.source} is unknown")


def _truth(condition: Condition, scope: dict[str, Any], *, forgiving: bool) -> bool:
    outcome = condition.test(scope)
    if outcome is None and not forgiving:
        raise _unknown(condition, scope)
    return outcome is True


def _choice(step: ChooseStep, condition: Condition, scope: dict[str, Any]) -> str:
    outcome = condition.test(scope)
    if outcome is None:
        if not step.unknown_is_else:
            raise _unknown(condition, scope)
        return "unknown"
    return "true" if outcome else "false"


def _arrives(step: WaitForStep, event: Event, scope: dict[str, Any]) -> bool:
    assert step.where is not None
    return step.where.test({**scope, "arriving": event.data}) is True


def _request(step: ActionStep, scope: dict[str, Any]) -> list[Any]:
    params = step.params.render(scope)
    if not step.tokens:
        return [params, []]
    keys = []
    for token in step.tokens:
        value = token.key.value(scope)
        text = None if value is MISSING else subject_text(value)
        if text is None:
            raise ExpressionError("unknown", f"{token.key.source} is missing, null, or no key")
        keys.append(text)
    return [params, keys]


def _part_of_path(key: str) -> str:  # `/` parts a path and `#` ends it, so a key has neither
    return key.replace("%", "%25").replace("/", "%2F").replace("#", "%23")


def _token_requests(step: ActionStep, keys: list[str]) -> tuple[TokenRequest, ...]:
    return tuple(TokenRequest(t.kind, t.name, key, t.limit, t.per) for t, key in zip(step.tokens, keys, strict=True))


def _count(step: RepeatStep, scope: dict[str, Any]) -> int:
    assert step.times is not None
    value = step.times.render(scope)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ExpressionError("EF210", f"times is a whole number, not {value!r:.40}")
    return value


def _items(step: ForEachStep, scope: dict[str, Any]) -> list[list[Any]]:
    items = step.items.value(scope)
    if not isinstance(items, list):
        what = "missing" if items is MISSING else f"no list: {items!r:.40}"
        raise ExpressionError("unknown", f"{step.items.source} is {what}")
    if len(items) > MAX_ITEMS:
        raise ExpressionError("limit", f"{step.items.source} has {len(items)} items; at most {MAX_ITEMS} are walked")
    if step.key is None:
        return [[str(number), item] for number, item in enumerate(items)]
    found: dict[str, Any] = {}
    for item in items:
        value = step.key.value({**scope, step.name_of_item: item})
        key = None if value is MISSING else subject_text(value)
        if key is None:
            raise ExpressionError("unknown", f"{step.key.source} is missing, null, or no key")
        found.setdefault(_part_of_path(key), item)
    return [[key, item] for key, item in found.items()]
