"""The values of expressions: their kinds, how they compare in three values, how they become text (R:X1-X4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from ecomflow.errors import ExpressionError
from ecomflow.expressions.calendars import Calendar
from ecomflow.expressions.durations import Span, add, duration, duration_text, moment_of
from ecomflow.expressions.limits import MAX_DIGITS, spend, too_large
from ecomflow.model import MISSING, OMIT

_KINDS: Final[dict[type, str]] = {
    bool: "bool", int: "number", Decimal: "number", str: "text", type(None): "null", list: "list", tuple: "list", dict: "mapping",
    datetime: "moment", date: "date", Span: "duration", Calendar: "calendar",
}  # fmt: skip
_BASES: Final = ((str, "text"), (Mapping, "mapping"), (list, "list"), (datetime, "moment"), (date, "date"))
_ORDERED: Final = frozenset({"number", "text", "moment", "date"})
_TIMES: Final = frozenset({"moment", "date"})


def kind(value: Any) -> str:
    """Return the word for a value's kind."""
    if (word := _KINDS.get(type(value))) is not None:
        return word
    return next((name for base, name in _BASES if isinstance(value, base)), "missing" if value is MISSING else "other")


def blank(value: Any) -> bool:
    """Return whether a value is missing, null, an empty list or mapping, or a text of blanks."""
    if value is MISSING or value is None or value is OMIT:
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    return isinstance(value, (list, tuple, Mapping)) and not value


def equal(left: Any, right: Any, tz: ZoneInfo) -> bool | None:
    """Return whether two values are equal; None for unknown."""
    if left is MISSING or right is MISSING:
        return None
    if left is None or right is None:
        return left is right
    kinds = kind(left), kind(right)
    if kinds[0] == kinds[1]:
        if kinds[0] == "list":
            return _equal_lists(left, right, tz)
        if kinds[0] == "mapping":
            return _equal_mappings(left, right, tz)
        return None if kinds[0] == "other" or _no_number(left) or _no_number(right) else bool(left == right)
    order = compare(left, right, tz)
    return None if order is None else order == 0


def _no_number(value: Any) -> bool:
    return type(value) is Decimal and value.is_nan()


def _equal_lists(left: Any, right: Any, tz: ZoneInfo) -> bool | None:
    spend(len(left))
    if len(left) != len(right):
        return False
    return every(equal(a, b, tz) for a, b in zip(left, right, strict=True))


def _equal_mappings(left: Mapping[str, Any], right: Mapping[str, Any], tz: ZoneInfo) -> bool | None:
    spend(len(left))
    if left.keys() != right.keys():
        return False
    return every(equal(value, right[key], tz) for key, value in left.items())


def every(outcomes: Any) -> bool | None:
    """Return the Kleene-and of outcomes."""
    result: bool | None = True
    for outcome in outcomes:
        if outcome is False:
            return False
        if outcome is None:
            result = None
    return result


def some(outcomes: Any) -> bool | None:
    """Return the Kleene-or of outcomes."""
    result: bool | None = False
    for outcome in outcomes:
        if outcome is True:
            return True
        if outcome is None:
            result = None
    return result


def compare(left: Any, right: Any, tz: ZoneInfo) -> int | None:
    """Return -1, 0 or 1 as the left is less, equal or more; None where they have no order."""
    kinds = kind(left), kind(right)
    if kinds[0] == kinds[1]:
        if kinds[0] == "duration":
            left, right = left.seconds, right.seconds
        elif kinds[0] not in _ORDERED or _no_number(left) or _no_number(right):
            return None
        return int(left > right) - int(left < right)
    if kinds[0] == "duration":
        return _compare_span(left, right, tz)
    if kinds[1] == "duration":
        turned = _compare_span(right, left, tz)
        return None if turned is None else -turned
    if kinds[0] in _TIMES or kinds[1] in _TIMES:
        a, b = moment_of(left, tz), moment_of(right, tz)
        return None if a is None or b is None else (a > b) - (a < b)
    return None


def _compare_span(span: Span, text: Any, tz: ZoneInfo) -> int | None:
    step = duration(text) if isinstance(text, str) else None
    if step is None:
        return None
    due = add(span.start, step, tz)
    return (span.end > due) - (span.end < due)


def contains(item: Any, whole: Any, tz: ZoneInfo) -> bool | None:
    """Return whether a list has an item, a mapping a key, a calendar a moment; None for unknown."""
    if isinstance(whole, (list, tuple)):
        spend(len(whole))
        if type(item) is str and all(type(other) is str for other in whole):
            return item in whole
        return some(equal(item, other, tz) for other in whole)
    if isinstance(whole, Mapping):
        return item in whole if isinstance(item, str) else None
    if isinstance(whole, Calendar):
        moment = moment_of(item, tz)
        return None if moment is None else whole.contains(moment)
    return None


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS:
        raise too_large("a number")
    return format(value, "f")


def to_text(value: Any) -> str:
    """Return a value as text (R:X4): null as nothing, a bool as ``true`` or ``false``, a decimal without exponent.

    Raises:
        ExpressionError: a list, a mapping or anything else that is no text.
    """
    if type(value) is Decimal:
        text = str(value)
        if len(text) <= MAX_DIGITS and "E" not in text and value.is_finite():  # an amount, the commonest, such as 149.50
            return text
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _decimal_text(Decimal(value))
    if isinstance(value, Decimal):
        return _decimal_text(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Span):
        return duration_text(value.seconds)
    raise ExpressionError("EF210", f"a {kind(value)} does not become text", help=_TEXT_HELP.get(kind(value), ""))


_TEXT_HELP: Final = {
    "list": "join it, as in `{{ x | join(', ') }}`, or go through it with `{% for … %}`",
    "mapping": "name one of its fields, or write `{{ x | tojson }}`",
}


def subject_text(value: Any) -> str | None:
    """Return how a value pairs in ``match`` and names a subject (R:X3); None where it pairs with nothing."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, Decimal)):
        return _number_text(Decimal(value))
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo is not None else value).isoformat()
    return value.isoformat() if isinstance(value, date) else None


def _number_text(value: Decimal) -> str | None:
    if not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS:
        return None
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


_LONG: Final = 60
_MANY: Final = 5


def show(value: Any, depth: int = 0) -> str:
    """Return a value as people read it beside a condition."""
    if value is MISSING:
        return "missing"
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= _LONG else f"'{value[:_LONG]}…'"
    if isinstance(value, (list, tuple)):
        return f"[{_items([show(item, depth + 1) for item in value[:_MANY]], len(value))}]" if depth < 2 else "[…]"
    if isinstance(value, Mapping):
        pairs = [f"{key}: {show(item, depth + 1)}" for key, item in list(value.items())[:_MANY]] if depth < 2 else ["…"]
        return f"{{{_items(pairs, len(value) if depth < 2 else 1)}}}"
    if isinstance(value, Calendar):
        return "a calendar"
    try:
        return to_text(value)
    except ExpressionError:
        return "a value"


def _items(shown: list[str], count: int) -> str:
    return ", ".join(shown) + (f", … {count - len(shown)} more" if count > len(shown) else "")
