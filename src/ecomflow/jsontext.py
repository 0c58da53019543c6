"""JSON as actions read and write it: numbers with a point are decimals, and nothing that is no JSON passes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn


def to_json(value: Any) -> str:
    """Return a value as JSON text; decimals keep their digits, moments become RFC 3339 texts.

    Raises:
        ValueError: it is, or holds, no JSON value.
    """
    try:
        return _written(value)
    except RecursionError:
        raise ValueError("the value is nested too deeply") from None


def from_json(text: str | bytes) -> Any:
    """Return the value of a JSON text; numbers with a point or an exponent are decimals.

    Raises:
        ValueError: it is no JSON, is nested too deeply, or has numbers that are none.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("the text is nested too deeply") from None


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else _refuse(str(value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    try:
        return json.dumps(value, allow_nan=False)
    except TypeError as error:
        raise ValueError(str(error)) from error
