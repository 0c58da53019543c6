"""When a failed attempt is made again (R:P10); chance comes from a hash (R:X5)."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.model import Retry

_JITTER = 0.1


def jitter(key: str, attempt: int) -> float:
    """Return a number from 0 to 1 that depends on key and attempt alone."""
    return int.from_bytes(sha256(f"{key}/{attempt}".encode()).digest()[:8], "big") / 2**64


def next_attempt(
    retry: Retry, key: str, attempt: int, now: datetime, first: datetime, retry_after: float | None
) -> datetime | None:
    """Return when an action is called again, or None where it has failed for good.

    Args:
        retry: the policy of the step.
        key: the idempotency key.
        attempt: the one that failed, from 1.
        now: when it failed.
        first: when the first was asked for.
        retry_after: seconds that the other side named, or None.
    """
    if attempt >= retry.attempts:
        return None
    delay = min(retry.delay * 2 ** min(attempt - 1, 30), retry.max_delay)
    delay = max(delay * (1 + _JITTER * jitter(key, attempt)), float(retry_after or 0.0))
    due = now + timedelta(seconds=delay)
    if retry.deadline is not None and due > first + timedelta(seconds=retry.deadline):
        return None
    return due
