"""What ``{{ … }}`` writes into a text (R:X4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.env import Env
from ecomflow.expressions.expression import why_missing
from ecomflow.expressions.unparse import unparse
from ecomflow.expressions.values import to_text
from ecomflow.model import MISSING

Render = Callable[[Mapping[str, Any]], Any]
Write = Callable[[Any, Mapping[str, Any]], str]


def writer(node: nodes.Node, env: Env) -> Write:
    """Return the closure that gives a value that is no text as text, from the value and the scope.

    Args:
        node: the syntax tree of what gave it, for the message where it has none.
        env: what that was compiled against.
    """

    def write(value: Any, scope: Mapping[str, Any]) -> str:
        if value is MISSING:
            raise why_missing(node, scope, env)
        try:
            return to_text(value)
        except ExpressionError as error:
            raise ExpressionError(error.code, f"`{unparse(node)}`: {error.message}", offset=node.lineno, help=error.help) from None

    return write
