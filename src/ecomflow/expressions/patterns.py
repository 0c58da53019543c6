"""Texts that are looked for: whole words, and regular expressions in linear time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import re2

from ecomflow.errors import ExpressionError

_MAX_PATTERN: Final = 1_000
_MEMORY: Final = 8 << 20
_WORD: Final = re.compile(r"\w+")


@lru_cache(maxsize=1024)
def compiled(pattern: str, ignore_case: bool = False) -> Any:
    """Return a compiled pattern.

    Raises:
        ExpressionError: it is none, too long, or needs what a linear-time engine has not.
    """
    if len(pattern) > _MAX_PATTERN:
        raise ExpressionError("EF214", "a pattern is longer than allowed")
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = _MEMORY, False, not ignore_case
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if error.args else "it cannot be read"
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ExpressionError("EF214", f"a pattern is wrong: {text}", help="patterns have RE2 syntax: no look-around, no back references") from None


def _encodable(text: str) -> str:
    """Return a text that UTF-8 can write: half of a surrogate pair becomes a question mark."""
    return str(text) if text.isascii() else text.encode("utf-8", "replace").decode()


def search(text: str, pattern: str, ignore_case: bool = False) -> bool:
    """Return whether a pattern stands anywhere in a text."""
    return compiled(pattern, ignore_case).search(_encodable(text)) is not None


def match(text: str, pattern: str, ignore_case: bool = False) -> bool:
    """Return whether a text begins with a pattern."""
    return compiled(pattern, ignore_case).match(_encodable(text)) is not None


def replace(text: str, pattern: str, by: str, ignore_case: bool = False) -> str:
    """Return a text with every place of a pattern replaced; a backslash and a digit name a group."""
    return str(compiled(pattern, ignore_case).sub(_encodable(by), _encodable(text)))


def mentions(text: str, phrases: tuple[str, ...]) -> bool:
    """Return whether a text has any of the phrases, as whole words, case folded, blanks alike."""
    words = f" {_fold(text)} "
    return any(f" {folded} " in words for phrase in phrases if (folded := _fold(phrase)))


def _fold(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
