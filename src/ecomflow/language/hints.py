"""Lines in which YAML swallows an expression, and the advice to quote the whole of it."""

from __future__ import annotations

import re
from typing import Final

QUOTE: Final = "put the whole expression in double quotes"

_VALUE: Final = re.compile(r"^\s*(?:- +)*(?:[\w.-]+: +)?(?P<value>\S.*)$")
_BEGINNINGS: Final[tuple[tuple[str, str], ...]] = (
    ("{{", "a template that begins with `{{` is a mapping to YAML"),
    ("'", "YAML takes a leading quote as the end of its own text"),
    ('"', "YAML takes a leading quote as the end of its own text"),
    ("[", "YAML takes a leading bracket as a list"),
    ("{", "YAML takes a leading brace as a mapping"),
    ("*", "YAML takes a leading `*` as an alias"),
    ("&", "YAML takes a leading `&` as an anchor"),
    ("!", "YAML takes a leading `!` as a tag"),
    ("?", "YAML takes a leading `?` as the key of a mapping"),
    ("%", "YAML does not let a text begin with `%`"),
    ("@", "YAML does not let a text begin with `@`"),
    ("`", "YAML does not let a text begin with a backtick"),
    ("|", "YAML takes a leading `|` as a block of lines"),
    (">", "YAML takes a leading `>` as a block of lines"),
)


def quoting(line: str) -> str:
    """Return why YAML does not read a line as it was meant and what to do, or an empty text.

    Args:
        line: the line at which reading failed.
    """
    found = _VALUE.match(line)
    value = found["value"] if found else ""
    for beginning, why in _BEGINNINGS:
        if value.startswith(beginning):
            return f"{why}: {QUOTE}"
    if re.search(r"[:\[{,] *\{\{", line):
        return f"a template that begins with `{{{{` is a mapping to YAML: {QUOTE}"
    return f"`: ` makes a mapping of a text: {QUOTE}" if value.count(": ") or line.count(": ") > 1 else ""


def comment(rest: str) -> str:
    """Return the advice for an expression that YAML may have cut at a `` #``, or an empty text.

    Args:
        rest: what follows the value on its line.
    """
    return f"YAML reads what follows ` #` as a comment: {QUOTE}" if re.match(r"\s+#", rest) else ""
