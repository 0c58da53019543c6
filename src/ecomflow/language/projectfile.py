"""Reads ``ecomflow.yaml``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import ExpressionError, MissingExtraError
from ecomflow.expressions import parse_calendar, parse_duration
from ecomflow.expressions.times import zone_of
from ecomflow.language.fitting import described, fits, fits_parameters
from ecomflow.language.grammar import BREAKER, PROJECT, RATE
from ecomflow.language.nearest import nearest
from ecomflow.language.node import Node
from ecomflow.language.project import ConnectionConfig, Retention, Secret, Settings
from ecomflow.model import Breaker, Catalog, EventType, Rate
from ecomflow.policies.consent import ASKED, NOBODY

if TYPE_CHECKING:
    from ecomflow.language.text import SourceText
    from ecomflow.language.tree import Tree
    from ecomflow.model import Duration

FOREVER: Final = "forever"
_PLAIN: Final = ("shop", "locale", "store", "workflows", "templates", "deploy", "max_starts", "consent")


def project_settings(source: SourceText, tree: Tree | None, catalog: Catalog) -> Settings:
    """Return what the project file says; what is wrong is noted in ``source`` and left at its default.

    Args:
        source: the file.
        tree: its values, or None where it could not be read.
        catalog: what is installed.
    """
    settings = Settings()
    if tree is None or tree.value is None:
        return settings
    node = Node(source, tree)
    if not isinstance(tree.value, dict):
        node.fault("EF110", f"the project file is a mapping, and this is {described(tree.value)}")
        return settings
    fits(node, PROJECT, "the project file")
    plain = {key: tree.value[key] for key in _PLAIN if type(tree.value.get(key)) is type(getattr(settings, key) or "")}
    settings = replace(settings, **plain, timezone=_zone(node.get("timezone")))
    settings = replace(settings, **{key: read(part, settings, catalog) for key, read in _PARTS.items() if (part := node.get(key)) is not None})
    _note_consent(node, settings, catalog)
    return settings


def _note_consent(node: Node, settings: Settings, catalog: Catalog) -> None:
    """Note that the connection that is to be asked for consent knows no customers; it stays, and sends nothing: nobody else is asked in its place."""
    name, kinds = settings.consent, catalog.actions[ASKED].connections if ASKED in catalog.actions else ()
    written, fitting = node.get("consent"), sorted(each.name for each in settings.connections.values() if each.plugin in kinds)
    if written is not None and name is not None and name != NOBODY and name not in fitting:
        written.fault("EF117", f"no connection `{name}` knows customers", nearest(name, fitting) or f"name one that carries out `{ASKED}`, or `{NOBODY}`")


def _zone(node: Node | None) -> str:
    if node is None or not isinstance(node.value, str):
        return Settings.timezone
    try:
        zone_of(node.value)
    except ExpressionError as error:
        node.fault("EF123", error.message, error.help)
    return node.value


def _each(node: Node, *kinds: type) -> list[tuple[str, Node]]:
    """Return the entries that have the right kind; the others have their fault already."""
    return [(key, inner) for key, inner in node.entries() if isinstance(inner.value, kinds)] if isinstance(node.value, dict) else []


def _duration(node: Node, otherwise: Duration) -> Duration:
    if not isinstance(node.value, str):
        return otherwise
    try:
        return parse_duration(node.value)
    except ExpressionError as error:
        node.fault("EF123", error.message, error.help)
        return otherwise


def _inputs(node: Node, _: Settings, __: Catalog) -> dict[str, dict[str, Any]]:
    return {key: inner.value for key, inner in _each(node, dict)}


def _people(node: Node, _: Settings, __: Catalog) -> dict[str, tuple[str, ...]]:
    return {key: tuple(str(item.value) for item in inner.items()) for key, inner in _each(node, list, str)}


def _calendars(node: Node, _: Settings, __: Catalog) -> dict[str, dict[str, Any]]:
    found = {}
    for key, inner in _each(node, dict):
        try:
            parse_calendar(inner.value, "UTC")  # the zone has been looked at
        except (ExpressionError, MissingExtraError) as error:
            inner.fault("EF123", f"calendar `{key}`: {error}", getattr(error, "help", ""))
            continue
        found[key] = inner.value
    return found


def _caps(node: Node, _: Settings, __: Catalog) -> dict[str, dict[str, Any]]:
    found = {}
    for key, inner in _each(node, dict):
        per = inner.get("per")
        if per is not None:
            _duration(per, Settings.dedupe_for)
        limit = inner.value.get("limit", 1)
        if isinstance(inner.value.get("key"), str) and type(limit) is int and isinstance(inner.value.get("per", ""), str):
            found[key] = inner.value
    return found


def _event_types(node: Node, _: Settings, __: Catalog) -> dict[str, EventType]:
    return {
        key: EventType(key, inner.value.get("schema") or {}, inner.value.get("subject"), inner.value.get("description", ""))
        for key, inner in _each(node, dict)
    }


# --- connections

_OURS: Final = ("plugin", "rate", "breaker")
"""Settings that every connection takes."""


def _connections(node: Node, _: Settings, catalog: Catalog) -> dict[str, ConnectionConfig]:
    found = {}
    for key, inner in _each(node, dict):
        plugin = inner.value.get("plugin")
        if not isinstance(plugin, str):
            (inner.get("plugin") or inner).fault("EF114", f"connection `{key}` needs `plugin`, its kind", f"installed are {', '.join(sorted(catalog.connections))}")
            continue
        spec = catalog.connections.get(plugin)
        if spec is None:
            (inner.get("plugin") or inner).fault("EF117", f"no plugin brings connections of kind `{plugin}`", nearest(plugin, catalog.connections))
        else:
            _check_settings(inner, spec.settings, plugin)
        settings = {name: _with_secrets(value.value) for name, value in inner.entries() if name not in _OURS}
        found[key] = ConnectionConfig(key, plugin, settings, _rate(inner.get("rate")), _breaker(inner.get("breaker")))
    return found


def _rate(node: Node | None) -> Rate | None:
    if node is None or not fits(node, RATE, "a rate") or (per := _seconds(node.get("per"))) is None:
        return None
    return Rate(node.value["limit"], per)


def _breaker(node: Node | None) -> Breaker | None:
    if node is None:
        return Breaker()
    if node.value is False:
        return None
    if not fits(node, BREAKER, "a breaker, or `false` for none"):
        return Breaker()
    spans = {key: seconds for key in ("cool_down", "max_cool_down") if (seconds := _seconds(node.get(key))) is not None}
    breaker = Breaker(node.value.get("failures", Breaker().failures), **spans)
    if breaker.max_cool_down >= breaker.cool_down:
        return breaker
    if "max_cool_down" in spans:
        node.fault("EF123", "`max_cool_down` is shorter than `cool_down`", "leave it out, or make it the longer one")
    return replace(breaker, max_cool_down=breaker.cool_down)


def _seconds(node: Node | None) -> float | None:
    if node is None or not isinstance(node.value, str):
        return None
    try:
        span = parse_duration(node.value)
    except ExpressionError as error:
        node.fault("EF123", error.message, error.help)
        return None
    seconds = span.days * 86_400 + span.seconds
    if span.months or seconds < 1:
        node.fault("EF123", "this span is counted in seconds to weeks, and at least 1s", "such as 30s, 1m, 1h or 1d")
        return None
    return float(seconds)


def _check_settings(node: Node, schema: Any, plugin: str) -> None:
    known = {**schema, "properties": {**schema.get("properties", {}), **{key: {} for key in _OURS}}} if "properties" in schema else schema
    fits_parameters(node, known, f"a connection of kind `{plugin}`")


def _with_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"secret"} and isinstance(value["secret"], str):
            return Secret(value["secret"])
        return {key: _with_secrets(inner) for key, inner in value.items()}
    return [_with_secrets(inner) for inner in value] if isinstance(value, list) else value


def _dedupe_for(node: Node, settings: Settings, _: Catalog) -> Duration:
    return _duration(node, settings.dedupe_for)


def _lookback(node: Node, settings: Settings, _: Catalog) -> float:
    found = _duration(node, Settings.dedupe_for) if isinstance(node.value, str) else None
    return settings.lookback if found is None else found.days * 86_400 + found.seconds


def _retention(node: Node, settings: Settings, _: Catalog) -> Retention:
    kept = {key: _kept(inner) for key, inner in _each(node, str) if key in Retention.__dataclass_fields__}
    return replace(settings.retention, **{key: span for key, (span, fits_) in kept.items() if fits_})


def _kept(node: Node) -> tuple[Duration | None, bool]:
    """Return how long something is kept, None for ever, and whether that can be."""
    if node.value == FOREVER:
        return None, True
    try:
        span = parse_duration(node.value)
    except ExpressionError as error:
        node.fault("EF123", error.message, f"{error.help}; or `{FOREVER}`" if error.help else f"such as 90d, or `{FOREVER}`")
        return None, False
    if not span.months and span.days * 86_400 + span.seconds < 86_400:
        node.fault("EF123", "what is over is kept for at least 1d", f"such as 30d, or `{FOREVER}`")
        return None, False
    return span, True


_PARTS: Final[dict[str, Callable[[Node, Settings, Catalog], Any]]] = {
    "inputs": _inputs,
    "people": _people,
    "calendars": _calendars,
    "caps": _caps,
    "connections": _connections,
    "event_types": _event_types,
    "dedupe_for": _dedupe_for,
    "lookback": _lookback,
    "retention": _retention,
}
