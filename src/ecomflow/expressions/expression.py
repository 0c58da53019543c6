"""Compiled expressions: keys that decide or name a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes
from markupsafe import Markup

from ecomflow.errors import ExpressionError
from ecomflow.expressions.compiler import Compiler
from ecomflow.expressions.durations import Span, duration_text
from ecomflow.expressions.env import Env
from ecomflow.expressions.parts import nearest
from ecomflow.expressions.paths import Value, path_of, step
from ecomflow.expressions.remembering import remembered
from ecomflow.expressions.syntax import parse_expression
from ecomflow.expressions.unparse import unparse
from ecomflow.model import MISSING


def plain(value: Any) -> Any:
    """Return a result as a value of the language: a span as the text of a duration, marked HTML as text."""
    if type(value) is Span:
        return duration_text(value.seconds)
    return str(value) if type(value) is Markup else value


@dataclass(frozen=True, slots=True)
class CompiledExpression:
    """An expression without braces.

    Attributes:
        source: its text.
        paths: every constant path that it reads.
    """

    source: str
    paths: tuple[tuple[str, ...], ...]
    read: Value

    def value(self, scope: Mapping[str, Any]) -> Any:
        """Return the value, or MISSING where there is none."""
        try:
            return plain(self.read(scope))
        except (ExpressionError, ArithmeticError, ValueError):  # beyond a limit, or beyond the calendar
            return MISSING


@remembered
def compile_expression(text: str, env: Env) -> CompiledExpression:
    """Compile an expression; braces around the whole are taken off.

    Args:
        text: the expression.
        env: what it is compiled against.

    Raises:
        ExpressionError: it is none, or names what does not exist.
    """
    compiler = Compiler(env)
    read = compiler.value(parse_expression(text))
    return CompiledExpression(text.strip(), tuple(compiler.paths), read)


def why_missing(node: nodes.Node, scope: Mapping[str, Any], env: Env) -> ExpressionError:
    """Return the error that says which path of an expression is missing, or that it has no value."""
    for part in (node, *node.find_all((nodes.Getattr, nodes.Getitem, nodes.Name))):
        path = path_of(part)
        if path is not None and not _inside(part, node) and (found := _missing(path, scope, env)) is not None:
            text = _written(path)
            return ExpressionError("EF209", f"`{text}` is missing", offset=node.lineno, length=len(text), help=found)
    return ExpressionError("EF209", f"`{unparse(node)}` has no value", offset=node.lineno, help="its parts do not fit together; `default` gives a value instead")


def _inside(part: nodes.Node, node: nodes.Node) -> bool:
    """Return whether a path is a default's left side, which may be missing."""
    return any(part in (item.node, *(item.node.find_all(type(part)) if item.node else ())) for item in node.find_all(nodes.Filter) if item.name in ("default", "d"))


def _written(path: tuple[Any, ...]) -> str:
    return str(path[0]) + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path[1:])


def _missing(path: tuple[Any, ...], scope: Mapping[str, Any], env: Env) -> str | None:
    """Return a hint where a path leads to nothing, None where it has a value."""
    value: Any = scope
    for part in path:
        inner = step(value, part, env.tz)
        if inner is MISSING:
            hint = nearest(str(part), (key for key in value if isinstance(key, str))) if isinstance(value, Mapping) else ""
            return hint or "where it may be missing, write `| default(…)`"
        value = inner
    return None
