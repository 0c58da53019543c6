"""What an action or a connection takes, as a schema for editors: in place of any value something else may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]
TEMPLATE: Final[Schema] = {"type": "string", "pattern": r"\{[{%#]"}
SECRET: Final[Schema] = {"type": "object", "required": ["secret"], "additionalProperties": False, "properties": {"secret": {"type": "string"}}}
_KEPT: Final = ("description", "default", "examples")
_DROPPED: Final = frozenset({*_KEPT, "format", "x-ecomflow"})
"""Keywords that a template does not fulfil, or that editors do not know."""


def opened(schema: Mapping[str, Any], instead: Schema) -> Schema:
    """Return the schema of a mapping's values where something else may stand for each of them, however deep.

    Args:
        schema: as its signature has it.
        instead: :data:`TEMPLATE` or :data:`SECRET`.
    """
    found = {key: part for key, part in schema.items() if key not in _DROPPED}
    properties = {name: {**{key: part[key] for key in _KEPT if key in part}, **_open(part, instead)} for name, part in schema.get("properties", {}).items()}
    return {**found, "type": "object", **({"properties": properties} if properties else {})}


def _open(schema: Mapping[str, Any], instead: Schema) -> Schema:
    kept = {key: _inner(key, part, instead) for key, part in schema.items() if key not in _DROPPED}
    types = [schema["type"]] if isinstance(schema.get("type"), str) else list(schema.get("type", []))
    if not kept:
        return {}
    if "string" in types and "enum" not in kept:
        kept["type"] = [*types, *(each for each in ("number", "boolean") if each not in types)]  # it becomes text (R:X4)
        if instead is TEMPLATE and "pattern" not in kept:
            return kept
    return {"anyOf": [kept, instead]}


def _inner(key: str, part: Any, instead: Schema) -> Any:
    if key in ("anyOf", "oneOf", "allOf"):
        return [_open(each, instead) for each in part]
    if key == "properties":
        return {name: _open(each, instead) for name, each in part.items()}
    return _open(part, instead) if key in ("items", "additionalProperties") and isinstance(part, dict) else part


def first_line(description: str) -> str:
    """Return the first paragraph of a docstring on one line."""
    return " ".join(description.partition("\n\n")[0].replace("``", "`").split())
