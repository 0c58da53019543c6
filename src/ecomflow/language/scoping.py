"""Names that steps and loops bring: whether they are free, and what is known of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ecomflow.errors import ExpressionError
from ecomflow.language.shapes import ANY

if TYPE_CHECKING:
    from ecomflow.expressions import Expression
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.language.shapes import Shape

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_PATH: Final = re.compile(r"\s*(?:\{\{)?\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*(?:\}\})?\s*")


def check_new_name(node: Node, name: object, names: Names) -> bool:
    """Note where an ``id`` or ``as`` cannot be a name or is one that is in scope already; return whether it is free.

    Args:
        node: where it is written.
        name: the name.
        names: those in scope.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        node.fault("EF119", f"`{name}` cannot be a name in expressions", "letters, digits and underscores, not a digit first")
        return False
    if names.holds(name):
        node.fault("EF119", f"`{name}` is already a name in scope", "choose another")
        return False
    return True


def item_shape(names: Names, items: Expression) -> Shape:
    """Return what is known of the items of a list that an expression gives."""
    path = path_in(items)
    if not path:
        return ANY
    try:
        return names.shape(path).items or ANY
    except ExpressionError:
        return ANY


def path_in(expression: Expression) -> tuple[str, ...]:
    """Return the path that an expression is, and nothing else; an empty one where it is more."""
    found = _PATH.fullmatch(expression.source)
    return () if found is None else tuple(found[1].split("."))
