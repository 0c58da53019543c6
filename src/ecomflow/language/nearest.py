"""The nearest right name for a wrong one."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Return ``did you mean …`` for a misspelt word, or an empty text.

    Args:
        word: as it was written.
        known: the right names.
        likeness: how like the two must be, from 0 to 1.
    """
    found = _most_like(word[:100].lower(), tuple(known), likeness)
    return f"did you mean `{found}`?" if found else ""


@lru_cache(maxsize=256)  # an event type without a schema stands in as many files as listen to it
def _most_like(word: str, known: tuple[str, ...], likeness: float) -> str:
    return next(iter(get_close_matches(word, known, n=1, cutoff=likeness)), "")
