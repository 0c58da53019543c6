"""The triggers of a workflow: their kinds, and what each brings into scope."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ecomflow.language.fitting import described, fits
from ecomflow.language.grammar import TRIGGER_KEYS, TRIGGERS
from ecomflow.language.kinds import TriggerNode, data_of, plugged_trigger
from ecomflow.language.loops import HEARS, Lead
from ecomflow.language.names import TEXT
from ecomflow.language.nearest import nearest
from ecomflow.language.pairing import event_types
from ecomflow.language.shapes import ANY, Shape, closed, union
from ecomflow.model import Firing, Reaction, Trigger, Watch, known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.model import Catalog, Debounce, Happening, TriggerSpec

_OWN: Final = "ecomflow"


def written_triggers(draft: Draft, node: Node | None) -> list[TriggerNode]:
    """Return the triggers of a workflow, checked for their shape.

    Args:
        draft: the workflow in the making.
        node: a trigger, or a list of them.
    """
    found: list[TriggerNode] = []
    for position, item in enumerate(node.items() if node is not None else []):
        if not isinstance(item.value, dict):
            item.fault("EF110", f"expected a trigger, got {described(item.value)}", "write `event: order.created`, or another kind")
            continue
        kind = _kind(draft, item)
        if kind is not None and fits(item, _schema(draft, kind), f"a trigger of kind `{kind}`", templates=kind not in TRIGGERS):
            _new_id(item, found)
            found.append(TriggerNode(item, kind, event_types(draft, item.get("event")), position))
    return found


def _new_id(node: Node, before: list[TriggerNode]) -> None:
    written = node.get("id")
    if written is not None and any(each.node.value.get("id") == written.value for each in before):
        written.fault("EF119", f"two triggers have the id `{written.value}`", "choose another")


def trigger_keys(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Return the keys by which each kind is known, in the order in which they are asked."""
    plugged = {name: spec.keys for name, spec in catalog.triggers.items() if name not in TRIGGERS}
    return {**{kind: keys for kind, keys in TRIGGER_KEYS.items() if kind != "event"}, **plugged, "event": TRIGGER_KEYS["event"]}


def _spec(draft: Draft, kind: str) -> TriggerSpec | None:
    return None if kind in TRIGGERS else draft.around.catalog.triggers[kind]


def _schema(draft: Draft, kind: str) -> Mapping[str, Any]:
    spec = _spec(draft, kind)
    return TRIGGERS[kind] if spec is None else spec.settings


def _kind(draft: Draft, node: Node) -> str | None:
    """Return the kind of a trigger: one that takes all that is written, the built-in ones first; else the first it names a key of."""
    catalog = draft.around.catalog
    own = {name: spec for name, spec in known(catalog.triggers).items() if spec.distribution == _OWN}
    # Only for what no built-in kind takes whole, plugins are imported and asked.
    if whole := _whole(draft, node, _named(trigger_keys(replace(catalog, triggers=own)), node)):
        return whole
    kinds = trigger_keys(catalog)
    if named := _named(kinds, node):
        return _whole(draft, node, named) or named[0]
    right = [key for several in kinds.values() for key in several]
    help = next((hint for key in node.value if (hint := nearest(key, right))), f"kinds are {', '.join(kinds)}")
    node.fault("EF114", "a trigger needs a key that says its kind, such as `event`", help)
    return None


def _named(kinds: Mapping[str, tuple[str, ...]], node: Node) -> list[str]:
    return [kind for kind, keys in kinds.items() if any(key in node.value for key in keys)]


def _whole(draft: Draft, node: Node, kinds: list[str]) -> str | None:
    return next((kind for kind in kinds if node.value.keys() <= _schema(draft, kind)["properties"].keys()), None)


def data_shape(draft: Draft, triggers: list[TriggerNode]) -> Shape:
    """Return what is known of the data of the events that start the workflow."""
    return union(_data(draft, trigger) for trigger in triggers) if triggers else ANY


def _data(draft: Draft, trigger: TriggerNode) -> Shape:
    spec = _spec(draft, trigger.kind)
    if spec is not None:
        return data_of(draft, spec, trigger.types)
    return draft.around.events.shape(trigger.types) if trigger.types else ANY


def trigger_shape(draft: Draft) -> Shape:
    """Return what is known of the name ``trigger``: kinds add names to it."""
    adds = {name: ANY for spec in known(draft.around.catalog.triggers).values() for name in spec.adds}
    return closed("a trigger", **adds, id=TEXT, kind=TEXT)


def subject_kinds(draft: Draft, triggers: list[TriggerNode]) -> frozenset[str]:
    """Return the kinds of subject that events of the triggers have (R:S1)."""
    types = [trigger.types or ((spec.event,) if (spec := _spec(draft, trigger.kind)) is not None else ()) for trigger in triggers]
    return frozenset(kind for each in types for kind in draft.around.events.kinds(each))


def build_trigger(draft: Draft, written: TriggerNode, names: Names) -> Trigger:
    """Return a trigger with its settings compiled.

    Args:
        draft: the workflow in the making.
        written: the trigger.
        names: the names in scope of its expressions.
    """
    spec = _spec(draft, written.kind)
    held = written.node.get("holds_for")
    span = draft.duration(held) if held is not None and held.value is not None else None
    built = _plain(written) if spec is None else plugged_trigger(draft, written, spec, names)
    if built.watch is not None and built.watch.ends:
        draft.leads.append(Lead.of(HEARS, tuple(built.watch.ends), written.node))
    return replace(built, holds_for=span)


def _plain(written: TriggerNode) -> Trigger:
    identity = json.dumps([written.kind, written.types])
    return Trigger(written.kind, written.node.value.get("id"), written.position, written.types, identity=identity)


def holding_back(trigger: Trigger, debounce: Debounce | None) -> Trigger:
    """Return a trigger with the workflow's debounce; one of kind ``event`` that holds events back is told of all of them.

    Args:
        trigger: one that has been built.
        debounce: the workflow's, or None.
    """
    held = replace(trigger, debounce=debounce)
    plain = trigger.watch is None and (debounce is not None or trigger.holds_for is not None)
    return replace(held, watch=Every(trigger.types)) if plain else held


class Every(Watch):
    """Fires for every event of its types.

    Args:
        types: which.
    """

    def __init__(self, types: tuple[str, ...]) -> None:
        self.types = types

    def react(self, state: Any, happening: Happening) -> Reaction:  # noqa: ARG002 there is none
        """Fire."""
        return Reaction(firings=(Firing(),) if happening.event is not None else ())
