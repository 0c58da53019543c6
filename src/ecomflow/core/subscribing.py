"""What a run subscribes to at its start: its exits, and its waits that count from the start (R:W3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import Subscribe
from ecomflow.core.questions import pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.model import ExitOn, WaitForStep, Workflow


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
