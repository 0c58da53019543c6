"""The inputs of a workflow: their defaults, and the values that the project file gives instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.language.shapes import ANY, Shape, closed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.language.node import Node

_KEYS: Final = frozenset({"default", "description"})


def inputs(node: Node | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each input that a workflow declares.

    Args:
        node: what stands under ``inputs``.
        given: the project file's values.
    """
    found: dict[str, Any] = {}
    for name, value in node.entries() if node is not None and isinstance(node.value, dict) else ():
        if not name.isidentifier():
            node.key_fault(name, "EF119", f"`{name[:60]}` cannot be the name of an input", "letters, digits and underscores, not a digit first")  # type: ignore[union-attr] # it has entries
        _check_keys(value)
        described = isinstance(value.value, dict) and bool(value.value) and value.value.keys() <= _KEYS
        if name in given:
            found[name] = given[name]
        elif not described:
            found[name] = value.value
        elif "default" in value.value:
            found[name] = value.value["default"]
        else:
            value.fault("EF125", f"input `{name}` has no value", "give it a `default`, or a value under `inputs` in the project file")
            found[name] = None
    return found


def _check_keys(value: Node) -> None:
    """Note what stands beside a default and its description: in most cases what follows a comma in the latter."""
    if isinstance(value.value, dict) and value.value.keys() > _KEYS:
        for key in sorted(value.value.keys() - _KEYS):
            value.unknown(key, _KEYS, "an input", "put a description that holds a comma in quotes")


def inputs_shape(values: Mapping[str, Any]) -> Shape:
    """Return what is known of ``inputs`` in expressions: the names, not the kinds, which a project may change."""
    return closed("the inputs of this workflow", **dict.fromkeys(values, ANY))
