"""Lists of steps: the kind of each, what all kinds share, and what forbids a step at its place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ecomflow.language import control, waiting
from ecomflow.language.actions import action
from ecomflow.language.conditions import condition
from ecomflow.language.fitting import described, fits
from ecomflow.language.grammar import STEPS_OF_KIND
from ecomflow.language.nearest import nearest
from ecomflow.language.place import MAX_NESTING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.language.place import Builder, Place
    from ecomflow.model import Step

    Build = Callable[[Builder, Node, Names, Place, dict[str, Any]], Step]

_SHARED: Final = frozenset({"id", "name", "on_unknown", "with", "do", "data"})
IN_FINALLY: Final = ("action", "set", "if", "choose", "emit")
_BUILDERS: Final[Mapping[str, Build]] = {
    "action": action,
    "wait": waiting.wait,
    "wait_for": waiting.wait_for,
    "ask_approval": waiting.ask_approval,
    "if": control.if_,
    "choose": control.choose,
    "for_each": control.for_each,
    "parallel": control.parallel,
    "repeat": control.repeat,
    "continue_if": control.continue_if,
    "set": control.set_,
    "call": control.call,
    "emit": control.emit,
    "try": control.try_,
    "stop": control.stop,
    "fail": control.fail,
}


@dataclass
class StepBuilder:
    """Builds lists of steps of one workflow."""

    draft: Draft

    def block(self, node: Node | None, names: Names, place: Place) -> tuple[Step, ...]:
        """Return the steps of a list; faulty ones are noted and left out.

        Args:
            node: the list.
            names: the names in scope.
            place: where it stands.
        """
        if node is None:
            return ()
        if not isinstance(node.value, list):
            node.fault("EF110", f"expected a list of steps, got {described(node.value)}", "begin each step with `- `")
            return ()
        if place.depth > MAX_NESTING:
            node.fault("EF134", f"steps nest deeper than {MAX_NESTING} levels")
            return ()
        return tuple(step for item in node.items() if (step := self._step(item, names, place)) is not None)

    def _step(self, node: Node, names: Names, place: Place) -> Step | None:
        if not isinstance(node.value, dict):
            node.fault("EF110", f"expected a step, got {described(node.value)}", "a step is a mapping such as `wait: 24h` or `action: email.send`")
            return None
        kind = kind_of(node, self.draft.around.catalog.actions)
        if kind is None:
            return None
        if place.in_finally and kind not in IN_FINALLY:
            node.key_fault(kind, "EF132", f"`{kind}` may not stand inside `finally`", f"`finally` holds only {', '.join(IN_FINALLY)}")
        if not fits(node, STEPS_OF_KIND[kind], f"a step of kind `{kind}`") and not _readable(node, kind):
            return None
        if isinstance(node.value.get("id"), str):
            self.draft.searches.pop(node.value["id"], None)  # of another loop
        return _BUILDERS[kind](self, node, names, place, self._common(node, kind, names))

    def _common(self, node: Node, kind: str, names: Names) -> dict[str, Any]:
        guard = None if kind == "if" else condition(self.draft, node.get("if"), names)
        return {
            "path": node.path,
            "id": node.value.get("id"),
            "name": node.value.get("name"),
            "guard": guard,
            "unknown_is_else": node.value.get("on_unknown") == "else",
            "line": node.line,
        }


def _readable(node: Node, kind: str) -> bool:
    """Return whether a step with faults has what its builder needs, so that the faults inside of it are found too."""
    schema = STEPS_OF_KIND[kind]
    return all(key in node.value for key in schema["required"]) and not any(
        _wrong(node.value[key], schema["properties"][key].get("type")) for key in node.value if key in schema["properties"]
    )


_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None), "number": (int,)}


def _wrong(value: Any, types: Any) -> bool:
    names = [types] if isinstance(types, str) else types or []
    return bool(names) and not any(isinstance(value, _TYPES[name]) for name in names)


def kind_of(node: Node, actions: Collection[str] = ()) -> str | None:
    """Return the kind of a step by its own key; None, and a fault, where it has none or several.

    Args:
        node: the step.
        actions: the names of those that are installed, for the advice.
    """
    kinds = [kind for kind in STEPS_OF_KIND if kind in node.value and kind != "if"]
    if "if" in node.value and ("then" in node.value or not kinds) and not (len(kinds) == 1 and "then" not in node.value):
        kinds.append("if")
    if len(kinds) == 1:
        return kinds[0]
    if kinds:
        several = " and ".join(f"`{kind}`" for kind in kinds)
        node.key_fault(kinds[1], "EF118", f"a step does one thing, and this one has {several}", "make two steps of it")
        return None
    _no_kind(node, actions)
    return None


def _no_kind(node: Node, actions: Collection[str]) -> None:
    keys = [key for key in node.value if key not in _SHARED] or list(node.value)
    help = next((found for key in keys if (found := nearest(key, STEPS_OF_KIND))), f"known are {', '.join(STEPS_OF_KIND)}")
    named = next((key for key in keys if key in actions), None)
    if named is not None:
        node.key_fault(named, "EF118", f"`{named}` is an action, not a kind of step", f"write `action: {named}` and its parameters under `with`")
    elif keys:
        node.key_fault(keys[0], "EF118", f"`{keys[0][:60]}` is no kind of step", help)
    else:
        node.fault("EF118", "an empty step", help)
