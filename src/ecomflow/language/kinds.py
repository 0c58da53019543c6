"""Triggers of kinds that plugins bring: the settings by their schema, then the watch that the kind makes of them."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ecomflow.expressions.pairs import Pairs
from ecomflow.language.pairing import event_types, pairings
from ecomflow.language.shapes import ANY, Shape, shape_of
from ecomflow.model import Trigger, Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.model import TriggerSpec

_log = logging.getLogger("ecomflow")
_MARK: Final = "x-ecomflow"


@dataclass(frozen=True, slots=True)
class TriggerNode:
    """A trigger as it is written: its kind, its event types and its place in the list."""

    node: Node
    kind: str
    types: tuple[str, ...]
    position: int


def plugged_trigger(draft: Draft, written: TriggerNode, spec: TriggerSpec, names: Names) -> Trigger:
    """Return a trigger with the watch of its kind; what the kind refuses is noted.

    Args:
        draft: the workflow in the making.
        written: the trigger, whose shape has been checked.
        spec: its kind.
        names: the names in scope of its expressions.
    """
    node, before = written.node, _errors(draft)
    settings = {key: _setting(draft, spec, key, part, names) for key, part in node.entries() if key not in ("id", "event", "holds_for")}
    _pair(draft, node, spec, names, settings)
    given = {key: value for key, value in settings.items() if value is not None or key in _nulls(node, spec)}
    if written.types:
        given["event"] = written.types
    watch = _made(node, spec, given) if _errors(draft) == before else Watch()
    return Trigger(
        spec.name, node.value.get("id"), written.position, watch.types, settings, watch, _identity(node, spec, watch), spec.single, spec.event
    )  # fmt: skip


def _pair(draft: Draft, node: Node, spec: TriggerSpec, names: Names, settings: dict[str, Any]) -> None:
    """Compile what pairs an arriving event with the one before: of the types that its other setting names."""
    marks = {key: part.get(_MARK) for key, part in spec.settings["properties"].items()}
    for key in [key for key, mark in marks.items() if mark == "match"]:
        arriving = [each for name, mark in marks.items() if mark == "event" and name != "event" for each in settings.get(name) or ()]
        found = pairings(draft, node, names, tuple(arriving), at_start="")
        if found is not None:
            settings[key] = Pairs(found)


def _nulls(node: Node, spec: TriggerSpec) -> set[str]:
    """Return the settings that are null where null is a value of theirs, and no template has left them out."""
    null = {key for key, part in node.entries() if part.value is None}
    return {key for key in null if "null" in _types_of(spec.settings["properties"].get(key, {})) and _MARK not in spec.settings["properties"][key]}


def _types_of(schema: Mapping[str, Any]) -> list[str]:
    found = schema.get("type", [])
    return found if isinstance(found, list) else [found]


def data_of(draft: Draft, spec: TriggerSpec, types: tuple[str, ...]) -> Shape:
    """Return what is known of the data of the events that a trigger starts with: those it is told of, or makes."""
    if types:
        return draft.around.events.shape(types)
    return shape_of(spec.data, f"an event of trigger `{spec.name}`") if spec.data else ANY


def _errors(draft: Draft) -> int:
    return sum(fault.severity == "error" for fault in draft.source.faults)


def _setting(draft: Draft, spec: TriggerSpec, key: str, node: Node, names: Names) -> Any:
    mark = spec.settings["properties"].get(key, {}).get(_MARK)
    if node.value is None:
        return None
    if mark == "event":
        return event_types(draft, node)
    if mark == "expression":
        return draft.expression(node, names)
    if mark == "match":
        return node.value
    if mark == "duration":
        draft.duration(node)
    return draft.known(node)


def _made(node: Node, spec: TriggerSpec, settings: dict[str, Any]) -> Watch:
    try:
        return spec.make(settings)
    except ValueError as error:
        key, _, why = str(error).partition(": ")
        place = node.get(key) if why else None
        (place or node).fault("EF126", f"`{key}`: {why}" if place is not None else f"trigger of kind `{spec.name}`: {error}")
    except Exception as error:  # noqa: BLE001 a kind is foreign code, and one file must not stop the others
        _log.exception("trigger kind %s of %s", spec.name, spec.distribution)
        node.fault("EF126", f"the kind `{spec.name}` of {spec.distribution} failed on this: {type(error).__name__}: {error}"[:300])
    return Watch()


def _identity(node: Node, spec: TriggerSpec, watch: Watch) -> str:
    own = {key: part.value for key, part in node.entries() if key != "id"} if watch.identity is None else watch.identity
    return json.dumps([spec.name, own], sort_keys=True, default=_as_text, ensure_ascii=False)


def _as_text(value: Any) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)
