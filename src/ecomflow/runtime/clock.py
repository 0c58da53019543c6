"""Moments as the store keeps them: whole microseconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecomflow.model import Duration

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def at_most(span: Duration) -> int:
    """Return the microseconds that a span has at the most: months of 31 days, and an hour for each change of the clock."""
    changes = HOUR if span.months or span.days else 0
    return (31 * span.months + span.days) * DAY + int(span.seconds * SECOND) + changes


def to_micros(moment: datetime) -> int:
    """Return a moment as microseconds since 1970 UTC."""
    return (moment - _EPOCH) // _MICRO


def to_moment(micros: int) -> datetime:
    """Return microseconds since 1970 UTC as an aware datetime."""
    return _EPOCH + timedelta(0, 0, micros)
