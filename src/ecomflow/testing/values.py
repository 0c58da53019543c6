"""Values as test cases write them: do two match, what do they look like in one line, how long is ``24h``."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ecomflow.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = r"(\d+(?:\.\d+)?) *(ms|s|m|h|d|w)"
_SPAN = re.compile(rf"(?:{_PART} *)+")
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_. /@-]*|[0-9]+[smhdw]")
_NOT_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"})


def seconds(text: Any) -> float:
    """Return the seconds of numbers, each with a unit, such as ``90m`` or ``1h30m``: exact, without a calendar.

    Args:
        text: the span as it is written.

    Raises:
        CaseError: it is no such span.
    """
    found = _seconds(text) if isinstance(text, str) else None
    if found is None:
        raise CaseError(f"{text!r} is no span of time: write numbers, each with a unit (s m h d w), such as 90m or 1h30m")
    return found


@lru_cache(maxsize=256)
def _seconds(text: str) -> float | None:
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, text)) if _SPAN.fullmatch(text) else None


def span(value: float) -> str:
    """Return seconds as people write them: the largest unit that gives a whole number."""
    for unit in ("h", "m", "s"):
        if value % _UNITS[unit] == 0:
            return f"{value / _UNITS[unit]:.0f}{unit}"
    return f"{value:g}s"


def matches(expected: Any, actual: Any) -> bool:
    """Return whether a value is what was expected.

    A mapping matches what it names, a list item by item. Types count: 1 is neither '1' nor true; numbers compare by
    value. A moment matches the text of the same moment.

    Args:
        expected: the value as the case writes it.
        actual: the value that was seen.
    """
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(key in actual and matches(value, actual[key]) for key, value in expected.items())
    if isinstance(expected, (list, tuple)):
        return isinstance(actual, (list, tuple)) and len(expected) == len(actual) and all(map(matches, expected, actual))
    if isinstance(actual, date) and isinstance(expected, str):
        return _same_moment(expected, actual)
    return _kind(expected) == _kind(actual) and bool(expected == actual)


def _same_moment(text: str, moment: date) -> bool:
    try:
        return (datetime if isinstance(moment, datetime) else date).fromisoformat(text) == moment
    except ValueError:
        return False


def _kind(value: Any) -> type:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return Decimal
    return type(value)


def flow(value: Any) -> str:
    """Return a value in one line of YAML, ready to be pasted into a case."""
    if isinstance(value, dict):
        return _flow_mapping(value)
    if isinstance(value, (list, tuple)):
        return _flow_list(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    return _flow_text(value.isoformat() if isinstance(value, date) else str(value))


def _flow_mapping(value: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{_flow_text(str(key))}: {flow(item)}" for key, item in value.items()) + "}"


def _flow_list(value: Sequence[Any]) -> str:
    return "[" + ", ".join(map(flow, value)) + "]"


def _flow_text(text: str) -> str:
    if _BARE.fullmatch(text) and text.lower() not in _NOT_TEXT and text == text.strip():
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
