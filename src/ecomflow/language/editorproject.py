"""The JSON Schema of the project file for editors: its keys, and the settings of each kind of connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.language import keywords
from ecomflow.language.editorvalues import SECRET, Schema, first_line, opened
from ecomflow.language.grammar import BREAKER, CAP, EVENT_TYPE, PROJECT, RATE, RETENTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.model import Catalog, ConnectionSpec

_DIALECT: Final = "http://json-schema.org/draft-07/schema#"
_DAYS: Final[Schema] = {"type": ["string", "array"], "examples": ["mon-fri"]}
_CALENDAR: Final[Mapping[str, Schema]] = {"days": _DAYS, "from": {"type": "string"}, "to": {"type": "string"}, "holidays": {}}


def project_schema(catalog: Catalog) -> Schema:
    """Return the schema of the project file.

    Args:
        catalog: what is installed: its kinds of connections are offered with their settings.
    """
    inside = {
        "caps": {"type": "object", "additionalProperties": _told(CAP, keywords.CAP)},
        "calendars": {"type": "object", "additionalProperties": {"type": "object", "properties": _words(_CALENDAR, keywords.CALENDAR), "additionalProperties": False}},
        "event_types": {"type": "object", "additionalProperties": _told(EVENT_TYPE, keywords.EVENT_TYPE)},
        "connections": {"type": "object", "additionalProperties": _connection(catalog)},
        "retention": _told(RETENTION, keywords.RETENTION),
    }
    properties = {key: {**inside.get(key, _plain(part)), "description": keywords.PROJECT[key]} for key, part in PROJECT["properties"].items()}
    return {"$schema": _DIALECT, "title": "ecomflow project", **PROJECT, "properties": properties}


def _told(schema: Mapping[str, Any], words: Mapping[str, str]) -> Schema:
    return {**schema, "properties": _words(schema["properties"], words)}


def _words(properties: Mapping[str, Any], words: Mapping[str, str]) -> Schema:
    return {key: {**_plain(part), "description": words[key]} for key, part in properties.items()}


def _plain(schema: Mapping[str, Any]) -> Schema:
    return {key: part for key, part in schema.items() if key != "x-ecomflow"}


def _connection(catalog: Catalog) -> Schema:
    known = sorted(catalog.connections.items())
    plugin = {"description": "The kind of connection.", "anyOf": [{"const": name, "description": first_line(spec.description)} for name, spec in known]}
    kinds = [{"if": {"properties": {"plugin": {"const": name}}}, "then": _settings(spec)} for name, spec in known]
    return {"type": "object", "required": ["plugin"], "properties": {"plugin": plugin, **_ours()}, "allOf": kinds}


def _ours() -> Schema:
    breaker = {"anyOf": [_told(BREAKER, keywords.BREAKER), {"const": False}], "description": "When it is left in peace for a while; `false` for never."}
    return {"rate": {**_told(RATE, keywords.RATE), "description": "How many requests it takes; more wait."}, "breaker": breaker}


def _settings(spec: ConnectionSpec) -> Schema:
    found = opened(spec.settings, SECRET)
    return {**found, "properties": {**found.get("properties", {}), **dict.fromkeys(("plugin", "rate", "breaker"), True)}} if "additionalProperties" in found else found
