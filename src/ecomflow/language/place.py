"""Where in a workflow a step stands, and what that forbids."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.model import Step

MAX_NESTING: Final = 32


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands.

    Attributes:
        depth: how deep, from 1.
        no_set: what makes ``set`` forbidden here, or an empty text.
        in_finally: whether inside ``finally``.
        repeats: whether inside a loop.
    """

    depth: int = 1
    no_set: str = ""
    in_finally: bool = False
    repeats: bool = False

    def deeper(self, **changes: Any) -> Place:
        """Return the place one level deeper."""
        return replace(self, depth=self.depth + 1, **changes)


class Builder(Protocol):
    """Builds lists of steps; what the builders of single kinds see of it."""

    draft: Draft

    def block(self, node: Node | None, names: Names, place: Place) -> tuple[Step, ...]:
        """Return the steps of a list."""
