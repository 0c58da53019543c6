"""The JSON Schema of a whole workflow file for editors, made of the grammar and of what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.language.grammar import CONDITIONS, PROJECT, STEPS_OF_KIND, TRIGGERS, WORKFLOW
from ecomflow.language.triggers import trigger_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.model import Catalog

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MARK: Final = "x-ecomflow"
_REFERENCES: Final = {"steps": "steps", "condition": "condition", "event": "event"}


def workflow_schema(catalog: Catalog) -> dict[str, Any]:
    """Return the schema of a workflow's file.

    Args:
        catalog: what is installed: its actions and event types are offered by name.
    """
    steps = [_step(kind, schema, catalog) for kind, schema in STEPS_OF_KIND.items()]
    triggers = [_trigger(kind, keys, catalog) for kind, keys in trigger_keys(catalog).items()]
    named = {"type": "string", "anyOf": [{"enum": sorted(catalog.event_types)}, {}]}
    conditions = [{"type": ["string", "boolean"]}, {"type": "array", "items": {"$ref": "#/$defs/condition"}}, *map(_linked, CONDITIONS.values())]
    whole = _linked(WORKFLOW)
    whole["properties"]["trigger"] = {"anyOf": [{"$ref": "#/$defs/trigger"}, {"type": "array", "items": {"$ref": "#/$defs/trigger"}}]}
    whole["$defs"] = {
        "steps": {"type": "array", "items": {"anyOf": steps}},
        "trigger": {"anyOf": triggers},
        "condition": {"anyOf": conditions},
        "event": {"anyOf": [named, {"type": "array", "items": named}]},
    }
    return {"$schema": _DIALECT, "title": "ecomflow workflow", **whole}


def project_schema() -> dict[str, Any]:
    """Return the schema of the project file."""
    return {"$schema": _DIALECT, "title": "ecomflow project", **_linked(PROJECT)}


def _trigger(kind: str, keys: tuple[str, ...], catalog: Catalog) -> dict[str, Any]:
    spec = None if kind in TRIGGERS else catalog.triggers[kind]
    found = _linked(TRIGGERS[kind] if spec is None else spec.settings)
    told = {} if spec is None else {"description": spec.description}
    return {**found, **told, "anyOf": [{"required": [key]} for key in keys]}


def _step(kind: str, schema: Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    found = _linked(schema)
    if kind == "action":
        found["properties"]["action"] = {"enum": sorted(catalog.actions)}
        found["allOf"] = [
            {"if": {"properties": {"action": {"const": name}}}, "then": {"properties": {"with": _open(spec.params, spec.description)}}}
            for name, spec in sorted(catalog.actions.items())
        ]
    return found


def _open(schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    """Return the schema of parameters in which a template may stand for each value."""
    properties = {name: {"anyOf": [part, {"type": "string", "pattern": r"\{\{"}]} for name, part in schema.get("properties", {}).items()}
    return {**schema, "description": description, **({"properties": properties} if properties else {})}


def _linked(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with references in place of what has a definition of its own."""
    if schema.get(_MARK) in _REFERENCES:
        return {"$ref": f"#/$defs/{_REFERENCES[schema[_MARK]]}"}
    return {key: _linked(part) if isinstance(part, dict) else part for key, part in schema.items()}
