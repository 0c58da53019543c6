"""The triggers of a workflow: their kinds, and what each brings into scope."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import ExpressionError
from ecomflow.expressions import parse_duration
from ecomflow.language.fitting import described, fits
from ecomflow.language.grammar import TRIGGER_KEYS, TRIGGERS
from ecomflow.language.kinds import TriggerNode, data_of, plugged_trigger
from ecomflow.language.names import TEXT
from ecomflow.language.nearest import nearest
from ecomflow.language.pairing import event_types, pairings
from ecomflow.language.running import refuse_unless_running
from ecomflow.language.shapes import ANY, Shape, closed, union
from ecomflow.model import Duration, Trigger, known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.model import Catalog, TriggerSpec

_EXPRESSIONS: Final = frozenset({"value", "changed", "sum", "key", "date", "below", "above", "rearm_at"})
_DURATIONS: Final = frozenset({"holds_for", "collect_for", "lookback"})
_OWN: Final = "ecomflow"
_WINDOWS: Final = frozenset({"day", "week", "month"})
_ONE_OF: Final[Mapping[str, tuple[str, ...]]] = {"threshold": ("below", "above")}


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
            refuse_unless_running(f"trigger {kind}", item)
            _one_of(item, kind)
            _new_id(item, found)
            found.append(TriggerNode(item, kind, event_types(draft, item.get("event")), position))
    return found


def _one_of(node: Node, kind: str) -> None:
    several = _ONE_OF.get(kind, ())
    if several and sum(key in node.value for key in several) != 1:
        node.fault("EF114", f"a trigger of kind `{kind}` has exactly one of {', '.join(f'`{key}`' for key in several)}")


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
    # What a built-in kind takes whole is of that kind; only for what it does not, plugins are asked.
    own = {name: spec for name, spec in known(draft.around.catalog.triggers).items() if spec.distribution == _OWN}
    kind = _kind_among(trigger_keys(replace(draft.around.catalog, triggers=own)), node)
    if kind is not None and node.value.keys() <= _schema(draft, kind)["properties"].keys():
        return kind
    kinds = trigger_keys(draft.around.catalog)
    kind = _kind_among(kinds, node)
    if kind is None:
        keys = list(node.value)
        right = [key for several in kinds.values() for key in several]
        help = next((hint for key in keys if (hint := nearest(key, right))), f"kinds are {', '.join(kinds)}")
        node.fault("EF114", "a trigger needs a key that says its kind, such as `event`", help)
    return kind


def _kind_among(kinds: Mapping[str, tuple[str, ...]], node: Node) -> str | None:
    return next((kind for kind, keys in kinds.items() if any(key in node.value for key in keys)), None)


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
    return closed("a trigger", **adds, id=TEXT, kind=TEXT, **{"from": ANY, "to": ANY, "previous": ANY})


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
    if spec is not None:
        return plugged_trigger(draft, written, spec, names)
    settings = {key: _setting(draft, key, value, names) for key, value in written.node.entries() if key not in ("event", "id", "match", "without")}
    if written.kind == "absence":
        settings["without"] = event_types(draft, written.node.get("without"))
        settings["match"] = pairings(draft, written.node, names, settings["without"], at_start="")
    if "holds_for" in settings:
        refuse_unless_running("holds_for", written.node.get("holds_for") or written.node)
    return Trigger(written.kind, written.node.value.get("id"), written.position, written.types, settings)


def _setting(draft: Draft, key: str, node: Node, names: Names) -> Any:
    if key in _EXPRESSIONS:
        return draft.expression(node, names)
    if key in _DURATIONS or (key == "within" and node.value not in _WINDOWS):
        return draft.duration(node)
    if key == "offset":
        return _offset(node)
    return node.value


def _offset(node: Node) -> Duration | None:
    try:
        return parse_duration(str(node.value), signed=True)
    except ExpressionError as error:
        node.fault("EF123", error.message, error.help)
        return None
