"""Finding what was seen for what was expected: each its own, and in an order that is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TRIES = 20_000


def assign(candidates: Sequence[Sequence[int]], allowed: Callable[[int, int], bool]) -> list[int]:
    """Return for each expectation what was seen for it; a shorter list where the next one finds nothing.

    Args:
        candidates: for each expectation, in order, the positions of all that would fit it.
        allowed: whether the first position may stand for an earlier expectation than the second.
    """
    search = _Search(candidates, allowed)
    search.extend([])
    return search.best


class _Search:
    """Depth first, with a limit of tries: cases are small, and a case that is not met must end too."""

    def __init__(self, candidates: Sequence[Sequence[int]], allowed: Callable[[int, int], bool]) -> None:
        self._candidates, self._allowed = candidates, allowed
        self._tries = 0
        self.best: list[int] = []

    def extend(self, chosen: list[int]) -> bool:
        """Choose for the next expectation; return whether the search is over."""
        self._tries += 1
        if len(chosen) > len(self.best):
            self.best = list(chosen)
        if len(chosen) == len(self._candidates) or self._tries > _TRIES:
            return True
        for position in self._candidates[len(chosen)]:
            if self._fits(chosen, position) and self.extend([*chosen, position]):
                return True
        return False

    def _fits(self, chosen: list[int], position: int) -> bool:
        return position not in chosen and all(self._allowed(earlier, position) for earlier in chosen)
