"""What steps ask of a scope: pure functions from the names to an outcome that the trail can keep."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ecomflow.core.encoding import decode_event, encode_event
from ecomflow.core.signals import StepFailed
from ecomflow.expressions import subject_text
from ecomflow.model import MISSING, OMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ecomflow.model import (
        ActionStep,
        AskApprovalStep,
        CallStep,
        Condition,
        ContinueIfStep,
        EmitStep,
        Expression,
        ForEachStep,
        Pairing,
        RepeatStep,
        SetStep,
        Template,
        WaitForStep,
    )  # fmt: skip

    Names = dict[str, Any]
    Question = Callable[[Names], Any]

MAX_ITEMS = 10_000
"""Items of a list that a ``for_each`` walks (R:P5)."""
MAX_FOUND, MAX_PAGES = 100_000, 10_000
"""Items of a search that a ``for_each`` walks, and pages."""
_LONG = 80


def unknown(condition: Condition, names: Names) -> StepFailed:
    """Return the failure of a condition that is neither true nor false, with the leaf that decided."""
    leaf = condition.decisive(names)
    return StepFailed("unknown", f"{leaf.source} is unknown: {leaf.detail}" if leaf.detail else f"{leaf.source} is unknown")


def truth(condition: Condition, *, forgiving: bool, unknown_is: bool = False) -> Question:
    """Ask a condition; unknown fails, or where that is forgiven (``on_unknown: else``) counts as ``unknown_is`` (R:P7)."""

    def ask(names: Names) -> bool:
        outcome = condition.test(names)
        if outcome is None and not forgiving:
            raise unknown(condition, names)
        return unknown_is if outcome is None else outcome

    return ask


def choice(condition: Condition, *, forgiving: bool) -> Question:
    """Ask the condition of one branch of ``choose``: ``true``, ``false`` or ``unknown``."""

    def ask(names: Names) -> str:
        outcome = condition.test(names)
        if outcome is None and not forgiving:
            raise unknown(condition, names)
        return "unknown" if outcome is None else "true" if outcome else "false"

    return ask


def refusal(step: ContinueIfStep) -> Question:
    """Ask ``continue_if``: None to go on, else the leaf that says no."""

    def ask(names: Names) -> str | None:
        outcome = step.condition.test(names)
        if outcome:
            return None
        if outcome is None and not step.unknown_is_else:
            raise unknown(step.condition, names)
        leaf = step.condition.decisive(names)
        return f"{leaf.source}: {leaf.detail}" if leaf.detail else leaf.source

    return ask


def _key(expression: Expression, names: Names) -> str:
    value = expression.value(names)
    text = None if value is MISSING else subject_text(value)
    if text is None:
        raise StepFailed("unknown", f"{expression.source} is missing, null, or no key")
    return text


def request(step: ActionStep, names: Names) -> list[Any]:
    """Render parameters, and the keys of ``once`` and caps."""
    return [step.params.render(names), [_key(token.key, names) for token in step.tokens] if step.tokens else []]


def pairs(match: Sequence[Pairing], names: Names) -> list[list[str]] | None:
    """Return the fields and texts of a ``match``, or None where a value pairs with nothing (R:X3)."""
    found = []
    for pairing in match:
        value = pairing.value.value(names)
        text = None if value is MISSING else subject_text(value)
        if text is None:
            return None
        found.append([pairing.field, text])
    return found


def awaited(step: WaitForStep) -> Question:
    """Return when a wait for an event ends, what it pairs with, and whether it subscribes by itself."""

    def ask(names: Names) -> list[Any]:
        match = None if step.since_start or step.match is None else pairs(step.match, names)
        subscribes = not step.since_start and (step.match is None or match is not None)
        return [None if step.due is None else step.due.at(names), match, subscribes]

    return ask


def asked_of_people(step: AskApprovalStep) -> Question:
    """Return title, details and end of an approval, and where people are reminded the moment of that."""

    def ask(names: Names) -> list[Any]:
        details = None if step.details is None else step.details.render(names)
        asked = [text(step.title, names), details, None if step.due is None else step.due.at(names)]
        return asked if step.remind is None else [*asked, step.remind.at(names)]

    return ask


def text(template: Template, names: Names) -> str:
    """Render something that is a text for people."""
    value = template.render(names)
    return value if isinstance(value, str) else "" if value is None else str(value)


def assignments(step: SetStep) -> Question:
    """Return the new values of variables, each seeing those before."""

    def ask(names: Names) -> Names:
        values: Names = {}
        for name, template in step.values:
            value = template.render({**names, "vars": {**names["vars"], **values}} if values else names)
            if value is not OMIT:
                values[name] = value
        return values

    return ask


def emitted(step: EmitStep) -> Question:
    """Return the data of an event, which are such that it can be accepted."""

    def ask(names: Names) -> Any:
        data = step.data.render(names)
        if not isinstance(data, dict):
            raise StepFailed("expression", f"the data of an event are a mapping, not {type(data).__name__}")
        decode_event(encode_event(data))
        return data

    return ask


def inputs(step: CallStep) -> Question:
    """Return the inputs that a call gives."""
    return lambda names: {} if step.params is None else step.params.render(names)


def rounds(step: RepeatStep) -> Question:
    """Return how many rounds a loop has."""

    def ask(names: Names) -> int:
        value = None if step.times is None else step.times.render(names)
        if value is None or isinstance(value, bool | str | list | dict) or value != int(value) or value < 0:
            raise StepFailed("expression", f"times is a whole number, not {value!r:.40}")
        return int(value)

    return ask


def items(step: ForEachStep) -> Question:
    """Return the keys and items that are walked; of those with the same key the first (R:P5)."""

    def ask(names: Names) -> list[list[Any]]:
        found = _list(step, step.items.value(names))
        if len(found) > MAX_ITEMS:
            raise StepFailed("limit", f"{step.items.source} has {len(found)} items; at most {MAX_ITEMS} are walked")
        keys = _keys(step, found, names)
        if keys is None:
            return [[str(number), item] for number, item in enumerate(found)]
        kept: dict[str, Any] = {}
        for key, item in zip(keys, found, strict=True):
            kept.setdefault(key, item)
        return [[key, item] for key, item in kept.items()]

    return ask


def first_page(step: ForEachStep) -> Question:
    """Return the keys of what a search has found, or None where it is walked by number."""
    return lambda names: _keys(step, _list(step, step.items.value(names)), names)


def next_page(step: ForEachStep, page: Any, marks: tuple[str | None, str | None], number: int, walked: int) -> Question:
    """Return the keys of a further page.

    Args:
        step: what walks it.
        page: what it holds.
        marks: its own, and that of the one after it.
        number: which page it is.
        walked: items of those before.
    """
    source = step.items.source

    def ask(names: Names) -> list[str] | None:
        found = _list(step, page)
        if walked + len(found) > MAX_FOUND:
            raise StepFailed("limit", f"{source} has more than {MAX_FOUND} items; {walked} were walked, at most {MAX_FOUND} are")
        if number >= MAX_PAGES and marks[1] is not None:
            raise StepFailed("limit", f"{source} has more than {MAX_PAGES} pages; at most so many are asked for")
        if marks[0] == marks[1]:
            raise StepFailed("pages", f"{source}: the page {marks[0]:.60} names itself as the next one")
        return _keys(step, found, names)

    return ask


def _list(step: ForEachStep, found: Any) -> list[Any]:
    if not isinstance(found, list):
        what = "missing" if found is MISSING else f"no list: {found!r:.40}"
        raise StepFailed("unknown", f"{step.items.source} is {what}")
    return found


def _keys(step: ForEachStep, found: list[Any], names: Names) -> list[str] | None:
    key = step.key
    return None if key is None else [part_of_path(_key(key, {**names, step.name_of_item: item})) for item in found]


def part_of_path(key: str) -> str:
    """Return an item's key as one part of a path: what separates parts is escaped, a long one is cut and hashed."""
    for char in "%/#":
        key = key.replace(char, f"%{ord(char):02X}")
    return key if len(key) <= _LONG else f"{key[:_LONG // 2]}~{sha256(key.encode()).hexdigest()[:24]}"
