"""What of a plain value, such as a record in a JSON file, does not fit a JSON Schema."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator, FormatChecker

from ecomflow.language.fitting import sentence
from ecomflow.language.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

_FORMATS: Final = FormatChecker(formats=())
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or (bool(_MOMENT.fullmatch(value)) and bool(datetime.fromisoformat(value)))


def misfits(schema: Mapping[str, Any], value: Any) -> list[str]:
    """Return each fault of a value, with the place in front: ``lines.0.price: expected a number, got a text``.

    Moments have the form of RFC 3339.

    Args:
        schema: one without references.
        value: as JSON gives it.
    """
    errors = Draft202012Validator(schema, format_checker=_FORMATS).iter_errors(value)
    return [text for error in sorted(errors, key=lambda each: list(map(str, each.absolute_path))) for text in _told(error)]


def _told(error: ValidationError) -> Iterator[str]:
    place = "".join(f"{part}." for part in error.absolute_path)
    schema: Any = error.schema
    found: Any = error.instance
    if error.validator == "additionalProperties":
        for key in [each for each in found if each not in schema["properties"]]:
            hint = nearest(key, schema["properties"]) or f"known are {', '.join(schema['properties'])}"
            yield f"{place}{key}: unknown field; {hint}"
    elif error.validator == "required":
        yield f"{place}{error.message.split(chr(39))[1]}: is missing"
    else:
        yield f"{place[:-1] or 'the record'}: {_reason(error, schema, found)}"


def _reason(error: ValidationError, schema: Mapping[str, Any], found: Any) -> str:
    if error.validator == "enum":
        return f"`{str(found)[:60]}` is none of {', '.join(str(each) for each in schema['enum'] if each is not None)}"
    if error.validator == "format":
        return f"`{str(found)[:60]}` is no moment such as 2026-03-02T09:00:00Z"
    return sentence(error)
