"""A CloudEvent in structured mode: one JSON object with its attributes and its data (CloudEvents 1.0, JSON format)."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import datetime
from typing import Any, Final

import click

from ecomflow.jsontext import from_json

_JSON: Final = re.compile(r"[^/\s]+/([^/\s]+\+)?json\s*(;.*)?", re.IGNORECASE)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def cloudevent(given: Any) -> dict[str, Any]:
    """Return ``id, source, type, subject, time, data`` of a CloudEvent; attributes beside these are not kept.

    Raises:
        BadParameter: it is no CloudEvent 1.0, or its data are no JSON object; the message names the attribute.
    """
    if not isinstance(given, dict):
        raise click.BadParameter("a CloudEvent is one JSON object" + (", not a batch of several" if isinstance(given, list) else ""))
    if _text(given, "specversion") != "1.0":
        raise _wrong("specversion", f"must be '1.0', and is {given['specversion']!r}")
    return {
        **{name: _text(given, name) for name in ("id", "source", "type")},
        "subject": None if given.get("subject") is None else _text(given, "subject"),
        "time": _time(given),
        "data": _data(given),
    }


def _wrong(name: str, why: str) -> click.BadParameter:
    return click.BadParameter(f"{name}: {why}")


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        raise _wrong(name, "a CloudEvent needs it, and it is missing")
    if not isinstance(value, str) or not value:
        raise _wrong(name, f"must be a text that is not empty, and is {str(value)[:80]!r}")
    return value


def _time(given: dict[str, Any]) -> str | None:
    if given.get("time") is None:
        return None
    time = _text(given, "time")
    try:
        fits = bool(_MOMENT.fullmatch(time) and datetime.fromisoformat(time.upper()))
    except ValueError:
        fits = False
    if not fits:
        raise _wrong("time", f"must be a moment with a zone (RFC 3339) such as 2026-03-02T09:00:00Z, and is {time[:80]!r}")
    return time.upper()


def _data(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("datacontenttype") is not None and not _JSON.fullmatch(_text(given, "datacontenttype")):
        raise _wrong("datacontenttype", f"the data must be JSON, and are {given['datacontenttype']!r}")
    if "data" in given and "data_base64" in given:
        raise _wrong("data_base64", "stands beside data, and only one of them may")
    name = "data_base64" if "data_base64" in given else "data"
    value = _decoded(given) if name == "data_base64" else given.get("data", {})
    if not isinstance(value, dict):
        raise _wrong(name, f"must be a JSON object, and is {str(value)[:80]!r}")
    return value


def _decoded(given: dict[str, Any]) -> Any:
    try:
        return from_json(b64decode(_text(given, "data_base64"), validate=True).decode())
    except ValueError as error:
        raise _wrong("data_base64", f"is no JSON in base64: {error}") from None
