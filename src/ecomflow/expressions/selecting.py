"""The filters that take the name of another filter or of a test: map, select, reject, selectattr, rejectattr."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes

from ecomflow.errors import ExpressionError
from ecomflow.expressions.filters_list import field_of
from ecomflow.expressions.limits import limited, spend
from ecomflow.expressions.parts import Parts
from ecomflow.expressions.paths import Value, constant_of
from ecomflow.model import MISSING

SELECTING: Final = frozenset({"map", "select", "reject", "selectattr", "rejectattr"})
Find = Callable[[str, int], Callable[..., Any]]
Change = Callable[[Any, Mapping[str, Any]], Any]


def selecting(parts: Parts, node: nodes.Filter, whole: Value, find_filter: Find, find_test: Find) -> Value:
    """Return the closure of one of these filters; what they name is a constant text and looked up while compiling.

    Raises:
        ExpressionError: what they name does not exist, or is no constant.
    """
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise ExpressionError("EF205", "arguments are written out, without `*`", offset=node.lineno)
    change = _mapped(parts, node, find_filter) if node.name == "map" else _selected(parts, node, find_test)

    def apply(scope: Mapping[str, Any]) -> Any:
        items = whole(scope)
        if not isinstance(items, (list, tuple)):
            return MISSING
        spend(1 + len(items))
        return limited(change(items, scope))

    return apply


def _word(node: nodes.Filter, position: int, what: str) -> str:
    found = constant_of(node.args[position]) if len(node.args) > position else MISSING
    if not isinstance(found, str):
        raise ExpressionError("EF205", f"filter `{node.name}` takes the name of a {what}, in quotes", offset=node.lineno, length=len(node.name))
    return found


def _mapped(parts: Parts, node: nodes.Filter, find: Find) -> Change:
    named = {str(pair.key): parts.value(pair.value) for pair in node.kwargs}
    if "attribute" in named:
        return _fields(parts, node, named)
    run = find(_word(node, 0, "filter"), node.lineno)
    args = [parts.value(argument) for argument in node.args[1:]]

    def change(items: Any, scope: Mapping[str, Any]) -> Any:
        given, extra = [argument(scope) for argument in args], {key: argument(scope) for key, argument in named.items()}
        size, out = 0, []
        for item in items:
            out.append(found := run(item, *given, **extra))
            size += len(found) if isinstance(found, str) else 1
            if found is MISSING or size > _MAX_SIZE:
                return MISSING
        return out

    return change


_MAX_SIZE: Final = 1_048_576


def _fields(parts: Parts, node: nodes.Filter, named: dict[str, Value]) -> Change:
    if set(named) - {"attribute", "default"} or node.args:
        raise ExpressionError("EF205", "filter `map` takes the name of a filter, or `attribute` and `default`", offset=node.lineno)
    default = named.get("default")

    def change(items: Any, scope: Mapping[str, Any]) -> Any:
        attribute = named["attribute"](scope)
        found = [field_of(item, attribute, parts.env) for item in items]
        if default is not None:
            found = [default(scope) if item is MISSING else item for item in found]
        return MISSING if any(item is MISSING for item in found) else found

    return change


def _selected(parts: Parts, node: nodes.Filter, find: Find) -> Change:
    """Keep the items whose outcome is the wanted one: an unknown outcome keeps none."""
    env, wanted = parts.env, node.name.startswith("select")
    by_field = node.name.endswith("attr")
    field = _word(node, 0, "field") if by_field else None
    position = 1 if by_field else 0
    run = find(_word(node, position, "test"), node.lineno) if len(node.args) > position else _holds
    args = [parts.value(argument) for argument in node.args[position + 1 :]]

    def change(items: Any, scope: Mapping[str, Any]) -> Any:
        given = [argument(scope) for argument in args]
        return [item for item in items if _kept(run, env, field_of(item, field, env), given) is wanted]

    return change


def _holds(env: Any, value: Any) -> bool | None:  # noqa: ARG001 one shape for all tests
    return value if value is True or value is False else None


def _kept(run: Callable[..., bool | None], env: Any, value: Any, given: list[Any]) -> bool | None:
    try:
        return None if value is MISSING else run(env, value, *given)
    except TypeError:
        return None
