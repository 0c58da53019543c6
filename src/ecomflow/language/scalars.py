"""What an unquoted scalar of YAML means: the core schema of YAML 1.2, with decimals for numbers with a point."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from ecomflow.errors import LimitError

_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+|\.)?(?:[eE][-+]?[0-9]+)?", re.ASCII)
_MAX_DIGITS: Final = 100


def resolve(text: str) -> Any:
    """Return the value of an unquoted scalar; what has no other meaning is text (``on``, ``NO``, ``0123``, ``12:30``).

    Raises:
        LimitError: a number with more digits than anything here counts.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text):
        return int(_bounded(text))
    if _DECIMAL.fullmatch(text) and any(map(str.isdigit, text)) and text[-1] != ".":
        number = Decimal(_bounded(text))
        if abs(number.adjusted()) > _MAX_DIGITS:
            raise LimitError(f"the number {text[:20]} is out of range")
        return number
    return text


def _bounded(text: str) -> str:
    if len(text) > _MAX_DIGITS:
        raise LimitError(f"a number of {len(text)} digits")
    return text
