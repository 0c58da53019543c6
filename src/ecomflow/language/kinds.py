"""Triggers of kinds that plugins bring: the settings by their schema, then the watch that the kind makes of them."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ecomflow.language.pairing import event_types
from ecomflow.language.shapes import ANY, Shape, shape_of
from ecomflow.model import Trigger, Watch

if TYPE_CHECKING:
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
    settings = {key: _setting(draft, spec, key, part, names) for key, part in node.entries() if key not in ("id", "event")}
    given = {key: value for key, value in settings.items() if value is not None}
    if written.types:
        given["event"] = written.types
    watch = _made(node, spec, given) if _errors(draft) == before else Watch()
    return Trigger(
        spec.name, node.value.get("id"), written.position, watch.types, settings, watch, _identity(node, spec, watch), spec.single, spec.event
    )  # fmt: skip


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
