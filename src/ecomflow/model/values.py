"""Values that stand for nothing, spans of time, and what the expression room makes, as the other rooms see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class _Missing(Enum):
    """The type of MISSING."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing.MISSING
"""What a path to nothing gives, and a value that cannot be known (R:X2)."""

OMIT: Final = object()
"""What the name ``omit`` stands for: the parameter is left out."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time: months and days are calendar steps in a zone, seconds are exact."""

    months: int = 0
    days: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition that was asked, with what it saw.

    Attributes:
        source: the condition's text, or its label.
        outcome: true, false, or None for unknown.
        detail: the values seen, such as ``249.00 > 100``, or the missing path.
        hint: the smallest change that would turn it, or an empty text.
        asked: whether it was reached at all.
    """

    source: str
    outcome: bool | None
    detail: str = ""
    hint: str = ""
    asked: bool = True


class Expression(Protocol):
    """A compiled expression without braces."""

    @property
    def source(self) -> str: ...
    def value(self, scope: Mapping[str, Any]) -> Any:
        """Return the value, or MISSING."""


class Condition(Protocol):
    """A compiled condition: one expression, or all / any / not / some / every / none over others."""

    @property
    def source(self) -> str: ...
    def test(self, scope: Mapping[str, Any]) -> bool | None:
        """Return true, false, or None for unknown."""

    def explain(self, scope: Mapping[str, Any]) -> Sequence[Leaf]:
        """Return its leaves in order, each with what it saw."""

    def decisive(self, scope: Mapping[str, Any]) -> Leaf:
        """Return the first leaf that decided."""


class Template(Protocol):
    """A compiled value of ``with``, ``data``, ``set``, ``output``: any nesting of templates and constants."""

    def render(self, scope: Mapping[str, Any]) -> Any:
        """Return the value; raise ExpressionError where something is missing (R:X4)."""


class Due(Protocol):
    """When a wait ends."""

    @property
    def reasked(self) -> bool:
        """Whether a wake-up that is late asks again (``until_window``, R:W6)."""

    def at(self, scope: Mapping[str, Any]) -> datetime:
        """Return the moment, from ``scope['now']``; raise ExpressionError."""
