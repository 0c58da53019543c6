"""Sliding limits: ``once``, ``throttle`` and caps are tokens that come back after a span (R:S6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.expressions.times import subtract

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.model import Duration

REFUSED = {"once": "deduplicated", "throttle": "throttled", "cap": "capped"}
"""The outcome of a start that a kind of token refuses (R:V2)."""

SKIPPED = {"once": "once", "throttle": "throttled", "cap": "capped"}
"""What a step that is refused says in its result (R:S6)."""


def counted_after(now: datetime, per: Duration | None, zone: str) -> datetime | None:
    """Return the moment after which a token still counts; None where it counts for ever.

    A span is half-open: a token taken exactly ``per`` ago is back.

    Args:
        now: the moment of asking.
        per: the span, or None for ever.
        zone: where days and months are counted.
    """
    return None if per is None else subtract(now, per, zone)
