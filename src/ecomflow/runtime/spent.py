"""Tokens that are back for good: those of ``throttle``, caps and ``once`` with a span, older than any that is still counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.runtime.clock import DAY, at_most

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ecomflow.model import Workflow
    from ecomflow.store import Store

KEPT_FOR = 90 * DAY
"""A token is kept for so long though its span is shorter: the span may be made longer, and open runs may have an older one."""

_BEHIND = "\U0010ffff"
"""Stands behind every key of a name."""


class SpentTokens:
    """One walk over the tokens of a shop, in the order in which they lie.

    Args:
        store: where they are kept.
        now: the time, in microseconds.
        spans: how long tokens of a kind and name count, in microseconds; those of which nothing is said here are kept for ever,
            and they are no more in number tomorrow.
    """

    def __init__(self, store: Store, now: int, spans: Mapping[tuple[str, str], int | None]) -> None:
        self._store = store
        self._before = {place: now - max(span, KEPT_FOR) for place, span in spans.items() if span is not None}
        self._mark: tuple[object, ...] = ("", "", "", 0, 0, "")

    def drop(self, most: int) -> bool:
        """Look at so many tokens, and drop those that count no more; return whether there are more."""
        rows = self._store.rows("tokens_after", self._store.shop, *self._mark, most)
        for row in rows:
            before = self._before.get(row[:2])
            if before is None:
                self._mark = (*row[:2], _BEHIND, 0, 0, "")
                return True
            self._mark = row[:6]
            if row[3] <= before and not row[6]:
                self._store.run("drop_token", self._store.shop, *row[:6])
        return len(rows) == most


def spans_of(workflows: Iterable[Workflow]) -> dict[tuple[str, str], int | None]:
    """Return how long the tokens of each kind and name count, in microseconds; None for ever."""
    found: dict[tuple[str, str], int | None] = {}
    for kind, name, per in (limit for workflow in workflows for limit in workflow.limits):
        place, span = (kind, name), None if per is None else at_most(per)
        before = found.get(place, 0)
        found[place] = None if span is None or before is None else max(span, before)
    return found
