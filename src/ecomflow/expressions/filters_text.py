"""Filters of texts and numbers."""

from __future__ import annotations

import hashlib
import textwrap
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup, escape

from ecomflow.errors import ExpressionError
from ecomflow.expressions import patterns
from ecomflow.expressions.env import Env
from ecomflow.expressions.limits import MAX_TEXT, MAX_WIDTH, too_large
from ecomflow.expressions.numbers import ARITHMETIC, bounded, is_number, parse_number, round_number
from ecomflow.expressions.values import kind, to_text
from ecomflow.model import MISSING

Filter = Callable[..., Any]


def _of_text(change: Filter) -> Filter:
    """Let a filter see texts only: null stays null, a number, bool or time becomes text, the rest has no result."""

    @wraps(change)
    def apply(env: Env, value: Any, *args: Any, **named: Any) -> Any:  # noqa: ARG001 one shape for all filters
        if value is None:
            return None
        if isinstance(value, (list, tuple, dict)):
            return MISSING
        return change(value if isinstance(value, str) else to_text(value), *args, **named)

    return apply


def _width(number: Any) -> int:
    if not isinstance(number, int) or not 0 <= number <= MAX_WIDTH:
        raise ExpressionError("EF208", f"a width is a whole number up to {MAX_WIDTH}")
    return number


def _center(text: str, width: Any = 80) -> str:
    return text.center(_width(width))


def _indent(text: str, width: Any = 4, first: Any = False) -> str:
    lines = text.split("\n")
    if len(text) + len(lines) * _width(width) > MAX_TEXT:
        raise too_large("a text")
    pad = " " * _width(width)
    return ("\n" + pad).join(lines) if not first else pad + ("\n" + pad).join(lines)


def _wordwrap(text: str, width: Any = 79) -> str:
    return "\n".join("\n".join(textwrap.wrap(line, max(1, _width(width)))) for line in str(text).splitlines())


def _truncate(text: str, length: Any = 255, killwords: Any = False, end: str = "…") -> str:
    if len(text) <= _width(length):
        return text
    cut = text[: max(0, length - len(end))]
    return (cut if killwords is True else cut.rsplit(" ", 1)[0]) + end


def _replace(text: str, old: str, new: Any) -> str:
    by = to_text(new)
    if len(text) + text.count(old) * len(by) > MAX_TEXT:
        raise too_large("a text")
    return text.replace(old, by)


def _regex_replace(text: str, pattern: str, by: str = "", ignorecase: Any = False) -> str:
    if (len(text) + 1) * (len(by) + 1) > MAX_TEXT * 16:
        raise too_large("a text")
    return patterns.replace(text, pattern, by, bool(ignorecase))


def _title(text: str) -> str:
    return "".join(word[:1].upper() + word[1:].lower() for word in patterns.compiled(r"[\s\-(\[{<]+|[^\s\-(\[{<]+").findall(str(text)))


def _striptags(text: str) -> str:
    return Markup(text).striptags()  # noqa: S704 the tags go, and the result is plain text


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(letter if letter.isalnum() else " " for letter in plain).split())


def _bucket(text: str, count: Any) -> Any:
    if type(count) is not int or count < 1:
        return MISSING
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") % count


def _split(text: str, by: Any = None) -> Any:
    return MISSING if by == "" else str(text).split(by)


_FORMAT: Final = r"%(?:%|([-+0 ]{0,2})(\d{0,3})(?:\.(\d{1,2}))?([sdf]))"


def _format(text: str, *values: Any) -> Any:
    """Fill ``%s``, ``%d`` and ``%.2f`` into a text, without binary floats."""
    left, out, position = list(values), [], 0
    for found in patterns.compiled(_FORMAT).finditer(str(text)):
        out.append(text[position : found.start()])
        position = found.end()
        if found.group() == "%%":
            out.append("%")
        elif not left:
            return MISSING
        else:
            out.append(_formatted(left.pop(0), *found.groups()))
    return "".join([*out, text[position:]]) if not left else MISSING


def _formatted(value: Any, flags: str, width: str, digits: str | None, letter: str) -> str:
    if letter == "s":
        shown = to_text(value)
        shown = shown if digits is None else shown[: int(digits)]
        return shown.ljust(int(width or 0)) if "-" in flags else shown.rjust(int(width or 0))
    if not is_number(value):
        raise ExpressionError("EF210", f"%{letter} takes a number, not a {kind(value)}")
    rounded = _whole(value) if letter == "d" else round_number(value, 6 if digits is None else int(digits))
    align = "<" if "-" in flags else "=" if "0" in flags else ">"
    sign = "+" if "+" in flags else " " if " " in flags else "-"
    fill = "0" if "0" in flags and "-" not in flags else " "
    return format(Decimal(rounded), f"{fill}{align}{sign}{width}f") if width else format(Decimal(rounded), f"{sign}f")


def _whole(value: Any) -> Any:
    return MISSING if bounded(value) is MISSING else int(value)


def _int(env: Env, value: Any, default: Any = MISSING) -> Any:  # noqa: ARG001 one shape for all filters
    number = parse_number(value) if isinstance(value, str) else value
    return _whole(number) if is_number(number) else default


def _decimal(env: Env, value: Any, default: Any = MISSING) -> Any:  # noqa: ARG001
    number = parse_number(value) if isinstance(value, str) else value
    return Decimal(number) if is_number(number) and bounded(number) is not MISSING else default


def _abs(env: Env, value: Any) -> Any:  # noqa: ARG001
    return (ARITHMETIC.abs(value) if type(value) is Decimal else abs(value)) if is_number(value) else MISSING


def _round(env: Env, value: Any, precision: Any = 0, method: Any = "common") -> Any:  # noqa: ARG001
    if not is_number(value) or type(precision) is not int:
        return MISSING
    if method == "common":
        return round_number(value, precision)
    unit = Decimal(1).scaleb(-precision) if abs(precision) <= 20 else MISSING
    if unit is MISSING or method not in ("floor", "ceil"):
        return MISSING
    rounded = round_number(value, precision)
    short = rounded is not MISSING and (rounded < value if method == "ceil" else rounded > value)
    return rounded if not short else rounded + (unit if method == "ceil" else -unit)


def _escaped(text: str) -> Markup:
    return escape(text)


def _string(env: Env, value: Any) -> Any:  # noqa: ARG001
    return value if isinstance(value, str) else to_text(value)


FILTERS: Final[dict[str, Filter]] = {
    "abs": _abs,
    "bucket": _of_text(_bucket),
    "capitalize": _of_text(lambda text: text.capitalize()),
    "center": _of_text(_center),
    "decimal": _decimal,
    "escape": _of_text(_escaped),
    "e": _of_text(_escaped),
    "float": _decimal,
    "forceescape": _of_text(lambda text: escape(str(text))),
    "format": _of_text(_format),
    "indent": _of_text(_indent),
    "int": _int,
    "lower": _of_text(lambda text: text.lower()),
    "regex_replace": _of_text(_regex_replace),
    "replace": _of_text(_replace),
    "round": _round,
    "safe": _of_text(lambda text: Markup(text)),  # noqa: PLW0108, S704 the class takes more than a text
    "slug": _of_text(_slug),
    "split": _of_text(_split),
    "string": _string,
    "striptags": _of_text(_striptags),
    "title": _of_text(_title),
    "trim": _of_text(lambda text, chars=None: text.strip(chars)),
    "truncate": _of_text(_truncate),
    "upper": _of_text(lambda text: text.upper()),
    "urlencode": _of_text(lambda text: quote(str(text), safe="/")),
    "wordcount": _of_text(lambda text: len(text.split())),
    "wordwrap": _of_text(_wordwrap),
}
