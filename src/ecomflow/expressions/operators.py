"""The operators between values: arithmetic of numbers, times, texts and lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from ecomflow.expressions.durations import Span, add, duration, moment_of, subtract
from ecomflow.expressions.limits import MAX_TEXT, limited, too_large
from ecomflow.expressions.numbers import calculate, is_number
from ecomflow.expressions.values import to_text
from ecomflow.model import MISSING


def operate(operator: str, left: Any, right: Any, tz: ZoneInfo) -> Any:
    """Return what an operator gives for two values, MISSING where it is not defined for them."""
    if is_number(left) and is_number(right):
        return calculate(operator, left, right)
    if left is MISSING or right is MISSING or left is None or right is None:
        return MISSING
    try:
        if operator == "+":
            return _plus(left, right, tz)
        return _minus(left, right, tz) if operator == "-" else MISSING
    except OverflowError:  # beyond the calendar
        return MISSING


def _plus(left: Any, right: Any, tz: ZoneInfo) -> Any:
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return limited([*left, *right])
    if isinstance(left, str) and isinstance(right, str):
        return concat([left, right])
    if isinstance(left, date):
        return _shift(left, right, tz, later=True)
    return _shift(right, left, tz, later=True) if isinstance(right, date) else MISSING


def _minus(left: Any, right: Any, tz: ZoneInfo) -> Any:
    if isinstance(left, date) or isinstance(right, date):
        start, end = moment_of(right, tz), moment_of(left, tz)
        if start is not None and end is not None:
            return Span(start, end)
    return _shift(left, right, tz, later=False) if isinstance(left, date) else MISSING


def _shift(moment: date, by: Any, tz: ZoneInfo, *, later: bool) -> Any:
    """Return a moment or date moved by a span or by a text that is a duration; a date moved by whole days stays a date."""
    start = moment_of(moment, tz)
    if start is None:
        return MISSING
    if isinstance(by, Span):
        return start + (by.end - by.start) * (1 if later else -1)
    step = duration(by) if isinstance(by, str) else None
    if step is None:
        return MISSING
    moved = add(start, step, tz) if later else subtract(start, step, tz)
    return moved if isinstance(moment, datetime) or step.seconds else moved.astimezone(tz).date()


def concat(values: list[Any]) -> Any:
    """Return values joined to one text."""
    if any(value is MISSING for value in values):
        return MISSING
    texts = [to_text(value) for value in values]
    if sum(map(len, texts)) > MAX_TEXT:
        raise too_large("a text")
    if any(isinstance(text, Markup) for text in texts):
        return Markup().join(map(escape, texts))
    return limited("".join(texts))
