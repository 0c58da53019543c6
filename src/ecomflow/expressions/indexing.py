"""Which equalities of a condition the matching index may use (R:X6)."""

from __future__ import annotations

from typing import Any, Final

from jinja2 import nodes

from ecomflow.expressions.comparing import constants_of
from ecomflow.expressions.conditions import Condition, Labelled, Several, Single
from ecomflow.expressions.durations import TIME_PARTS, iso
from ecomflow.expressions.paths import constant_of, path_of
from ecomflow.expressions.values import kind
from ecomflow.model import MISSING, IndexKey

_NOT_DATA: Final = frozenset({"event", "trigger", "events", "inputs", "vars", "steps", "run", "now", "calendars", "people", "loop", "error", "arriving", "omit"})


def index_keys(condition: Condition) -> tuple[IndexKey, ...]:
    """Return the conjuncts that compare a field of the event's data with constants.

    An event whose field is there, of the constants' kind, and none of them makes the whole condition false; that is all
    an index may conclude. Null and texts that read as times are left out: they compare across kinds.
    """
    if isinstance(condition, Labelled):
        return index_keys(condition.inner)
    if isinstance(condition, Several):
        return tuple(key for part in condition.parts for key in index_keys(part)) if condition.every else ()
    key = _key(condition.node) if isinstance(condition, Single) and condition.positive else None
    return () if key is None else (key,)


def _key(node: nodes.Expr) -> IndexKey | None:
    if not isinstance(node, nodes.Compare) or len(node.ops) != 1:
        return None
    op, other = node.ops[0].op, node.ops[0].expr
    if op == "eq":
        path, value = path_of(node.expr), constant_of(other)
        if path is None:
            path, value = path_of(other), constant_of(node.expr)
        return _of(path, [value])
    return _of(path_of(node.expr), constants_of(other) or []) if op == "in" else None


def _of(path: tuple[Any, ...] | None, values: list[Any]) -> IndexKey | None:
    if path is None or path[0] in _NOT_DATA or path[-1] in TIME_PARTS or not all(isinstance(part, str) for part in path):
        return None
    kinds = {kind(value) for value in values}
    if len(kinds) != 1 or not kinds <= {"text", "number", "bool"} or any(value is MISSING or (isinstance(value, str) and iso(value) is not None) for value in values):
        return None
    return IndexKey(path, tuple(values))
