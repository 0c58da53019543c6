"""What the builders of closures need of the compiler, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.env import Env
from ecomflow.expressions.paths import Value
from ecomflow.expressions.unparse import unparse

Test = Callable[[Mapping[str, Any]], bool | None]
_INSTEAD: Final = {
    nodes.Call: "expressions do not call anything: use a filter (`x | length`), or name a field without brackets",
    nodes.NSRef: "namespaces do not exist here: use `vars`",
}


class Parts(Protocol):
    """The compiler, as the builders see it."""

    env: Env
    tz: ZoneInfo

    def value(self, node: nodes.Node) -> Value:
        """Return the closure that gives a part's value."""

    def test(self, node: nodes.Node) -> Test:
        """Return the closure that gives a part's outcome."""

    def static(self, node: nodes.Node) -> str | None:
        """Return the kind that a part certainly has, if that is known."""


def refused(node: nodes.Node) -> ExpressionError:
    """Return the error for a part that expressions do not have."""
    help = next((text for kind, text in _INSTEAD.items() if isinstance(node, kind)), "")
    return ExpressionError("EF202", f"`{unparse(node)}` is not allowed in an expression", offset=node.lineno, help=help)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean …`` for a misspelt word, or an empty text."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{found[0]}`?" if found else ""
