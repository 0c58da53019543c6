"""The nearest right name for a wrong one."""

from __future__ import annotations

from difflib import get_close_matches
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
    found = get_close_matches(word[:100].lower(), list(known), n=1, cutoff=likeness)
    return f"did you mean `{found[0]}`?" if found else ""
