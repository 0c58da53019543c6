"""The declared ``once``, ``throttle`` and caps, of a workflow and of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.errors import ExpressionError
from ecomflow.expressions import Env, compile_expression, parse_duration
from ecomflow.language.draft import as_text
from ecomflow.language.nearest import nearest
from ecomflow.model import Token

if TYPE_CHECKING:
    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node

_EVERYONE = compile_expression("'all'", Env())


def tokens(draft: Draft, node: Node, names: Names, name: str) -> tuple[Token, ...]:
    """Return what a workflow or step declares, in the order in which it is asked (R:E6).

    Args:
        draft: the workflow in the making.
        node: the workflow or step.
        names: the names in scope of the keys.
        name: what the tokens of ``once`` and ``throttle`` are counted under.
    """
    found = [_own(draft, kind, inner, names, name) for kind in ("once", "throttle") if (inner := node.get(kind)) is not None and isinstance(inner.value, dict)]
    caps = node.get("caps")
    if caps is not None and isinstance(caps.value, (str, list)):
        found += [token for item in caps.items() if (token := _cap(draft, item, names)) is not None]
    return tuple(found)


def _own(draft: Draft, kind: str, node: Node, names: Names, name: str) -> Token:
    key = node.get("key")
    expression = _EVERYONE if key is None else draft.expression(key, names)
    return Token(kind, name, expression, int(node.value.get("limit", 1)), draft.duration(node.get("per")))


def _cap(draft: Draft, node: Node, names: Names) -> Token | None:
    name, caps = str(node.value), draft.around.caps
    if name not in caps:
        node.fault("EF122", f"unknown cap `{name}`", nearest(name, caps) or "define it under `caps` in the project file")
        return None
    draft.uses.caps.add(name)
    written = caps[name]
    try:
        key = compile_expression(as_text(written["key"]), draft.env(names))
        per = parse_duration(written["per"]) if "per" in written else None
    except ExpressionError as error:
        # The text stands in the project file; what does not fit this workflow is reported where the cap is named.
        node.fault(error.code, f"the cap `{name}` does not fit this workflow: {error.message}", error.help)
        return None
    draft.uses.note(key.paths, draft.around)
    return Token("cap", name, key, int(written.get("limit", 1)), per)
