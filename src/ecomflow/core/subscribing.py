"""What a run subscribes to at its start: its exits, and its waits that count from the start (R:W3); what fits a ``where``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.core.commands import Subscribe
from ecomflow.core.questions import pairs
from ecomflow.core.scheduler import Strand
from ecomflow.core.scope import Frame, Scope, names_at_start, variables
from ecomflow.core.signals import StepFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecomflow.core.commands import Entry
    from ecomflow.core.scope import RunInfo
    from ecomflow.model import Condition, Event, ExitOn, WaitForStep, Workflow


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


def holds(where: Condition, event: Event, scope: dict[str, Any]) -> bool:
    """Return whether a ``where`` is true of an event."""
    return where.test({**scope, "arriving": event.data}) is True


def fits(where: Condition, event: Event, frame: Frame) -> bool:
    """Return whether a ``where`` is true of an event; one that cannot be asked is no match."""
    try:
        return holds(where, event, frame.names())
    except Exception:  # noqa: BLE001 this is asked outside of any step
        return False


class Exits:
    """The exits of a run that has not begun.

    Args:
        workflow: its version.
        info: what it will know of itself.
        entry: the one that will start it.
    """

    def __init__(self, workflow: Workflow, info: RunInfo, entry: Entry) -> None:
        self._workflow, self.requests = workflow, list[Subscribe]()
        names = names_at_start(workflow, info, entry)
        try:
            names["vars"] = variables(workflow, names)
        except StepFailed:  # its first step will say so
            return
        self._frame = Frame(Scope(names, entry.data["event"]), Strand())
        self.requests = [asked for asked in requests(workflow, ask(workflow, names)) if asked.sub.startswith("exit/")]

    def fit(self, event: Event, sub: str) -> bool:
        """Return whether an event that came under a subscription is an exit."""
        where = self._workflow.exit_on[int(sub.removeprefix("exit/"))].where
        return where is None or fits(where, event, self._frame)
