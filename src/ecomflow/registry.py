"""What is installed: actions, connections, triggers, event types, filters and vendors' webhooks, from every distribution."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from sys import stderr
from typing import Any, Final

import pluggy

from ecomflow import hookspecs
from ecomflow.callables import Action, Opener, action_of, opener_of, trigger_of
from ecomflow.claims import Claims, Owner, Problem
from ecomflow.errors import NotFoundError
from ecomflow.hookspecs import GROUP
from ecomflow.model import Catalog, EventType, TriggerSpec
from ecomflow.plugins import ActionCall, ActionFunction, Declared, Source

OWN: Final = "ecomflow"
BUILT_IN: Final = (
    "ecomflow.actions.log",
    "ecomflow.actions.mail",
    "ecomflow.actions.web",
    "ecomflow.actions.customers",
    "ecomflow.actions.discounts",
    "ecomflow.actions.notify",
    "ecomflow.actions.orders",
    "ecomflow.actions.refunds",
    "ecomflow.actions.returns",
    "ecomflow.actions.stock",
    "ecomflow.actions.tickets",
    "ecomflow.connections.smtp",
    "ecomflow.connections.web",
    "ecomflow.connections.local",
    "ecomflow.triggers.schedule",
    "ecomflow.triggers.manual",
    "ecomflow.triggers.workflow",
    "ecomflow.commerce",
)

_KINDS: Mapping[str, tuple[str, ...]] = {
    "register_actions": ("action",),
    "register_triggers": ("trigger",),
    "register_connections": ("connection",),
    "register_event_types": ("event type", "source"),
    "register_filters": ("filter",),
}


@dataclass(frozen=True, slots=True)
class Plugin:
    """A module that was loaded."""

    name: str
    distribution: str
    version: str
    things: tuple[str, ...] = field(default=())


class Registry:
    """All that is installed. Make one with :meth:`load`.

    Attributes:
        catalog: what the language must know of it.
        problems: what could not be loaded, or is doubtful; never raised.
        plugins: the modules that were loaded.
        triggers: kinds of triggers; of ``event`` the language knows itself.
        filters: functions by the name that templates use.
        sources: vendors' webhooks by the vendor's name.
    """

    def __init__(self) -> None:
        self._claims = Claims()
        self._actions: dict[str, Action] = {}
        self._openers: dict[str, Opener] = {}
        self.plugins: tuple[Plugin, ...] = ()
        self.problems: tuple[Problem, ...] = ()
        self.catalog = Catalog()
        self.triggers: Mapping[str, TriggerSpec] = {}
        self.filters: Mapping[str, Callable[..., Any]] = {}
        self.sources: Mapping[str, Source] = {}

    @classmethod
    def load(cls, extra: Sequence[object] = ()) -> Registry:
        """Return a registry of the built-in plugins, those of installed distributions, and some of the caller's own.

        Args:
            extra: modules or objects with hooks, or decorated functions; their names go before all others.
        """
        registry = cls()
        version = _version()
        for name in BUILT_IN:
            registry._load(name, Owner(OWN, version), lambda name=name: importlib.import_module(name))  # type: ignore[misc]
        for point, owner in _entry_points():
            registry._load(point.name, owner, point.load)
        for item in extra:
            registry._load(getattr(item, "__name__", repr(item)), Owner("", ""), lambda item=item: item)  # type: ignore[misc]
        registry._settle()
        return registry

    def has_action(self, name: str) -> bool:
        """Return whether an action is installed."""
        return name in self._actions

    def action(self, name: str) -> Action:
        """Return an action.

        Raises:
            NotFoundError: no such action is installed.
        """
        if name not in self._actions:
            raise NotFoundError(f"no action is called {name!r}")
        return self._actions[name]

    def open_connection(self, name: str, plugin: str, settings: Mapping[str, Any], root: Path) -> Any:
        """Open a configured connection; nothing is reached before its first use.

        Args:
            name: as the project file calls it, for messages.
            plugin: its kind.
            settings: without ``plugin``, secrets filled in.
            root: the project's folder.

        Raises:
            NotFoundError: no such kind is installed.
            ConnectionSettingsError: a setting is missing, unknown or of the wrong type; values are not told.
            MissingExtraError: an optional package is not installed.
        """
        if plugin not in self._openers:
            raise NotFoundError(f"connection {name}: no plugin is called {plugin!r}")
        return self._openers[plugin].open(name, settings, root)

    def _load(self, name: str, owner: Owner, load: Callable[[], object]) -> None:
        """Load one plugin by itself: whatever it does wrong is a problem of its own."""
        things: list[object] = []
        try:
            with redirect_stdout(stderr):
                _collect(load(), name, things)
            for thing in things:
                self._add(thing, owner)
        except (Exception, SystemExit) as error:  # noqa: BLE001 a plugin is foreign code
            self._claims.problem(owner, f"plugin {name} could not be loaded: {type(error).__name__}: {error}")
            return
        self.plugins += (Plugin(name, owner.distribution, owner.version, tuple(f"{_kind(t)} {_name(t)}" for t in things)),)

    def _add(self, thing: object, owner: Owner) -> None:
        ready: object = thing
        if isinstance(thing, ActionFunction):
            ready = action_of(thing, owner.distribution or OWN)
        elif isinstance(thing, Declared) and thing.kind == "connection":
            ready = opener_of(thing)
        elif isinstance(thing, Declared) and thing.kind == "trigger":
            ready = trigger_of(thing, owner.distribution or OWN)
            for key in ready.keys:
                self._claims.add("key of triggers", key, thing.name, owner)
        self._claims.add(_kind(thing), _name(thing), ready, owner)

    def _settle(self) -> None:
        of = self._claims.of
        self._actions, self._openers = of("action"), of("connection")
        self.triggers, self.sources = self._kinds_of_triggers(), of("source")
        self.filters = {name: declared.function for name, declared in of("filter").items()}
        self.catalog = Catalog(
            actions={name: action.spec for name, action in self._actions.items()},
            event_types=of("event type"),
            connections={name: opener.spec for name, opener in self._openers.items()},
            filters=self.filters,
            triggers=self.triggers,
        )
        self.problems = self._claims.problems

    def _kinds_of_triggers(self) -> dict[str, TriggerSpec]:
        # A key that another kind has, or that several claim, is not one by which this kind is known.
        held = self._claims.of("key of triggers")
        kinds = self._claims.of("trigger")
        own = {name: tuple(key for key in spec.keys if held.get(key) == name) for name, spec in kinds.items()}
        return {name: replace(spec, keys=own[name]) for name, spec in kinds.items() if own[name]}


def _version() -> str:
    try:
        return metadata.version(OWN)
    except metadata.PackageNotFoundError:
        return ""


def _entry_points() -> list[tuple[metadata.EntryPoint, Owner]]:
    """Return the entry points of installed distributions, in order of their names and not of the disk's."""
    found = []
    for point in metadata.entry_points(group=GROUP):
        owner = Owner(point.dist.name, point.dist.version) if point.dist else Owner(point.value, "")
        found.append((point, owner))
    return sorted(found, key=lambda each: (each[1].distribution, each[0].name))


def _collect(plugin: object, name: str, things: list[object]) -> None:
    if isinstance(plugin, (ActionFunction, Declared, Source, EventType)):
        things.append(plugin)
        return
    hooks = pluggy.PluginManager(GROUP)
    hooks.add_hookspecs(hookspecs)
    hooks.register(plugin, name)
    hooks.check_pending()
    if not hooks.get_hookcallers(plugin):
        raise TypeError("it has no function register_… that is marked with @hookimpl")
    for hook, kinds in _KINDS.items():
        getattr(hooks.hook, hook)(register=_collector(hook, kinds, things))


def _collector(hook: str, kinds: tuple[str, ...], things: list[object]) -> Callable[[object], None]:
    def register(thing: object) -> None:
        if _kind(thing) not in kinds:
            raise TypeError(f"{hook} takes {' or '.join(kinds)}, not {thing!r}")
        things.append(thing)

    return register


def _kind(thing: object) -> str:
    if isinstance(thing, Declared):
        return thing.kind
    kinds = {ActionFunction: "action", EventType: "event type", Source: "source"}
    return next((word for type_, word in kinds.items() if isinstance(thing, type_)), type(thing).__name__)


def _name(thing: object) -> str:
    return str(getattr(thing, "name", thing))


__all__ = ["Action", "ActionCall", "Plugin", "Problem", "Registry"]
