"""The JSON Schema of a whole workflow file for editors, made of the grammar and of what is installed.

A mapping's kind is chosen by its own key, in a chain of if and else, so that an editor speaks of the right kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.language import keywords
from ecomflow.language.editoractions import action_schema
from ecomflow.language.grammar import (
    APPROVAL,
    ARRIVAL,
    BRANCH,
    CONDITIONS,
    DEBOUNCE,
    GROUP,
    INPUT,
    ONCE,
    REPEAT,
    RETRY,
    STEPS_OF_KIND,
    THROTTLE,
    WAIT,
    WAIT_FOR,
    WORKFLOW,
)
from ecomflow.language.offered import trigger_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ecomflow.language.project import Project
    from ecomflow.model import Catalog

Schema = dict[str, Any]
_DIALECT: Final = "http://json-schema.org/draft-07/schema#"
"""The one that editors know best."""
_MARK: Final = "x-ecomflow"
_REFERENCES: Final = {"steps": "steps", "condition": "condition", "event": "event", "duration": "duration", "expression": "expression"}
_PARTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "retry": RETRY, "once": ONCE, "throttle": THROTTLE, "group": GROUP, "exit_on": ARRIVAL, "branch": BRANCH, "input": INPUT, "debounce": DEBOUNCE,
    "wait": WAIT, "wait_for": WAIT_FOR, "repeat": REPEAT, "ask_approval": APPROVAL,
}  # fmt: skip
"""Mappings inside others, by the name under which their keys are described."""


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _or_list(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


def _or_text(schema: Schema, *words: str) -> Schema:
    return {"anyOf": [{"enum": list(words)} if words else {"type": "string"}, schema]}


_INSIDE: Final[Mapping[str, Schema]] = {
    "trigger": _or_list(_ref("trigger")),
    "exit_on": _or_list(_ref("exit_on")),
    "inputs": {"type": "object", "additionalProperties": {"anyOf": [_ref("input"), {"type": ["string", "number", "boolean", "null", "array"]}]}},
    "debounce": _or_text(_ref("debounce")),
    **{name: _ref(name) for name in ("once", "throttle", "group", "retry", "wait_for", "repeat", "ask_approval")},
    "wait": {"anyOf": [_ref("duration"), _ref("wait")]},
    "choose": {"type": "array", "minItems": 1, "items": _ref("branch")},
    "parallel": {"type": "array", "minItems": 1, "items": _ref("steps")},
    "on_timeout": _or_text(_ref("steps"), "reject", "approve"),
}
"""What stands at a key, where the grammar looks only at the kind of value."""


def workflow_schema(catalog: Catalog, project: Project | None = None) -> Schema:
    """Return the schema of a workflow's file.

    Args:
        catalog: what is installed: its actions, triggers and event types are offered by name.
        project: whose connections, workflows, templates and event types are offered, too.
    """
    found = _described(WORKFLOW, keywords.WORKFLOW)
    types = sorted(project.event_types if project else catalog.event_types)
    named = {"type": "string", "minLength": 1, "anyOf": [{"enum": types}, {"type": "string"}]}
    definitions: dict[str, Schema] = {
        "duration": {"type": "string", "examples": ["30m", "24h", "3d"], "description": "A span such as 24h or 3d, or a template."},
        "expression": {"type": ["string", "number", "boolean"]},
        "event": _or_list(named),
        "condition": _condition(),
        "steps": {"type": "array", "items": _ref("step")},
        "step": _chosen(((kind, (kind,)) for kind in STEPS_OF_KIND if kind != "if"), "step_", otherwise="step_if", keys=_step_keys()),
        **{f"step_{kind}": _step(kind) for kind in STEPS_OF_KIND if kind != "action"},
        "step_action": action_schema(_step("action"), catalog, project),
        "trigger": _chosen(((kind.name, kind.keys) for kind in trigger_kinds(catalog).values()), "trigger_", otherwise="trigger_event"),
        **{f"trigger_{kind.name}": _trigger(kind.schema, kind.description) for kind in trigger_kinds(catalog).values()},
        **{name: _described(schema, keywords.PARTS[name]) for name, schema in _PARTS.items()},
    }
    if project is not None:
        definitions["step_call"]["properties"]["call"]["examples"] = sorted(project.workflows)
    return {"$schema": _DIALECT, "title": "ecomflow workflow", **found, "$defs": definitions}


def _chosen(kinds: Iterable[tuple[str, tuple[str, ...]]], prefix: str, *, otherwise: str, keys: Schema | None = None) -> Schema:
    """Return the schema of a mapping whose kind is the first that has one of its keys."""
    chain = _ref(otherwise)
    for kind, own in reversed(list(kinds)):
        asked: Schema = {"required": list(own)} if len(own) == 1 else {"anyOf": [{"required": [key]} for key in own]}
        chain = {"if": asked, "then": _ref(f"{prefix}{kind}"), "else": chain}
    return {"type": "object", **({"properties": keys} if keys else {}), **chain}


def _step_keys() -> Schema:
    """Return the keys by which steps are known, for completion where a step is still empty."""
    return {kind: {"description": keywords.STEPS[kind][kind]} for kind in STEPS_OF_KIND if kind != "if"} | {"if": {"description": keywords.STEP["if"]}}


def _step(kind: str) -> Schema:
    found = _described(STEPS_OF_KIND[kind], {**keywords.STEP, **keywords.STEPS[kind]})
    if kind == "action":
        found["properties"]["on_error"].update(_or_text(_ref("steps"), "stop", "continue"))
        del found["properties"]["on_error"]["type"]
    return found


def _trigger(schema: Mapping[str, Any], description: str) -> Schema:
    return {**_plain(schema), "description": description}


def _condition() -> Schema:
    chain: Schema = {"required": ["if"]}
    for kind, schema in reversed(list(CONDITIONS.items())):
        chain = {"if": {"required": [kind]}, "then": _described(schema, keywords.CONDITIONS), "else": chain}
    text = {"type": ["string", "boolean"]}
    return {"anyOf": [text, {"type": "array", "items": _ref("condition")}, {"type": "object", **chain}]}


def _described(schema: Mapping[str, Any], words: Mapping[str, str]) -> Schema:
    """Return the schema of a mapping with a description at each key, and with what stands inside it."""
    properties = {key: {**(_INSIDE.get(key) or _plain(part)), "description": words[key]} for key, part in schema["properties"].items()}
    return {**schema, "properties": properties}


def _plain(schema: Mapping[str, Any]) -> Schema:
    """Return a schema with references in place of what has a definition of its own."""
    if schema.get(_MARK) in _REFERENCES:
        told = {"description": schema["description"]} if "description" in schema else {}
        return {**_ref(_REFERENCES[schema[_MARK]]), **told}
    return {key: _plain(part) if isinstance(part, dict) else part for key, part in schema.items()}
