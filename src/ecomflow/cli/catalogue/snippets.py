"""YAML to paste: a step with the parameters that it needs, the others beside it as comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.catalogue.schemas import Argument, arguments, types_of
from ecomflow.testing.examples import example
from ecomflow.testing.values import flow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ecomflow.language.offered import TriggerKind
    from ecomflow.model import ActionSpec

_SHOWN: Final = {"threshold": ("below",), "absence": ("match",)}
"""Keys that a trigger of a kind needs, apart from those that its schema asks for."""
_MARKED: Final = {"duration": "24h", "template": "page.html", "expression": "order.total", "condition": "order.total > 100", "template-data": {"name": "value"}}


def step(spec: ActionSpec, connections: Sequence[str] = ()) -> str:
    """Return a step that calls an action.

    Args:
        spec: the action.
        connections: those of the project that can carry it out; where there are several, a step has to name one.
    """
    lines = [f"- action: {spec.name}"]
    if len(connections) > 1:
        lines.append(f"  connection: {connections[0]}  # or {' or '.join(connections[1:])}")
    known = arguments(spec.params)
    if known:
        lines += ["  with:", *commented(known, spec.params, "    ")]
    return "\n".join(lines)


def trigger(kind: TriggerKind) -> str:
    """Return a trigger of a kind.

    Args:
        kind: the kind.
    """
    needed = {*kind.schema.get("required", ()), *_SHOWN.get(kind.name, ())}
    shown = needed if needed & set(kind.keys) else {*needed, kind.keys[0]}
    return "\n".join(["trigger:", *commented(arguments(kind.schema), kind.schema, "  ", shown)])


def commented(known: Sequence[Argument], schema: Mapping[str, Any], indent: str, shown: Collection[str] = ()) -> list[str]:
    """Return ``key: value`` for each argument; those that may be left out stand as comments, below the others.

    Args:
        known: the arguments of the schema.
        schema: of an object.
        indent: in front of each line.
        shown: those that are no comments; by default those that are needed, or the first.
    """
    needed = [each for each in known if (each.name in shown if shown else each.need == "needed")] or list(known[:1])
    rest = [each for each in known if each not in needed]
    rows = [(f"{indent}{_pair(each, schema)}", each.text) for each in needed]
    rows += [(f"{indent}# {_pair(each, schema)}", each.text) for each in rest]
    width = max(len(left) for left, _ in rows)
    # Braces in a comment would look like a template that YAML has cut off.
    return [f"{left.ljust(width)}  # {text.replace('{{ ', '').replace(' }}', '')}" if text else left for left, text in rows]


def _pair(each: Argument, schema: Mapping[str, Any]) -> str:
    return f"{each.name}: {flow(value_for(schema['properties'][each.name], each.name))}"


def value_for(schema: Mapping[str, Any], name: str) -> Any:
    """Return a value that fits where a schema stands, as a person might write it.

    Args:
        schema: of the value.
        name: what the value is called.
    """
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("x-ecomflow") in _MARKED:
        return schema.get("default", _MARKED[schema["x-ecomflow"]])
    if "object" in types_of(schema) and not schema.get("properties"):
        return {"name": "value"}
    return example(schema, name) if schema.get("type") or len(schema) > 1 else {"name": "value"}
