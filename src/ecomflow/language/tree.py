"""One value of a YAML text with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Tree:
    """One value of a YAML text.

    Attributes:
        value: as plain data; of lists and mappings with all that is inside.
        start: index of its first character; ``end`` of the one after the last.
        style: how a scalar is quoted: a quote, ``|``, ``>``, or an empty text for a plain one.
        items: the trees of a list.
        keys: the tree of each key of a mapping; ``entries`` that of its value.
        size: the number of values, repeated ones counted each time.
    """

    value: Any
    start: int
    end: int
    style: str = ""
    items: list[Tree] = field(default_factory=list)
    keys: dict[str, Tree] = field(default_factory=dict)
    entries: dict[str, Tree] = field(default_factory=dict)
    size: int = 1

    def inner(self, part: str | int) -> Tree | None:
        """Return the tree of an item or an entry, or None."""
        if isinstance(part, str):
            return self.entries.get(part)
        return self.items[part] if part < len(self.items) else None

    def at(self, path: Sequence[str | int]) -> Tree | None:
        """Return the tree at a path, or None."""
        found: Tree | None = self
        for part in path:
            found = found.inner(part) if found is not None else None
        return found
