"""What the matching index may make of a condition (R:X6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jinja2 import nodes

from ecomflow.expressions.comparing import ORDER, constants_of
from ecomflow.expressions.conditions import Condition, Labelled, Several, Single
from ecomflow.expressions.durations import TIME_PARTS, iso
from ecomflow.expressions.explaining import TURNED
from ecomflow.expressions.paths import constant_of, path_of
from ecomflow.expressions.quantifiers import Quantified
from ecomflow.expressions.values import kind
from ecomflow.model import MISSING, Conjunct, IndexKey, IndexRange

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_NOT_DATA: Final = frozenset({"event", "trigger", "events", "inputs", "vars", "steps", "run", "now", "calendars", "people", "loop", "error", "arriving", "omit"})

_NEVER_DATA: Final = frozenset({"trigger", "inputs", "now", "calendars", "people"})
"""Names that are the scope's own everywhere."""

_ALL: Final = frozenset({("event",), ("event", "data")})


class Question(NamedTuple):
    """What one leaf asks, and all that its outcome depends on beside the data.

    Attributes:
        source: its text.
        positive: whether no ``not`` turns it around.
        zone: the time zone; ``locale`` the language.
        filters: which filters, by the identity of what holds them.
    """

    source: str
    positive: bool
    zone: str
    locale: str
    filters: int


def conjuncts(condition: Condition) -> tuple[Conjunct, ...]:
    """Return the parts of a condition that must all hold.

    Of an event whose field is there and of the constants' kind, a comparison with constants is true or false as they
    say. Null and texts that read as times are left out: they compare across kinds.

    Args:
        condition: a workflow's.
    """
    if isinstance(condition, Labelled):
        return conjuncts(condition.inner)
    if isinstance(condition, Several) and condition.every:
        return tuple(found for part in condition.parts for found in conjuncts(part))
    paths = condition.paths
    reads_data = not any(path[0] in _NOT_DATA for path in paths)
    form = _form(condition.node) if isinstance(condition, Single) and condition.positive else None
    return (Conjunct(_identity(condition), condition.test, form, tuple(map(_stored, paths))) if reads_data else Conjunct(_identity(condition), None, form),)


def _stored(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the part of a path that leads to what is stored: what follows, such as ``.year``, may be made of it."""
    made = next((at for at, name in enumerate(path) if at and name in TIME_PARTS), len(path))
    return path[:made]


def read_of_data(paths: Iterable[tuple[str, ...]]) -> frozenset[tuple[str, ...]] | None:
    """Return the paths under which all stands in an event's data that is read there; None where that may be anything.

    Args:
        paths: constant ones, as expressions and templates read them; of names that are a scope's own in some places alone,
            such as ``error``, a field of the data may be meant.
    """
    own = [path for path in paths if path[0] not in _NEVER_DATA and (path[0] != "event" or path[1:2] in ((), ("data",)))]
    if any(path[0] == "events" or path in _ALL for path in own):
        return None
    return frozenset(_stored(path[2:] if path[0] == "event" else path) for path in own)


def _identity(condition: Condition) -> Hashable:
    """Return what tells a condition from all that may have another outcome of the same data."""
    if isinstance(condition, Labelled):
        return _identity(condition.inner)
    if isinstance(condition, Several):
        return (condition.every, *map(_identity, condition.parts))
    if isinstance(condition, Quantified):
        return (condition.word, id(condition.items.read), condition.name, condition.all_of, _identity(condition.inner))
    if isinstance(condition, Single):
        env = condition.seen.env
        return Question(condition.source, condition.positive, env.zone, env.locale, id(env.filters))
    return id(condition)


def _form(node: nodes.Expr) -> IndexKey | IndexRange | None:
    if not isinstance(node, nodes.Compare) or len(node.ops) != 1:
        return None
    op, other = node.ops[0].op, node.ops[0].expr
    if op == "in":
        return _key(path_of(node.expr), constants_of(other) or [])
    path, value = path_of(node.expr), constant_of(other)
    if path is None:
        path, value, op = path_of(other), constant_of(node.expr), TURNED.get(op, op)
    if op == "eq":
        return _key(path, [value])
    return IndexRange(path, op, value) if op in ORDER and _indexed(path) and kind(value) == "number" else None  # type: ignore[arg-type] # all parts are names


def _indexed(path: tuple[Any, ...] | None) -> bool:
    return path is not None and path[0] not in _NOT_DATA and path[-1] not in TIME_PARTS and all(isinstance(part, str) for part in path)


def _key(path: tuple[Any, ...] | None, values: list[Any]) -> IndexKey | None:
    kinds = {kind(value) for value in values}
    if path is None or not _indexed(path) or len(kinds) != 1 or not kinds <= {"text", "number", "bool"}:
        return None
    if any(value is MISSING or (isinstance(value, str) and iso(value) is not None) for value in values):
        return None
    return IndexKey(path, tuple(values))
