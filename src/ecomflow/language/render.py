"""A diagnostic as people read it: the place, the line, a caret under the fault, the fix."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ecomflow.model import Diagnostic

_RED, _BLUE, _BOLD, _CYAN, _OFF = "\x1b[31m", "\x1b[34m", "\x1b[1m", "\x1b[36m", "\x1b[0m"
# What is quoted from a file must not steer the terminal (attack 61).
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_WIDTH: Final = 110


def render_diagnostic(d: Diagnostic, color: bool = False) -> str:
    """Return a diagnostic as text of several lines.

    Args:
        d: the diagnostic.
        color: whether to write colours for a terminal.
    """
    number = str(d.line)
    margin = " " * len(number)
    excerpt, before, length = _window(d)
    blue = _BLUE if color else ""
    off = _OFF if color else ""
    lines = [_head(d, color), f"{blue}{margin}-->{off} {_safe(d.file)}:{d.line}:{d.column}"]
    if d.excerpt:
        carets = "^" * max(1, length) + (f" {_safe(d.label)}" if d.label else "")
        red = (_RED if d.severity == "error" else _CYAN) if color else ""
        lines += [f"{blue}{margin} |{off}", f"{blue}{number} |{off} {excerpt}", f"{blue}{margin} |{off} {' ' * before}{red}{carets}{off}"]
    if d.help:
        lines.append(f"{blue}{margin} ={off} help: {_safe(d.help)}")
    return "\n".join(lines)


def _head(d: Diagnostic, color: bool) -> str:
    head = f"{d.severity}[{d.code}]"
    if color:
        head = f"{_BOLD}{_RED if d.severity == 'error' else _CYAN}{head}{_OFF}{_BOLD}"
    return f"{head}: {_safe(d.message)}{_OFF if color else ''}"


def _window(d: Diagnostic) -> tuple[str, int, int]:
    """Return the part of the line to show, how many columns stand before the fault, and how many it has."""
    start = max(0, d.column - 1 - _WIDTH // 2) if d.column - 1 + d.length > _WIDTH else 0
    shown = d.excerpt[start : start + _WIDTH]
    at = d.column - 1 - start
    return _safe(shown), _columns(shown[:at]), _columns(shown[at : at + d.length])


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 0 if unicodedata.combining(character) else 1 for character in text)


def _safe(text: str) -> str:
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", " "))
