"""One page of what a search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

MAX_MARK: Final = 4096
"""Characters of the mark of a page."""


class Page(list[T]):
    """A list, and where the rest of it is; an action that searches is annotated to return ``Page[…]``.

    Args:
        items: what is on the page.
        next: the mark of the page after it, a text that the action gets back as ``call.page``; None on the last one.
    """

    __slots__ = ("next",)

    def __init__(self, items: Iterable[T] = (), next: str | None = None) -> None:
        super().__init__(items)
        self.next = next
