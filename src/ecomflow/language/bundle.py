"""The stored form of a version: everything that it depends on, as plain JSON, and the hash of that (R:V4)."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ecomflow.model import EventType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.language.surroundings import Surroundings, Uses

LANGUAGE: Final = 1
_DECIMAL: Final = "$decimal"


def to_plain(value: Any) -> Any:
    """Return a value with decimals as ``{"$decimal": text}``, so that JSON gives back the same number."""
    if isinstance(value, (Decimal, float)):
        return {_DECIMAL: str(value)}
    if isinstance(value, dict):
        return {f"${key}" if key.startswith("$") else key: to_plain(inner) for key, inner in value.items()}
    return [to_plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def from_plain(value: Any) -> Any:
    """Return the value that :func:`to_plain` was given."""
    if isinstance(value, dict):
        if value.keys() == {_DECIMAL}:
            return Decimal(value[_DECIMAL])
        return {key.removeprefix("$") if key.startswith("$") else key: from_plain(inner) for key, inner in value.items()}
    return [from_plain(inner) for inner in value] if isinstance(value, list) else value


def make_bundle(name: str, text: str, file: str, around: Surroundings, uses: Uses) -> dict[str, Any]:
    """Return the bundle of a workflow.

    Args:
        name: the workflow's.
        text: the source.
        file: its name in the project.
        around: the project's parts.
        uses: those that the workflow names.
    """
    types = around.events.types
    return {
        "language": LANGUAGE,
        "name": name,
        "file": file,
        "source": text,
        "timezone": around.timezone,
        "locale": around.locale,
        "lookback": to_plain(Decimal(str(around.lookback))),
        "inputs": to_plain(dict(around.inputs)),
        "templates": dict(sorted(uses.templates.items())),
        "calendars": {name: to_plain(around.calendars[name]) for name in sorted(uses.calendars & around.calendars.keys())},
        "caps": {name: to_plain(around.caps[name]) for name in sorted(uses.caps & around.caps.keys())},
        "people": {name: list(around.people[name]) for name in sorted(uses.people & around.people.keys())},
        "event_types": {name: _event_type(types[name]) for name in sorted(uses.types & types.keys())},
    }


def _event_type(known: EventType) -> dict[str, Any]:
    return {"schema": to_plain(dict(known.schema)), "subject": known.subject, "description": known.description}


def event_types_of(bundle: Mapping[str, Any]) -> dict[str, EventType]:
    """Return the event types that a bundle holds."""
    found = bundle["event_types"]
    return {name: EventType(name, from_plain(each["schema"]), each["subject"], each["description"]) for name, each in found.items()}


def version_of(bundle: Mapping[str, Any]) -> str:
    """Return the hash that names a version. A file that only moved is the same version."""
    written = {key: value for key, value in bundle.items() if key != "file"}
    text = json.dumps(written, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
