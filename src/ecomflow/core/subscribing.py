"""What a run subscribes to at its start: its exits, and its waits that count from the start (R:W3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import Subscribe
from ecomflow.expressions import subject_text
from ecomflow.model import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ecomflow.model import ExitOn, Pairing, WaitForStep, Workflow


def pairs(match: Sequence[Pairing], scope: dict[str, Any]) -> list[list[str]] | None:
    """Return the fields and texts of a ``match``, or None where a value pairs with nothing (R:X3)."""
    found = []
    for pairing in match:
        value = pairing.value.value(scope)
        text = None if value is MISSING else subject_text(value)
        if text is None:
            return None
        found.append([pairing.field, text])
    return found


def _entries(workflow: Workflow) -> Iterator[tuple[str, ExitOn | WaitForStep]]:
    yield from ((f"exit/{number}", entry) for number, entry in enumerate(workflow.exit_on))
    yield from ((f"wait/{wait.path}", wait) for wait in workflow.waits)


def ask(workflow: Workflow, scope: dict[str, Any]) -> list[Any]:
    """Return for each entry whether it goes by subject, and else what it matches; None where that pairs with nothing."""
    return [[e.match is None, None if e.match is None else pairs(e.match, scope)] for _, e in _entries(workflow)]


def requests(workflow: Workflow, asked: list[Any]) -> Iterator[Subscribe]:
    """Yield the subscriptions for what ``ask`` gave."""
    for (sub, entry), (by_subject, match) in zip(_entries(workflow), asked, strict=True):
        if by_subject or match is not None:
            texts = None if by_subject else tuple((field, text) for field, text in match)
            yield Subscribe(sub, entry.types, texts, entry.lookback)
