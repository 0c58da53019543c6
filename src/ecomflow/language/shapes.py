"""What is known of a value before it exists: its kind and its fields, from JSON Schemas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WORDS: Final = {"string": "text", "number": "number", "integer": "number", "boolean": "bool", "array": "list", "object": "mapping"}
_FORMATS: Final = {"date-time": "moment", "date": "date"}
_MAX_DEPTH: Final = 16


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a value.

    Attributes:
        word: ``text``, ``number``, ``bool``, ``list``, ``mapping``, ``moment``, ``date``, or None.
        fields: the fields that a mapping may have; None where any may be there.
        items: the shape of a list's items.
        origin: what lists the fields, for people: ``event `order.created` ``.
    """

    word: str | None = None
    fields: Mapping[str, Shape] | None = None
    items: Shape | None = None
    origin: str = ""

    def field(self, name: str) -> Shape | None:
        """Return the shape of a field; None where it cannot exist."""
        if self.fields is None:
            return ANY
        return self.fields.get(name)


ANY: Final = Shape()


def closed(origin: str = "", **fields: Shape) -> Shape:
    """Return the shape of a mapping with these fields and no others."""
    return Shape("mapping", fields, origin=origin)


def union(shapes: Iterable[Shape]) -> Shape:
    """Return the shape of a value that is one of several: a field exists that exists in at least one."""
    several = list(shapes)
    if len(several) == 1:
        return several[0]
    words = {shape.word for shape in several}
    word = words.pop() if len(words) == 1 else None
    if not several or any(shape.fields is None for shape in several):
        return Shape(word)
    names = dict.fromkeys(name for shape in several for name in shape.fields or ())
    fields = {name: union(shape.fields[name] for shape in several if shape.fields and name in shape.fields) for name in names}
    return Shape(word, fields, origin=" or ".join(dict.fromkeys(shape.origin for shape in several if shape.origin)))


def shape_of(schema: Any, origin: str = "") -> Shape:
    """Return the shape that a JSON Schema describes. References lead only into the schema itself.

    Args:
        schema: the schema.
        origin: what it belongs to, for people.
    """
    return _shape(schema, schema, origin, 0)


def _shape(schema: Any, root: Any, origin: str, depth: int) -> Shape:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return ANY
    if isinstance(schema.get("$ref"), str):
        return _shape(_referred(schema["$ref"], root), root, origin, depth + 1)
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            parts = [part for part in schema[key] if not (isinstance(part, dict) and part.get("type") == "null")]
            return union(_shape(part, root, origin, depth + 1) for part in parts)
    if schema.get("allOf"):
        return _all(schema, root, origin, depth)
    word = _word(schema)
    items = _shape(schema["items"], root, origin, depth + 1) if "items" in schema else None
    return Shape(word, _fields(schema, root, origin, depth) if word in ("mapping", None) else {}, items, origin)


def _fields(schema: dict[str, Any], root: Any, origin: str, depth: int) -> dict[str, Shape] | None:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or schema.get("additionalProperties") not in (None, False) or "patternProperties" in schema:
        return None
    return {name: _shape(part, root, origin, depth + 1) for name, part in properties.items()}


def _all(schema: dict[str, Any], root: Any, origin: str, depth: int) -> Shape:
    parts = [_shape(part, root, origin, depth + 1) for part in schema["allOf"]]
    own = {key: value for key, value in schema.items() if key != "allOf"}
    if "properties" in own:
        parts.append(_shape(own, root, origin, depth + 1))
    known = [part.fields for part in parts if part.fields is not None]
    fields = {name: shape for part in known for name, shape in part.items()}
    return Shape(_word(own) or next((part.word for part in parts if part.word), None), fields or None, origin=origin)


def _word(schema: dict[str, Any]) -> str | None:
    types = schema.get("type", "object" if "properties" in schema else None)
    named = [types] if isinstance(types, str) else [each for each in types or () if each != "null"]
    if len(named) != 1:
        return None
    word = _WORDS.get(named[0])
    return _FORMATS.get(schema.get("format", ""), word) if word == "text" else word


def _referred(reference: str, root: Any) -> Any:
    if not reference.startswith("#"):
        return None
    found = root
    for part in reference[1:].split("/")[1:]:
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found
