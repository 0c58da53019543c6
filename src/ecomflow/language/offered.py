"""The kinds of triggers that a file may have, those of the language and those that are installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecomflow.language import keywords
from ecomflow.language.grammar import TRIGGERS
from ecomflow.language.triggers import trigger_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.model import Catalog, TriggerSpec


@dataclass(frozen=True, slots=True)
class TriggerKind:
    """A kind of trigger.

    Attributes:
        keys: a trigger with one of these is of this kind, where no kind before it claims another of its keys.
        schema: JSON Schema of the trigger, each key with its description.
    """

    name: str
    keys: tuple[str, ...]
    schema: Mapping[str, Any]
    description: str


def trigger_kinds(catalog: Catalog) -> dict[str, TriggerKind]:
    """Return the kinds of triggers, in the order in which their keys are asked.

    Args:
        catalog: what is installed.
    """
    return {name: _own(name, keys) if name in TRIGGERS else _plugged(catalog.triggers[name]) for name, keys in trigger_keys(catalog).items()}


def _own(name: str, keys: tuple[str, ...]) -> TriggerKind:
    return TriggerKind(name, keys, _described(name, TRIGGERS[name]), keywords.TRIGGER_KINDS[name])


def _plugged(spec: TriggerSpec) -> TriggerKind:
    return TriggerKind(spec.name, spec.keys, _described(spec.name, spec.settings), spec.description)


def _described(kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {**schema, "properties": {key: _key(kind, key, part) for key, part in schema["properties"].items()}}


def _key(kind: str, key: str, part: Mapping[str, Any]) -> dict[str, Any]:
    example = keywords.TRIGGER_EXAMPLES.get(f"{kind}.{key}", keywords.TRIGGER_EXAMPLES.get(key))
    shown = {} if example is None or "enum" in part else {"examples": [example]}
    return {**({"description": keywords.TRIGGERS[key]} if key in keywords.TRIGGERS else {}), **shown, **part}
