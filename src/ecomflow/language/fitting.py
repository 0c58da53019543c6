"""Holds a value against a JSON Schema and says in the language's own words what is wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator, SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

from ecomflow.language.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

    from ecomflow.language.node import Node

_WORDS: Final = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false", "array": "a list", "object": "a mapping", "null": "nothing",
}
_MARKS: Final = ("{{", "{%", "{#")
_MAX_SHOWN: Final = 60
_MAX_FAULT: Final = 200
# References are resolved inside the schema only: the default would fetch them from the network.
_NOWHERE: Final[Any] = Registry()
_validators: dict[int, tuple[Any, Draft202012Validator]] = {}


def templated(value: Any) -> bool:
    """Return whether a text, or one inside of a list or mapping, holds ``{{ … }}``."""
    if isinstance(value, str):
        return any(mark in value for mark in _MARKS)
    if isinstance(value, dict):
        return any(map(templated, value.values()))
    return isinstance(value, list) and any(map(templated, value))


def fits(node: Node, schema: Mapping[str, Any], what: str, *, templates: bool = False) -> bool:
    """Note where a value does not fit the schema of a part of the language; return whether it does.

    Args:
        node: the value.
        schema: one of the grammar's, or of a plugin.
        what: how messages call it, such as ``a trigger of kind `event` ``.
        templates: whether a text with ``{{ }}`` may stand for any value.
    """
    errors = [error for error in _errors(node.value, schema) if not (templates and isinstance(error.instance, str) and templated(error.instance))]
    for error in errors:
        _report(node, error, what, "EF110")
    return not errors


def schema_fault(schema: Mapping[str, Any]) -> str:
    """Return what makes a JSON Schema none, or an empty text.

    Args:
        schema: the schema.
    """
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{'.'.join(map(str, error.absolute_path)) or 'it'}: {error.message[:_MAX_FAULT]}"
    return ""


def fits_parameters(node: Node, schema: Mapping[str, Any], what: str) -> None:
    """Note where constants under ``with`` do not fit what an action takes; values with ``{{ }}`` pass.

    Args:
        node: the mapping under ``with``.
        schema: the action's.
        what: how messages call it.
    """
    for error in _errors(node.value, schema):
        if not _passes(error):
            _report(node, error, what, "EF116")


def _passes(error: ValidationError) -> bool:
    if error.validator in ("required", "additionalProperties"):
        return False
    if error.validator == "type" and "string" in _as_list(error.validator_value) and isinstance(error.instance, (int, Decimal)):
        return True  # it becomes text (R:X4)
    return templated(error.instance) or _is_secret(error.instance)


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"secret"}


def _errors(value: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    known = _validators.get(id(schema))
    if known is None or known[0] is not schema:
        known = _validators[id(schema)] = (schema, Draft202012Validator(schema, registry=_NOWHERE))
    try:
        yield from sorted(known[1].iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path])
    except Unresolvable:
        return


def _report(node: Node, error: ValidationError, what: str, code: str) -> None:
    place, where = node, what
    for part in error.absolute_path:
        inner = place.get(part) if isinstance(part, str) else place.items()[part]
        if inner is None:
            break
        place, where = inner, f"`{part}`" if isinstance(part, str) else where
    report = _REPORTS.get(str(error.validator))
    if report is not None:
        report(place, error, where, code)
    elif error.validator in ("anyOf", "oneOf"):
        place.fault(code, f"{where} is none of the values that fit here")
    else:
        place.fault(code, f"{where}: {sentence(error)}", _type_help(error))


def sentence(error: ValidationError) -> str:
    """Return what a fault of a value is, for people."""
    wanted, value = error.validator_value, error.instance
    if error.validator == "type":
        return f"expected {' or '.join(_WORDS.get(each, each) for each in _as_list(wanted))}, got {described(value)}"
    texts = {
        "minimum": f"expected at least {wanted}, got {value}",
        "maximum": f"expected at most {wanted}, got {value}",
        "minItems": "the list is empty",
        "minProperties": "the mapping is empty",
        "minLength": "the text is empty",
        "maxLength": f"the text is longer than {wanted} characters",
        "pattern": f"`{str(value)[:_MAX_SHOWN]}` is not written as it must be",
        "const": f"expected `{_shown(wanted)}`",
    }
    return texts.get(str(error.validator), error.message[:200])


def _type_help(error: ValidationError) -> str:
    schema: Any = error.schema
    if error.validator == "type" and isinstance(error.instance, int) and schema.get("x-ecomflow") == "duration":
        return f"write it with a unit, such as `{error.instance}m` or `{error.instance}h`"
    return str(schema.get("description", "")) if error.validator == "pattern" else ""


def _unknown(place: Node, error: ValidationError, where: str, _: str) -> None:
    schema: Any = error.schema
    known = schema.get("properties", {})
    for key in place.value:
        if key not in known:
            place.unknown(key, known, where)


def _required(place: Node, error: ValidationError, where: str, _: str) -> None:
    schema: Any = error.schema
    required: Any = error.validator_value
    missing = next((key for key in required if key not in place.value and error.message.startswith(f"'{key}'")), "")
    # An unknown key that is nearly the missing one is reported once, as that.
    if nearest(missing, [key for key in place.value if key not in schema.get("properties", {})]):
        return
    place.fault("EF114", f"{where} needs `{missing}`")


def _enum(place: Node, error: ValidationError, where: str, code: str) -> None:
    values: Any = error.validator_value
    allowed = [_shown(each) for each in values]
    place.fault(code, f"{where}: `{_shown(error.instance)}` is none of {', '.join(allowed)}", nearest(str(error.instance), allowed))


_REPORTS: Final[Mapping[str, Callable[[Node, ValidationError, str, str], None]]] = {
    "additionalProperties": _unknown, "required": _required, "enum": _enum,
}


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return described(value)
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)[:_MAX_SHOWN]


def described(value: Any) -> str:
    """Return what a value is, for people."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    kinds: dict[type, str] = {str: "a text", list: "a list", dict: "a mapping"}
    return kinds.get(type(value), "a number")
