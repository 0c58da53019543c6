"""Tables that turn a vendor's body into ours: one row a field. What does not convert is left out, so that it is unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_LARGEST_EXPONENT: Final = 30
_MOST_BITS: Final = 128
_ABSENT: Final = object()


class UnfitError(ValueError):
    """A value that is not what the row says."""


Conversion = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One field: a path in the vendor's body, a path in ours, and how it is converted.

    Where several rows name one path of ours, the first that converts counts; null gives way to what follows.
    """

    theirs: str
    ours: str
    convert: Conversion


def text(value: Any) -> str:
    """Return a text as it is."""
    if not isinstance(value, str):
        raise UnfitError
    return value


def identity(value: Any) -> str:
    """Return an id as a text, whether the vendor says it with a number or a text."""
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise UnfitError
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise UnfitError
    return str(value)


def money(value: Any) -> Decimal:
    """Return an amount."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise UnfitError
    try:
        amount = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError) as error:
        raise UnfitError from error
    if not amount.is_finite() or abs(amount.adjusted()) > _LARGEST_EXPONENT:
        raise UnfitError
    return amount


def whole(value: Any) -> int:
    """Return a count."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnfitError
    return value


def flag(value: Any) -> bool:
    """Return a yes or no."""
    if not isinstance(value, bool):
        raise UnfitError
    return value


def moment(value: Any) -> str:
    """Return a moment's RFC 3339 text as it is."""
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError as error:
        raise UnfitError from error
    if found.tzinfo is None:
        raise UnfitError
    return str(value)


def words(value: Any) -> list[str]:
    """Return the words of a text such as ``a, b``, or of a list."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise UnfitError
    return [part.strip() for part in parts if part.strip()]


def field_of_each(name: str) -> Conversion:
    """Return a conversion of a list of mappings into the list of one text field of each."""

    def convert(value: Any) -> list[str]:
        return [each[name] for each in _mappings(value) if isinstance(each.get(name), str)]

    return convert


def total_of(path: str, **only: str) -> Conversion:
    """Return a conversion of a list of mappings into the sum of one amount of each.

    Args:
        path: of the amount in each; one that is missing or no amount makes the sum unfit, for less than all is no sum.
        only: fields and the texts that they must have for a mapping to count.
    """

    def convert(value: Any) -> Decimal:
        return sum((money(look(each, path)) for each in _mappings(value) if only.items() <= each.items()), Decimal())

    return convert


def same_of_each(name: str) -> Conversion:
    """Return a conversion of a list of mappings into the one text that a field has in all of them."""

    def convert(value: Any) -> str:
        found = [text(each.get(name)) for each in _mappings(value)]
        if len(set(found)) != 1:
            raise UnfitError
        return found[0]

    return convert


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise UnfitError
    return value


def joined(value: Any) -> str:
    """Return a list of texts as one."""
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise UnfitError
    return ", ".join(value)


def is_text(wanted: str) -> Conversion:
    """Return a conversion of a text into whether it is this one."""
    return lambda value: text(value) == wanted


def word_of(words: Mapping[str, str]) -> Conversion:
    """Return a conversion of a vendor's word into ours; a word of theirs that we have none for is left out."""

    def convert(value: Any) -> str:
        found = words.get(text(value))
        if found is None:
            raise UnfitError
        return found

    return convert


def record(rows: tuple[Row, ...]) -> Conversion:
    """Return a conversion of a mapping by a table."""

    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise UnfitError
        return apply(rows, value)

    return convert


def records(rows: tuple[Row, ...]) -> Conversion:
    """Return a conversion of a list of mappings by a table; what is no mapping is left out of the list."""

    def convert(value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise UnfitError
        return [apply(rows, each) for each in value if isinstance(each, Mapping)]

    return convert


def apply(rows: tuple[Row, ...], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return our mapping for a vendor's: null stays null, absent stays absent, unfit becomes absent."""
    made: dict[str, Any] = {}
    for row in rows:
        if made.get(row.ours) is None:
            value = _converted(row, body)
            if value is not _ABSENT:
                made[row.ours] = value
    return made


def look(body: Any, path: str) -> Any:
    """Return what stands under a path of names.

    Raises:
        UnfitError: nothing does.
    """
    for name in path.split("."):
        if not isinstance(body, Mapping) or name not in body:
            raise UnfitError
        body = body[name]
    return body


def _converted(row: Row, body: Mapping[str, Any]) -> Any:
    try:
        found = look(body, row.theirs)
        return None if found is None else row.convert(found)
    except UnfitError:
        return _ABSENT
