"""An example value from a JSON Schema: what a faked action answers when nobody said what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DEPTH = 8
_FORMATS = {
    "date-time": "2026-01-01T09:00:00Z",
    "date": "2026-01-01",
    "time": "09:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example(schema: Any, name: str = "") -> Any:
    """Return a value that the schema allows, as plain and readable as it can be.

    Args:
        schema: a JSON Schema; an empty one gives none.
        name: what the value is called, which becomes the text where only a text is asked for.
    """
    return _Maker(schema if isinstance(schema, dict) else {}).make(schema, name, _DEPTH)


class _Maker:
    """Makes examples of the parts of one schema, to which references refer."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def make(self, schema: Any, name: str, depth: int) -> Any:
        if not isinstance(schema, dict) or depth == 0:
            return None
        if "$ref" in schema:
            return self.make(self._referred(schema["$ref"]), name, depth - 1)
        found, value = _given(schema)
        if found:
            return value
        for word in ("oneOf", "anyOf"):
            if schema.get(word):
                return _something(self.make(choice, name, depth - 1) for choice in schema[word])
        if "allOf" in schema:
            return self._all_of(schema, name, depth)
        return self._of_type(schema, name, depth)

    def _all_of(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        rest = {key: value for key, value in schema.items() if key != "allOf"}
        values = [self.make(part, name, depth - 1) for part in (*schema["allOf"], rest)]
        mappings = [value for value in values if isinstance(value, dict)]
        return {key: item for mapping in mappings for key, item in mapping.items()} if mappings else _something(values)

    def _referred(self, reference: str) -> Any:
        node: Any = self._root
        for part in reference.removeprefix("#").strip("/").split("/"):
            if part:
                node = node.get(part, {}) if isinstance(node, dict) else {}
        return node

    def _of_type(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        match _type(schema):
            case "object":
                return {key: self.make(part, key, depth - 1) for key, part in schema.get("properties", {}).items()}
            case "array":
                item = self.make(schema.get("items", {}), name, depth - 1)
                return [] if item is None else [item] * max(1, schema.get("minItems", 1))
            case "string":
                return _text(schema, name)
            case "integer" | "number":
                least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
                return min(least, schema.get("maximum", least))
            case "boolean":
                return True
        return None


def _given(schema: Mapping[str, Any]) -> tuple[bool, Any]:
    for word in ("const", "default", "example"):
        if word in schema:
            return True, schema[word]
    for word in ("examples", "enum"):
        if schema.get(word):
            return True, schema[word][0]
    return False, None


def _something(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _type(schema: Mapping[str, Any]) -> str:
    type_ = schema.get("type")
    if isinstance(type_, list):
        return next((item for item in type_ if item != "null"), "null")
    implied = {"properties": "object", "items": "array", "format": "string"}
    return type_ or next((implied[word] for word in implied if word in schema), "null")


def _text(schema: Mapping[str, Any], name: str) -> str:
    text = str(_FORMATS.get(schema.get("format", "")) or name or "text")
    text = text.ljust(schema.get("minLength", 0), "x")
    return text[: schema.get("maxLength", len(text))]
