"""Words for moments, spans and values, as all commands print them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

if TYPE_CHECKING:
    from datetime import tzinfo

TRUTH: Final = {True: "true", False: "false", None: "unknown"}
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def zone_of(name: str) -> tzinfo:
    """Return a zone by name; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def when(moment: datetime, zone: tzinfo) -> str:
    """Return a moment as people of the shop read it."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def span(seconds: float) -> str:
    """Return a span in its two largest units, rounded: ``3 d``, ``23 h 12 min``."""
    largest = next((number for number, (size, _) in enumerate(_UNITS) if seconds >= size), len(_UNITS) - 1)
    pair = _UNITS[largest : largest + 2]
    left, parts = round(max(seconds, 0) / pair[-1][0]) * pair[-1][0], []
    for size, unit in _UNITS[max(largest - 1, 0) : largest + 2]:  # rounding up may reach the larger one
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts) or "a moment"


def distance(moment: datetime, now: datetime) -> str:
    """Return how far a moment is away: ``in 23 h``, ``2 d ago``."""
    seconds = (moment - now).total_seconds()
    return f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"


def shown(value: Any, room: int = 160) -> str:
    """Return a value in one line, texts without quotes where they stand alone, shortened to ``room`` characters."""
    text = value if isinstance(value, str) else flow(value)
    return text if len(text) <= room else text[: room - 1] + "…"


def flow(value: Any) -> str:
    """Return a value as people write it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)


def moment(text: str, zone: tzinfo = UTC) -> datetime:
    """Return the moment that a person wrote; without a zone it is one of ``zone``.

    Raises:
        BadParameter: it is no moment.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no moment: write it as 2026-03-02T09:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=zone)
