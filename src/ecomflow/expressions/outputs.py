"""What ``{{ … }}`` writes into a text (R:X4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.env import Env
from ecomflow.expressions.expression import why_missing
from ecomflow.expressions.paths import Value
from ecomflow.expressions.unparse import unparse
from ecomflow.expressions.values import to_text
from ecomflow.model import MISSING

Render = Callable[[Mapping[str, Any]], Any]


def text_output(read: Value, node: nodes.Node, env: Env) -> Render:
    """Return the closure that gives a part of a template as text.

    Args:
        read: gives its value.
        node: its syntax tree, for the message where it has none.
        env: what it was compiled against.
    """

    def output(scope: Mapping[str, Any]) -> str:
        value = read(scope)
        if type(value) is str:
            return value
        if value is MISSING:
            raise why_missing(node, scope, env)
        try:
            return to_text(value)
        except ExpressionError as error:
            raise ExpressionError(error.code, f"`{unparse(node)}`: {error.message}", offset=node.lineno, help=error.help) from None

    return output
