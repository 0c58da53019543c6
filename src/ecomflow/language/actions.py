"""The step that calls an action: its parameters, its connection, how often it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import ExpressionError
from ecomflow.expressions import constant, mapping, parse_duration, to_text
from ecomflow.expressions.templates import CompiledTemplate
from ecomflow.language.fitting import fits_parameters, templated
from ecomflow.language.nearest import nearest
from ecomflow.language.templatefiles import named_template
from ecomflow.language.tokens import tokens
from ecomflow.language.waiting import choice
from ecomflow.model import ActionStep, Effect, Retry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.expressions import Template
    from ecomflow.language.draft import Draft
    from ecomflow.language.names import Names
    from ecomflow.language.node import Node
    from ecomflow.language.place import Builder, Place
    from ecomflow.model import ActionSpec, Step

_SCALARS: Final = (bool, int, Decimal, date)
_OTHERS: Final = frozenset({"number", "integer", "boolean"})
"""Types that such a value may have already: where one of them fits, too, it stays as it is."""
_MARK: Final = "x-ecomflow"
_IN_THE_PROJECT: Final = "local"
"""The kind of connection that every project has, also where it names none."""


def _near(draft: Draft, name: str) -> str:
    catalog = draft.around.catalog
    return "; ".join(filter(None, (catalog.missing(name), nearest(name, catalog.actions))))


def action(builder: Builder, node: Node, names: Names, place: Place, common: dict[str, Any]) -> Step:
    """Return a step that calls an action."""
    draft, name = builder.draft, str(node.value["action"])
    spec = draft.around.catalog.actions.get(name)
    on_error = choice(builder, node.get("on_error"), names, place, ("stop", "continue"))
    if spec is None:
        node.get("action").fault("EF115", f"unknown action `{name}`", _near(draft, name))  # type: ignore[union-attr] # its name was read above
        draft.template(node.get("with"), names)
        return ActionStep(**common, action=name, params=constant({}), effect=Effect.READS, idempotent=False)
    params = _parameters(draft, node, spec, names)
    made = ActionStep(
        **common,
        action=name,
        params=params,
        effect=spec.effect,
        idempotent=spec.idempotent,
        connection=_connection(draft, node, spec),
        retry=_retry(draft, node.get("retry"), spec.retry),
        timeout=draft.seconds(node.get("timeout"), spec.timeout),
        tokens=tokens(draft, node, names, f"{draft.name}/{common['id'] or common['path']}"),
        sure=params.is_plain,
        on_error=on_error,
    )
    if spec.pages and made.id is not None:
        draft.searches[made.id] = made
    return made


def _retry(draft: Draft, node: Node | None, own: Retry) -> Retry:
    if node is None or not isinstance(node.value, dict):
        return own
    attempts, deadline = node.value.get("attempts", own.attempts), node.get("deadline")
    delay = draft.seconds(node.get("delay"), own.delay)
    longest = draft.seconds(node.get("max_delay"), max(own.max_delay, delay))
    if longest < delay:
        node.key_fault("max_delay", "EF110", "`max_delay` is shorter than `delay`")
    return Retry(attempts, delay, longest, draft.seconds(deadline, 0) if deadline else own.deadline)


# --- connections


def _connection(draft: Draft, node: Node, spec: ActionSpec) -> str | None:
    written, known = node.get("connection"), draft.around.connections
    if written is None:
        chosen = next((draft.own_connections[plugin] for plugin in spec.connections if plugin in draft.own_connections), None)
        fitting = sorted(name for name, plugin in (known or {}).items() if plugin in spec.connections)
        if chosen is None and len(fitting) > 1:
            node.fault("EF117", f"`{spec.name}` can go through {', '.join(f'`{name}`' for name in fitting)}", f"name one beside `action`, such as `connection: {fitting[0]}`")
        if chosen is None and not fitting and known is not None and spec.connections and _IN_THE_PROJECT not in spec.connections:
            kinds = " or ".join(f"`{plugin}`" for plugin in spec.connections)
            node.fault("EF117", f"`{spec.name}` needs a connection of kind {kinds}, and the project has none", "define one under `connections` in the project file", severity="note")
        return chosen
    name = str(written.value)
    if known is None:
        return name
    if name not in known:
        written.fault("EF117", f"unknown connection `{name}`", nearest(name, known) or "define it under `connections` in the project file")
    elif known[name] not in spec.connections:
        kinds = ", ".join(f"`{plugin}`" for plugin in spec.connections) or "none"
        written.fault("EF117", f"connection `{name}` is of kind `{known[name]}`; `{spec.name}` takes {kinds}")
    return name


# --- parameters


def _parameters(draft: Draft, node: Node, spec: ActionSpec, names: Names) -> CompiledTemplate:
    written = node.get("with")
    if written is None:
        missing = [f"`{name}`" for name in spec.params.get("required", ())]
        if missing:
            node.fault("EF114", f"`{spec.name}` needs {', '.join(missing)} under `with`")
        return constant({})
    fits_parameters(written, spec.params, f"`with` of `{spec.name}`")
    properties = spec.params.get("properties", {})
    locale = written.value.get("locale", draft.locale)
    marked = {mark: [key for key in written.value if properties.get(key, {}).get(_MARK) == mark] for mark in ("template", "template-data")}
    data = written.get(marked["template-data"][0]) if marked["template-data"] else None
    parts = {}
    for key, value in written.entries():
        if key in marked["template"] and value.value is not None:
            parts[key] = named_template(draft, value, data, names, locale if isinstance(locale, str) and not templated(locale) else draft.locale)
        elif key not in marked["template-data"]:
            parts[key] = _parameter(draft, value, properties.get(key, {}), names)
    return mapping(parts)


def _parameter(draft: Draft, node: Node, schema: Any, names: Names) -> Template:
    found = draft.template(node, names)
    if not isinstance(schema, dict):
        return found
    if schema.get(_MARK) == "duration" and isinstance(node.value, str) and not templated(node.value):
        _check_duration(node)
    return CompiledTemplate(_Texts(found, schema), found.paths) if _wants_texts(schema) and not found.is_text else found


def _check_duration(node: Node) -> None:
    try:
        parse_duration(node.value)
    except ExpressionError as error:
        node.fault("EF116", error.message, error.help)


@dataclass(frozen=True, slots=True)
class _Texts:
    """Gives a number, bool, date or moment as text, where an action wants one, or a list or mapping of them (R:X4)."""

    inner: Template
    schema: Mapping[str, Any]

    def __call__(self, scope: Any) -> Any:
        value = self.inner.render(scope)
        return value if type(value) is str else _fitted(value, self.schema)


def _fitted(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, _SCALARS):
        return to_text(value) if _is_text(schema) else value
    items = _inner(schema)
    if isinstance(value, list) and items is not None:
        return [_fitted(each, items) for each in value]
    if isinstance(value, dict) and items is not None:
        return {key: _fitted(each, items) for key, each in value.items()}
    return value


def _wants_texts(schema: Mapping[str, Any]) -> bool:
    items = _inner(schema)
    return _is_text(schema) or (items is not None and _wants_texts(items))


def _is_text(schema: Mapping[str, Any]) -> bool:
    types = schema.get("type", ())
    return "string" in types and not _OTHERS.intersection([types] if isinstance(types, str) else types)


def _inner(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what the values inside of a list, or of a mapping with any keys, must be."""
    found = schema.get("items", schema.get("additionalProperties"))
    return found if isinstance(found, dict) else None
