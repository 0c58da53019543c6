"""Values as JSON in the store: decimals are numbers, moments and dates are tagged, and data never change type by how they look."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ecomflow.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_EVENT = 256 * 1024
"""Bytes of an event's data."""

MAX_DEPTH = 64
_SHALLOW = 16
_WORD = 63
_SAME = frozenset({str, bool, type(None)})
_MOMENT, _DATE = "$moment", "$date"
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)

NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError)
"""What decoding raises."""


def encode_plain(value: Any) -> bytes:
    """Return the JSON of a value that holds nothing but texts, numbers, lists and mappings, as ``canonical`` knows them.

    Raises:
        LimitError: a text in it is none that can be kept.
    """
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError as error:
        raise LimitError("a text holds half of a surrogate pair, which is no character") from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise LimitError(f"a value cannot be kept: {error}") from error


def encode(value: Any) -> bytes:
    """Return a value as JSON from which ``decode`` makes the same value.

    Raises:
        LimitError: it holds something that is no value, such as NaN, or is nested too deeply.
    """
    return encode_plain(value if comes_back(value) else _built(value, 0, _TAGGED))


def decode(raw: bytes) -> Any:
    """Return the value of JSON that ``encode`` made."""
    value = _decoder.decode(raw)
    return _untagged(value) if b'"$' in raw else value


def canonical(value: Any) -> Any:
    """Return a value as it comes back from the store (R:X1); one that comes back as it is, as it is.

    Raises:
        LimitError: as ``encode``.
    """
    return value if comes_back(value) else decode(encode_plain(_built(value, 0, _TAGGED)))


def comes_back(value: Any, depth: int = 0) -> bool:
    """Return whether a value is seen at once to be one that the store gives back as it is, and ``encode_plain`` takes."""
    kind = type(value)
    if kind in _SAME:
        return True
    if kind is int:
        return bool(value.bit_length() < _WORD)
    if depth >= _SHALLOW:
        return False
    if kind is dict:
        for key, inner in value.items():
            if type(key) is not str or key[:1] == "$" or not (type(inner) in _SAME or comes_back(inner, depth + 1)):
                return False
        return True
    if kind is list:
        for inner in value:  # noqa: SIM110 this is hot
            if not (type(inner) in _SAME or comes_back(inner, depth + 1)):
                return False
        return True
    return kind is Decimal and value.is_finite() and bool(value.as_tuple().exponent)  # 5 comes back as an int


def size_of(value: Any) -> int:
    """Return about how many bytes a value takes in the store."""
    return len(_encoder.encode(value))


def encode_event(data: Mapping[str, Any]) -> bytes:
    """Return the data of an event as plain JSON; moments and dates become RFC 3339 text.

    Raises:
        LimitError: they hold what JSON cannot.
    """
    # The encoder takes plain data as they are. What it would change silently, NaN into null, is looked for where it
    # can be.
    try:
        raw = _encoder.encode(data)
    except (TypeError, ValueError, RecursionError):
        return encode_plain(_built(data, 0, _PLAIN))
    return encode_plain(_built(data, 0, _PLAIN)) if b"null" in raw else raw


def decode_event(raw: bytes) -> Any:
    """Return the data of an event from their JSON.

    Raises:
        LimitError: it is no JSON, is nested more than 64 deep, or has more than 256 KiB.
    """
    if len(raw) > MAX_EVENT:
        raise LimitError(f"the data have {len(raw)} bytes; an event has at most {MAX_EVENT}")
    try:
        value = _decoder.decode(raw)
    except NO_JSON as error:
        raise LimitError(f"the data are no JSON: {error}") from error
    if 2 * len(raw) - len(raw.replace(b"{", b"")) - len(raw.replace(b"[", b"")) >= MAX_DEPTH:  # counting takes twice as long, or more
        _built(value, 0, _PLAIN)  # looks at the depth
    return value


def decode_json(raw: bytes) -> Any:
    """Return the value of plain JSON, numbers with a point as decimals."""
    return _decoder.decode(raw)


class _Form(NamedTuple):
    """How keys, moments and dates are written."""

    key: Callable[[Any], str]
    moment: Callable[[datetime], Any]
    day: Callable[[date], Any]


def _built(value: Any, depth: int, form: _Form) -> Any:
    kind = type(value)
    if kind is str or value is None or kind is int or kind is bool:
        return value
    if kind is dict:
        return {form.key(key): _built(inner, depth + 1, form) for key, inner in _checked(value, depth).items()}
    if kind is list or kind is tuple:
        return [_built(inner, depth + 1, form) for inner in _checked(value, depth)]
    if isinstance(value, datetime):
        return form.moment(value)
    if isinstance(value, date):
        return form.day(value)
    return _scalar(value, lambda inner: _built(inner, depth, form))


def _scalar(value: Any, again: Any) -> Any:
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise LimitError(f"{value} is no number that can be kept")
        return value
    bases: tuple[Any, ...] = (str, int, dict, list)
    for base in bases:  # enums, and subclasses that plugins bring
        if isinstance(value, base):
            return again(base(value))
    raise LimitError(f"a {type(value).__name__} is no value: use text, numbers, lists and mappings")


def _checked(value: Any, depth: int) -> Any:
    if depth >= MAX_DEPTH:
        raise LimitError(f"a value is nested more than {MAX_DEPTH} deep")
    return value


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise LimitError(f"a mapping has texts as keys, not {key!r:.40}")
    return key


def _escaped(key: Any) -> str:
    name = _name(key)
    return "$" + name if name.startswith("$") else name


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise LimitError(f"the moment {value.isoformat()} has no zone")
    return value.isoformat()


_PLAIN = _Form(_name, _moment, date.isoformat)
_TAGGED = _Form(_escaped, lambda value: {_MOMENT: _moment(value)}, lambda value: {_DATE: value.isoformat()})


def _untagged(value: Any) -> Any:
    if type(value) is list:
        return [_untagged(inner) for inner in value]
    if type(value) is not dict:
        return value
    if len(value) == 1:
        if _MOMENT in value:
            return datetime.fromisoformat(value[_MOMENT])
        if _DATE in value:
            return date.fromisoformat(value[_DATE])
    return {key[1:] if key.startswith("$$") else key: _untagged(inner) for key, inner in value.items()}
