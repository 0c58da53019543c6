"""Filters of lists and mappings."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cmp_to_key, wraps
from typing import Any, Final

from markupsafe import Markup, escape

from ecomflow.errors import ExpressionError
from ecomflow.expressions.env import Env
from ecomflow.expressions.limits import MAX_TEXT, spend, too_large
from ecomflow.expressions.numbers import calculate, is_number
from ecomflow.expressions.paths import step
from ecomflow.expressions.values import compare, kind, to_text
from ecomflow.model import MISSING

Filter = Callable[..., Any]


class _NoOrderError(Exception):
    """Two items have no order between them."""


def field_of(item: Any, attribute: Any, env: Env) -> Any:
    """Return a field of an item, by a dotted name or a number; the item itself without one."""
    if attribute is None:
        return item
    parts = attribute.split(".") if isinstance(attribute, str) else [attribute]
    for part in parts:
        item = step(item, int(part) if isinstance(part, str) and part.isascii() and part.isdigit() and isinstance(item, list) else part, env.tz)
    return item


def _of_list(change: Filter) -> Filter:
    """Let a filter see lists only; anything else has no result."""

    @wraps(change)
    def apply(env: Env, value: Any, *args: Any, **named: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return MISSING
        spend(1 + len(value))
        return change(env, value, *args, **named)

    return apply


def _keyed(env: Env, items: Any, attribute: Any, case_sensitive: Any) -> list[tuple[Any, Any]]:
    found = [(field_of(item, attribute, env), item) for item in items]
    if case_sensitive is True:
        return found
    return [(key.lower() if isinstance(key, str) else key, item) for key, item in found]


def _ranked(env: Env, pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return (key, item) pairs in order.

    Raises:
        _NoOrderError: two keys have no order.
    """

    def order(a: tuple[Any, Any], b: tuple[Any, Any]) -> int:
        found = compare(a[0], b[0], env.tz)
        if found is None:
            raise _NoOrderError
        return found

    if any(key is MISSING for key, _ in pairs):
        raise _NoOrderError
    return sorted(pairs, key=cmp_to_key(order))


def _min(env: Env, value: Any, case_sensitive: Any = False, attribute: Any = None) -> Any:
    return _edge(env, value, case_sensitive, attribute, last=False)


def _max(env: Env, value: Any, case_sensitive: Any = False, attribute: Any = None) -> Any:
    return _edge(env, value, case_sensitive, attribute, last=True)


def _edge(env: Env, value: Any, case_sensitive: Any, attribute: Any, *, last: bool) -> Any:
    try:
        ranked = _ranked(env, _keyed(env, value, attribute, case_sensitive))
    except _NoOrderError:
        return MISSING
    if not ranked:
        return MISSING
    edge = ranked[-1 if last else 0][0]
    return next(item for key, item in ranked if compare(key, edge, env.tz) == 0)


def _sort(env: Env, value: Any, reverse: Any = False, case_sensitive: Any = False, attribute: Any = None) -> Any:
    try:
        ranked = [item for _, item in _ranked(env, _keyed(env, value, attribute, case_sensitive))]
    except _NoOrderError:
        return MISSING
    return ranked[::-1] if reverse is True else ranked


def _sum(env: Env, value: Any, attribute: Any = None, start: Any = 0) -> Any:
    total = start
    for item in value:
        number = field_of(item, attribute, env)
        if not is_number(number) or not is_number(total):
            return MISSING
        total = calculate("+", total, number)
    return total


def _join(env: Env, value: Any, by: Any = "", attribute: Any = None) -> Any:
    found = [field_of(item, attribute, env) for item in value]
    if any(item is MISSING for item in found):
        return MISSING
    texts = [to_text(item) for item in found]
    separator = to_text(by)
    if sum(map(len, texts)) + len(separator) * len(texts) > MAX_TEXT:
        raise too_large("a text")
    if any(isinstance(text, Markup) for text in (separator, *texts)):
        return escape(separator).join(map(escape, texts))
    return separator.join(texts)


def _unique(env: Env, value: Any, case_sensitive: Any = False, attribute: Any = None) -> Any:
    seen: set[Any] = set()
    kept = []
    for key, item in _keyed(env, value, attribute, case_sensitive):
        mark = (kind(key), key if key.__hash__ is not None else dumped(key))
        if mark not in seen:
            seen.add(mark)
            kept.append(item)
    return kept


def _groupby(env: Env, value: Any, attribute: Any, default: Any = MISSING, case_sensitive: Any = True) -> Any:
    found = [(default if key is MISSING else key, item) for key, item in _keyed(env, value, attribute, case_sensitive)]
    try:
        ranked = _ranked(env, [pair for pair in found if pair[0] is not MISSING])
    except _NoOrderError:
        return MISSING
    groups: list[dict[str, Any]] = []
    for key, item in ranked:
        if not groups or compare(groups[-1]["grouper"], key, env.tz) != 0:
            groups.append({"grouper": key, "list": []})
        groups[-1]["list"].append(item)
    return groups


def _batch(env: Env, value: Any, size: Any, fill_with: Any = None) -> Any:  # noqa: ARG001 one shape for all filters
    if type(size) is not int or not 0 < size <= len(value) + 1_000:
        return MISSING
    rows = [list(value[start : start + size]) for start in range(0, len(value), size)]
    if fill_with is not None and rows:
        rows[-1].extend([fill_with] * (size - len(rows[-1])))
    return rows


def _slice(env: Env, value: Any, columns: Any) -> Any:  # noqa: ARG001
    if type(columns) is not int or not 0 < columns <= len(value) + 1_000:
        return MISSING
    size, more = divmod(len(value), columns)
    ends = [size * (n + 1) + min(n + 1, more) for n in range(columns)]
    return [list(value[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]


def _length(env: Env, value: Any) -> Any:  # noqa: ARG001
    return len(value) if isinstance(value, (list, tuple, str, Mapping)) else MISSING


def _edge_item(position: int) -> Filter:
    return lambda env, value: value[position] if isinstance(value, (list, tuple, str)) and value else MISSING  # noqa: ARG005


def _reverse(env: Env, value: Any) -> Any:  # noqa: ARG001
    return value[::-1] if isinstance(value, (list, str)) else MISSING


def _list(env: Env, value: Any) -> Any:  # noqa: ARG001
    return list(value) if isinstance(value, (list, tuple, str, Mapping)) else MISSING


def _items(env: Env, value: Any) -> Any:  # noqa: ARG001
    return [[key, item] for key, item in value.items()] if isinstance(value, Mapping) else MISSING


def _dictsort(env: Env, value: Any, case_sensitive: Any = False, by: Any = "key", reverse: Any = False) -> Any:
    pairs = _items(env, value)
    return MISSING if pairs is MISSING else _sort(env, pairs, reverse, case_sensitive, 1 if by == "value" else 0)


def dumped(value: Any) -> str:
    """Return a value as JSON, decimals digit by digit."""
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{dumped(str(key))}: {dumped(item)}' for key, item in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(dumped, value))}]"
    if isinstance(value, date) or kind(value) == "duration":
        return dumped(to_text(value))
    if kind(value) in ("other", "missing", "calendar"):
        raise ExpressionError("EF210", "this value has no JSON")
    return "null" if value is None else to_text(value)


_UNSAFE: Final = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&'"}


def _tojson(env: Env, value: Any) -> Any:  # noqa: ARG001
    return Markup(dumped(value).translate(_UNSAFE))  # noqa: S704 what HTML reads as markup is written as \u003c


FILTERS: Final[dict[str, Filter]] = {
    "batch": _of_list(_batch),
    "count": _length,
    "dictsort": _dictsort,
    "first": _edge_item(0),
    "groupby": _of_list(_groupby),
    "items": _items,
    "join": _of_list(_join),
    "last": _edge_item(-1),
    "length": _length,
    "list": _list,
    "max": _of_list(_max),
    "min": _of_list(_min),
    "reverse": _reverse,
    "slice": _of_list(_slice),
    "sort": _of_list(_sort),
    "sum": _of_list(_sum),
    "tojson": _tojson,
    "unique": _of_list(_unique),
}
