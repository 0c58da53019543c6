"""What foreign code gives back, as the values that a scope may hold; its size is bounded before anything is encoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

MAX_SIZE: Final = 256 * 1024
"""Bytes that a value has at least in JSON; beyond, it is refused."""

_DEPTH: Final = 64


def plain(value: Any) -> Any:
    """Return a value without floats, tuples, enums and records; containers are new ones.

    Args:
        value: what a plugin's function returned.

    Raises:
        ValueError: it is too large or too deep, holds itself, or holds what is no value. The message reads on after
            "the result", and what is too large is found without copying it.
    """
    if type(value) is str and len(value) < MAX_SIZE - 2:  # the commonest result
        return value
    return _Taking().take(value, _DEPTH)


class _Taking:
    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_SIZE

    def take(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str:
            self._left -= len(value) + 2
        elif value is None or kind is bool or kind is int:
            self._left -= 1
        elif depth == 0:
            raise ValueError("is nested too deeply, or holds itself")
        elif kind is dict or isinstance(value, Mapping):
            self._spend(1)
            return {self._key(key): self.take(item, depth - 1) for key, item in value.items()}
        elif isinstance(value, (list, tuple, set, frozenset)):
            self._spend(1)
            return [self.take(item, depth - 1) for item in value]
        else:
            return self._other(value, depth)
        return value if self._left >= 0 else self._spend(0)

    def _other(self, value: Any, depth: int) -> Any:
        if isinstance(value, Enum):
            return self.take(value.value, depth - 1)
        if isinstance(value, (float, Decimal)):
            return self._spend(1, _number(value))
        if isinstance(value, date):
            return self._spend(1, value)
        for base in (str, int):
            if isinstance(value, base):
                return self.take(base(value), depth - 1)
        if is_dataclass(value) and not isinstance(value, type):
            self._spend(1)
            return {each.name: self.take(getattr(value, each.name), depth - 1) for each in fields(value)}
        raise ValueError(f"holds a {type(value).__name__}, which is no value: use text, numbers, dates, lists and mappings")

    def _key(self, key: Any) -> str:
        text = key if type(key) is str else str(key)
        self._left -= len(text) + 3
        return text

    def _spend(self, size: int, value: Any = None) -> Any:
        self._left -= size
        if self._left < 0:
            raise ValueError(f"has more than {MAX_SIZE} bytes")
        return value


def _number(value: float | Decimal) -> Decimal:
    number = Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError(f"holds {value}, which is no number")
    return number


def copied(value: Any) -> Any:
    """Return plain data that somebody else may change: lists and mappings are new ones, all the way down.

    Args:
        value: plain data.
    """
    if type(value) is dict:
        made = {}
        for key, item in value.items():  # no comprehension, which is a call, and not for each text another
            made[key] = item if type(item) is str else copied(item)
        return made
    if type(value) is list:
        return [copied(item) for item in value]
    return value
