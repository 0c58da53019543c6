"""JSON Schemas in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WORDS: Final = {
    "string": "text", "number": "number", "integer": "whole number", "boolean": "true or false", "array": "list", "object": "mapping",
}  # fmt: skip
_MARKS: Final = {"duration": "duration", "expression": "expression", "condition": "condition", "template": "file in templates/", "template-data": "mapping", "event": "types of events"}
_FORMATS: Final = {"date-time": "moment", "date": "date", "email": "e-mail address"}
_DEPTH: Final = 4


class Argument(NamedTuple):
    """A parameter, a setting or a field.

    Attributes:
        need: ``needed``, the default as it is written, or an empty text.
    """

    name: str
    kind: str
    need: str
    text: str


def kind(schema: Mapping[str, Any]) -> str:
    """Return the kind of value that a schema asks for, in words.

    Args:
        schema: a JSON Schema.
    """
    if "enum" in schema or "const" in schema:
        *most, last = [plain(each) for each in schema.get("enum", [schema.get("const")]) if each is not None]
        return f"{', '.join(most)} or {last}" if most else last
    if schema.get("x-ecomflow") in _MARKS:
        return _MARKS[schema["x-ecomflow"]]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            return " or ".join(dict.fromkeys(kind(part) for part in schema[key] if part.get("type") != "null"))
    return " or ".join(_typed(schema, name) for name in types_of(schema)) or "anything"


def types_of(schema: Mapping[str, Any]) -> list[str]:
    """Return the types that a schema allows, but null."""
    types = schema.get("type", [])
    return [each for each in ([types] if isinstance(types, str) else types) if each != "null"]


def _typed(schema: Mapping[str, Any], name: str) -> str:
    if name == "string":
        return _FORMATS.get(schema.get("format", ""), _WORDS[name])
    if name == "array" and schema.get("items"):
        return f"list of {_many(kind(schema['items']))}"
    return _WORDS.get(name, name)


def _many(word: str) -> str:
    return word if " or " in word else f"{word}{'es' if word.endswith('s') else 's'}"


def plain(value: Any) -> str:
    """Return a value of a schema as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def arguments(schema: Mapping[str, Any]) -> list[Argument]:
    """Return the arguments that an object's schema names.

    Args:
        schema: of parameters or settings.
    """
    required = schema.get("required", ())
    return [Argument(name, kind(part), _need(name, part, required), one_line(part.get("description", ""))) for name, part in schema.get("properties", {}).items()]


def _need(name: str, part: Mapping[str, Any], required: Any) -> str:
    if name in required:
        return "needed"
    default = part.get("default")
    return "" if default in (None, "") else plain(default)


def fields(schema: Mapping[str, Any], prefix: str = "", depth: int = _DEPTH) -> Iterator[Argument]:
    """Yield the fields of data, those inside mappings and lists too: ``order.lines[].sku``.

    Args:
        schema: of an object.
        prefix: the path so far.
        depth: how many levels are followed.
    """
    for name, part in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield Argument(path, kind(part), "", one_line(part.get("description", "")))
        if depth and "array" in types_of(part) and isinstance(part.get("items"), dict):
            yield from fields(part["items"], f"{path}[].", depth - 1)
        elif depth:
            yield from fields(part, f"{path}.", depth - 1)


def one_line(text: str) -> str:
    """Return a docstring's text on one line, without the doubled backticks of Python's docs."""
    return " ".join(text.replace("``", "`").split())


def summary(text: str) -> str:
    """Return the first paragraph of a description on one line."""
    return one_line(text.partition("\n\n")[0])
