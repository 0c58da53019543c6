"""Arithmetic of whole numbers and decimals, bounded, never in binary floats."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any, Final

from ecomflow.expressions.limits import MAX_DIGITS
from ecomflow.model import MISSING

ARITHMETIC: Final = Context(prec=50, rounding=ROUND_HALF_EVEN, Emin=-999, Emax=999, traps=[InvalidOperation, DivisionByZero, Overflow])
_LARGEST: Final = 10**MAX_DIGITS
_MAX_POWER: Final = 100


def is_number(value: Any) -> bool:
    """Return whether a value is a whole number or a decimal."""
    kind = type(value)
    return kind is int or kind is Decimal


def _add(a: Any, b: Any) -> Any:
    return ARITHMETIC.add(a, b)


def _floor(a: Any, b: Any) -> Any:
    return ARITHMETIC.divide(a, b).to_integral_value(ROUND_FLOOR, ARITHMETIC)


def _mod(a: Any, b: Any) -> Any:
    return ARITHMETIC.subtract(a, ARITHMETIC.multiply(b, _floor(a, b)))


def _power(a: Any, b: Any) -> Any:
    return MISSING if abs(b) > _MAX_POWER or abs(a) > _LARGEST else ARITHMETIC.power(a, b)


def _whole_power(a: int, b: int) -> Any:
    if b < 0:
        return _power(a, b)
    return MISSING if b > _MAX_POWER or abs(a).bit_length() * b > _LARGEST.bit_length() + 1 else a**b


_WHOLE: Final[dict[str, Callable[[int, int], Any]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": _whole_power,
}
_DECIMAL: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": _add,
    "-": ARITHMETIC.subtract,
    "*": ARITHMETIC.multiply,
    "/": ARITHMETIC.divide,
    "//": _floor,
    "%": _mod,
    "**": _power,
}


def calculate(operator: str, left: Any, right: Any) -> Any:
    """Return the result of an operation on two numbers; MISSING where there is none or it has too many digits."""
    try:
        if type(left) is int and type(right) is int and operator in _WHOLE:
            return bounded(_WHOLE[operator](left, right)) if abs(left) < _LARGEST > abs(right) else MISSING
        return bounded(_DECIMAL[operator](left, right))
    except (DecimalException, ZeroDivisionError):
        return MISSING


def bounded(value: Any) -> Any:
    """Return a number, or MISSING where it has too many digits."""
    if type(value) is int:
        return value if -_LARGEST < value < _LARGEST else MISSING
    if type(value) is Decimal:
        return value if value.is_finite() and abs(value.adjusted()) <= MAX_DIGITS else MISSING
    return MISSING


def round_number(value: Any, digits: int = 0) -> Any:
    """Return a number rounded half to even, as a decimal (R:X5)."""
    if bounded(value) is MISSING or abs(digits) > MAX_DIGITS:
        return MISSING
    try:
        return Decimal(value).quantize(Decimal(1).scaleb(-digits), context=_WIDE) if digits >= 0 else _round_left(value, digits)
    except DecimalException:
        return MISSING


def _round_left(value: Any, digits: int) -> Decimal:
    unit = Decimal(10) ** -digits
    return (Decimal(value) / unit).quantize(Decimal(1), context=_WIDE) * unit


_WIDE: Final = Context(prec=2 * MAX_DIGITS + 10, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])


def parse_number(text: str) -> Any:
    """Return the number that a text writes in plain ASCII digits, or MISSING."""
    stripped = text.strip()
    plain = stripped.lstrip("+-")
    if len(stripped) > MAX_DIGITS or not plain or not plain.isascii() or not plain.replace(".", "", 1).isdigit() or len(stripped) - len(plain) > 1:
        return MISSING
    return Decimal(stripped) if "." in plain else int(stripped)
