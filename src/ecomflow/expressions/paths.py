"""Constant paths such as ``order.lines[0].sku``: finding them in a tree and reading them fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import nodes

from ecomflow.expressions.durations import TIME_PARTS, time_part
from ecomflow.model import MISSING

Value = Callable[[Mapping[str, Any]], Any]
Part = str | int


def path_of(node: nodes.Node | None) -> tuple[Part, ...] | None:
    """Return the constant path that a node is, or None."""
    parts: list[Part] = []
    while not isinstance(node, nodes.Name):
        part = constant_part(node)
        if part is None:
            return None
        parts.append(part)
        node = node.node  # type: ignore[union-attr] # a part stands in a Getattr or Getitem only
    return (node.name, *reversed(parts))


def constant_part(node: nodes.Node | None) -> Part | None:
    """Return the last part of a path, where it is constant."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem):
        found = constant_of(node.arg)
        return found if isinstance(found, (str, int)) and not isinstance(found, bool) else None
    return None


def constant_of(node: nodes.Node | None) -> Any:
    """Return the value of a constant, also with a sign; MISSING for what is none."""
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, (nodes.Neg, nodes.Pos)) and isinstance(node.node, nodes.Const):
        number = node.node.value
        if isinstance(number, (bool, str, type(None))):
            return MISSING
        return -number if isinstance(node, nodes.Neg) else number
    return MISSING


def step(value: Any, part: Any, tz: ZoneInfo) -> Any:
    """Return what one part of a path gives: data only, never an attribute."""
    if type(value) is dict or isinstance(value, Mapping):
        return value.get(part, MISSING) if isinstance(part, str) else MISSING
    if isinstance(part, int) and not isinstance(part, bool):
        inside = isinstance(value, (list, tuple, str)) and -len(value) <= part < len(value)
        return value[part] if inside else MISSING
    if isinstance(part, str) and part in TIME_PARTS and isinstance(value, (date, str)):
        found = time_part(value, part, tz)
        return MISSING if found is None else found
    return MISSING


def reader(path: tuple[Part, ...], tz: ZoneInfo) -> Value:
    """Return the function that reads a path from a scope."""
    name = str(path[0])

    def walk(scope: Mapping[str, Any]) -> Any:
        value = scope.get(name, MISSING)
        for part in path[1:]:
            value = step(value, part, tz)
        return value

    direct = _DIRECT.get(len(path))
    return walk if direct is None else direct(walk, *path)


def _one(walk: Value, name: Any) -> Value:  # noqa: ARG001 the shape of the three is one
    return lambda scope: scope.get(name, MISSING)


def _two(walk: Value, name: Any, a: Part) -> Value:
    def read(scope: Mapping[str, Any]) -> Any:
        try:
            return scope[name][a]
        except (LookupError, TypeError):
            return walk(scope)

    return read


def _three(walk: Value, name: Any, a: Part, b: Part) -> Value:
    def read(scope: Mapping[str, Any]) -> Any:
        try:
            return scope[name][a][b]
        except (LookupError, TypeError):
            return walk(scope)

    return read


_DIRECT: Mapping[int, Callable[..., Value]] = {1: _one, 2: _two, 3: _three}
