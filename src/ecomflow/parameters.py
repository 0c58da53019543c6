"""From Python annotations to JSON Schema, and from a workflow's values to what a function takes."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence as AbstractSequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from ecomflow.model import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True)
class Mark:
    """What an annotation adds to its type; stands inside ``Annotated``.

    Args:
        schema: keywords of JSON Schema.
        convert: makes the function's value from a checked one; raises ValueError with the reason.
    """

    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)
    convert: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A type as a schema, and as a function that checks and converts a value or raises ValueError."""

    schema: dict[str, Any]
    convert: Callable[[Any], Any]


Email = Annotated[str, Mark({"format": "email"})]
"""An e-mail address, also with a name: ``Ana <ana@example.com>``."""

Money = Annotated[Decimal, Mark()]
"""An amount; never a binary float."""

DurationText = Annotated[str, Mark({"x-ecomflow": "duration"})]
"""A duration such as ``48h``."""

Template = Annotated[dict[str, Any], Mark({"type": "string", "x-ecomflow": "template"})]
"""A file under ``templates/``. It is rendered before the call: the action gets ``{html, text, subject}``."""

TemplateData = Annotated[dict[str, Any], Mark({"type": "object", "x-ecomflow": "template-data"})]
"""What a step adds to the scope of its template; already used when the action is called."""


EventTypes = Annotated[tuple[str, ...], Mark({"type": ["string", "array"], "minLength": 1, "minItems": 1, "x-ecomflow": "event"})]
"""Event types that a trigger is told of: one, a list, or patterns such as ``order.*``."""

Expression = Annotated[Any, Mark({"type": ["string", "number", "boolean"], "x-ecomflow": "expression"})]
"""An expression over the event of a trigger. It is compiled when the file is read: ``.value(happening.scope)``, ``.source``."""

Pairs = Annotated[Any, Mark({"type": "object", "minProperties": 1, "x-ecomflow": "match"})]
"""What must be equal: fields of an arriving event, and expressions over the one before. ``.theirs(data)`` and ``.mine(scope)``
give texts to compare, ``.source`` what is written."""


def kind_of(hint: Any) -> Kind:
    """Return the schema and the conversion of an annotation.

    Raises:
        TypeError: where no JSON value fits the annotation.
    """
    origin = get_origin(hint)
    if hint is Any:
        return Kind({}, _same)
    if hint in _SCALARS:
        return _SCALARS[hint]
    if origin in _ORIGINS:
        return _ORIGINS[origin](hint)
    return _named(hint)


def _same(value: Any) -> Any:
    return value


def _described(value: Any) -> str:
    for types, word in _WORDS:
        if isinstance(value, types):
            return word
    return f"a {type(value).__name__}"


_WORDS: tuple[tuple[Any, str], ...] = (
    (NoneType, "none"),
    (bool, "yes or no"),
    (str, "a text"),
    ((int, Decimal, float), "a number"),
    (AbstractMapping, "a mapping"),
    ((list, tuple), "a list"),
    ((datetime, date), "a date"),
)


def _refuse(wanted: str, value: Any) -> ValueError:
    return ValueError(f"expected {wanted}, got {_described(value)}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _refuse("a text", value)
    return value


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse("yes or no", value)
    return value


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, float)):
        raise _refuse("a number", value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError(f"expected a number, got {number}")
    return number


def _whole(value: Any) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise ValueError(f"expected a whole number, got {number}")
    return int(number)


def _none(value: Any) -> None:
    if value is not None:
        raise _refuse("none", value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise _refuse("a moment with a zone", value)
    return moment


def _date(value: Any) -> date:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(day, date) or isinstance(day, datetime):
        raise _refuse("a date", value)
    return day


_SCALARS: dict[Any, Kind] = {
    str: Kind({"type": "string"}, _text),
    bool: Kind({"type": "boolean"}, _bool),
    int: Kind({"type": "integer"}, _whole),
    float: Kind({"type": "number"}, lambda value: float(_number(value))),
    Decimal: Kind({"type": "number"}, _number),
    datetime: Kind({"type": "string", "format": "date-time"}, _moment),
    date: Kind({"type": "string", "format": "date"}, _date),
    None: Kind({"type": "null"}, _none),
    NoneType: Kind({"type": "null"}, _none),
    list: Kind({"type": "array"}, lambda value: _items(value, _same)),
    dict: Kind({"type": "object"}, lambda value: _entries(value, _same)),
}


def _items(value: Any, convert: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise _refuse("a list", value)
    return [convert(item) for item in value]


def _entries(value: Any, convert: Callable[[Any], Any]) -> dict[str, Any]:
    if not isinstance(value, AbstractMapping):
        raise _refuse("a mapping", value)
    return {str(key): convert(item) for key, item in value.items()}


def _array(hint: Any) -> Kind:
    item = kind_of(get_args(hint)[0])
    return Kind({"type": "array", "items": item.schema}, lambda value: _items(value, item.convert))


def _mapping(hint: Any) -> Kind:
    item = kind_of(get_args(hint)[1])
    schema = {"type": "object", "additionalProperties": item.schema} if item.schema else {"type": "object"}
    return Kind(schema, lambda value: _entries(value, item.convert))


def _annotated(hint: Any) -> Kind:
    base, *marks = get_args(hint)
    kind = kind_of(base)
    for mark in marks:
        if isinstance(mark, Mark):
            kind = Kind({**kind.schema, **mark.schema}, _then(kind.convert, mark.convert))
    return kind


def _then(first: Callable[[Any], Any], second: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    return (lambda value: second(first(value))) if second else first


def _literal(hint: Any) -> Kind:
    return _one_of(get_args(hint))


def _one_of(values: tuple[Any, ...]) -> Kind:
    def convert(value: Any) -> Any:
        if not any(value == each and isinstance(value, bool) is isinstance(each, bool) for each in values):
            raise ValueError(f"expected one of {', '.join(map(str, values))}, got {value!r}")
        return value

    types = {kind_of(type(each)).schema["type"] for each in values}
    schema: dict[str, Any] = {"type": types.pop()} if len(types) == 1 else {}
    return Kind({**schema, "enum": list(values)}, convert)


def _union(hint: Any) -> Kind:
    kinds = [kind_of(each) for each in get_args(hint)]

    def convert(value: Any) -> Any:
        reasons = []
        for kind in kinds:
            try:
                return kind.convert(value)
            except ValueError as error:
                reasons.append(str(error))
        raise ValueError(next((r for r in reasons if r != f"expected none, got {_described(value)}"), reasons[0]))

    return Kind(_merged([kind.schema for kind in kinds]), convert)


def _merged(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    # Keywords of JSON Schema bind only values of their own type, so schemas of different types lie side by side in one,
    # which gives better messages than anyOf.
    types = [each for schema in schemas for each in _types(schema)]
    keywords = [key for schema in schemas for key in schema if key != "type"]
    distinct = all(isinstance(each, str) for each in types) and len(set(types)) == len(types)
    if not distinct or len(set(keywords)) < len(keywords):
        return {"anyOf": schemas}
    merged = {key: value for schema in schemas for key, value in schema.items()}
    if "enum" in merged:
        merged["enum"] = [*merged["enum"], *([None] if "null" in types else [])]
    return {**merged, "type": types}


def _types(schema: dict[str, Any]) -> list[Any]:
    found = schema.get("type")
    return found if isinstance(found, list) else [found]


_NAMED: Final = 1024
"""Classes whose kinds are remembered: an order's, for one, is in the results of many actions."""


def _inner(hint: Any) -> Kind:
    return kind_of(get_args(hint)[0])


@lru_cache(_NAMED)
def _named(hint: Any) -> Kind:
    # A class is one object, so it may be remembered; other hints may not: `int | float` and `float | int` are equal.
    if isinstance(hint, type) and issubclass(hint, Enum):
        values = _one_of(tuple(each.value for each in hint))
        return Kind(values.schema, lambda value: hint(values.convert(value)))
    if is_typeddict(hint):
        return _record(hint, sorted(hint.__required_keys__), hint.__annotations__)
    if isinstance(hint, type) and is_dataclass(hint):
        names = [each.name for each in fields(hint)]
        return _record(hint, names, names)
    raise TypeError(f"{hint!r} has no JSON Schema")


def _record(hint: Any, required: list[str], order: Iterable[str]) -> Kind:
    hints = get_type_hints(hint, include_extras=True)
    kinds = {name: kind_of(hints[name]) for name in order}
    schema = {"type": "object", "properties": {name: kind.schema for name, kind in kinds.items()}, "required": required}
    return Kind(schema, lambda value: _entries(value, _same))


_ORIGINS: dict[Any, Callable[[Any], Kind]] = {
    Annotated: _annotated,
    Literal: _literal,
    Union: _union,
    UnionType: _union,
    Required: _inner,
    NotRequired: _inner,
    list: _array,
    Page: _array,
    tuple: _array,
    AbstractSequence: _array,
    dict: _mapping,
    AbstractMapping: _mapping,
}
