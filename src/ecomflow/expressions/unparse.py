"""Syntax tree to text: how a part of an expression is named to people."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from jinja2 import nodes

_COMPARE: Final = {"eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in", "notin": "not in"}


def unparse(node: nodes.Node) -> str:
    """Return the text of an expression's part."""
    write = _WRITERS.get(type(node))
    if write is not None:
        return write(node)
    if isinstance(node, nodes.BinExpr):
        return f"{_part(node.left)} {node.operator} {_part(node.right)}"
    if isinstance(node, nodes.UnaryExpr):
        return f"{node.operator}{' ' if node.operator == 'not' else ''}{_part(node.node)}"
    return "…"


def _part(node: nodes.Node) -> str:
    text = unparse(node)
    return f"({text})" if isinstance(node, (nodes.And, nodes.Or, nodes.CondExpr, nodes.Compare, nodes.BinExpr)) else text


def _const(node: Any) -> str:
    value = node.value
    if isinstance(value, str):
        return repr(str(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    return {True: "true", False: "false", None: "none"}[value] if value is None or isinstance(value, bool) else str(value)


def _compare(node: Any) -> str:
    return " ".join([_part(node.expr), *(f"{_COMPARE[operand.op]} {_part(operand.expr)}" for operand in node.ops)])


def _arguments(node: Any) -> str:
    named = [f"{pair.key}={unparse(pair.value)}" for pair in node.kwargs or ()]
    shown = ", ".join([*map(unparse, node.args or ()), *named])
    return f"({shown})" if shown else ""


def _slice(node: Any) -> str:
    return ":".join(unparse(part) if part is not None else "" for part in (node.start, node.stop))


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    nodes.Const: _const,
    nodes.Name: lambda node: str(node.name),
    nodes.Getattr: lambda node: f"{_part(node.node)}.{node.attr}",
    nodes.Getitem: lambda node: f"{_part(node.node)}[{unparse(node.arg)}]",
    nodes.Slice: _slice,
    nodes.Compare: _compare,
    nodes.Filter: lambda node: f"{_part(node.node)} | {node.name}{_arguments(node)}",
    nodes.Test: lambda node: f"{_part(node.node)} is {node.name}{_arguments(node)}",
    nodes.List: lambda node: f"[{', '.join(map(unparse, node.items))}]",
    nodes.Tuple: lambda node: f"({', '.join(map(unparse, node.items))})",
    nodes.Dict: lambda node: f"{{{', '.join(f'{unparse(pair.key)}: {unparse(pair.value)}' for pair in node.items)}}}",
    nodes.CondExpr: lambda node: f"{unparse(node.expr1)} if {unparse(node.test)}" + (f" else {unparse(node.expr2)}" if node.expr2 is not None else ""),
    nodes.Concat: lambda node: " ~ ".join(map(_part, node.nodes)),
    nodes.Call: lambda node: f"{_part(node.node)}({_arguments(node).strip('()')})",
}
