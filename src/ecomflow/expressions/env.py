"""What an expression is compiled against: the zone, the language of people, the names that exist, filters of plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from ecomflow.expressions.durations import zone_of

Resolve = Callable[[tuple[str, ...], int, int], str | None]


@dataclass(frozen=True)
class Env:
    """What an expression is compiled against.

    Attributes:
        zone: the workflow's time zone, in which ``.hour``, days and months count.
        locale: the language for ``money``, ``date`` and ``number``.
        resolve: asked at compile time for each prefix of every constant path, with the place (offset, length) of the prefix's
            last part; returns the schema's type word or None, raises ExpressionError for what cannot exist.
        filters: the filters of plugins, by name.
    """

    zone: str = "UTC"
    locale: str = "en"
    resolve: Resolve | None = None
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    @property
    def tz(self) -> ZoneInfo:
        """The zone itself.

        Raises:
            ExpressionError: there is no zone of that name.
        """
        return zone_of(self.zone)
