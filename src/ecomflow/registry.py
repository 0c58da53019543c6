"""What is installed: actions, connections, triggers, event types, filters and vendors' webhooks, from every distribution."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from threading import RLock
from typing import Any, Final, TypeAlias

import pluggy

from ecomflow import hookspecs
from ecomflow.callables import Action, Opener, action_of, opener_of, trigger_of
from ecomflow.claims import Claims, Owner, Problem
from ecomflow.errors import NotFoundError
from ecomflow.hookspecs import GROUP
from ecomflow.model import Catalog, EventType, Names, TriggerSpec
from ecomflow.plugins import ActionCall, ActionFunction, Declared, Source

OWN: Final = "ecomflow"
BUILT_IN: Final = (
    "ecomflow.actions.log",
    "ecomflow.actions.mail",
    "ecomflow.actions.web",
    "ecomflow.actions.customers",
    "ecomflow.actions.discounts",
    "ecomflow.actions.drafts",
    "ecomflow.actions.gift_cards",
    "ecomflow.actions.imports",
    "ecomflow.actions.ledger",
    "ecomflow.actions.loyalty",
    "ecomflow.actions.messages",
    "ecomflow.actions.notify",
    "ecomflow.actions.order_cancel",
    "ecomflow.actions.order_notes",
    "ecomflow.actions.orders",
    "ecomflow.actions.payments",
    "ecomflow.actions.prices",
    "ecomflow.actions.products",
    "ecomflow.actions.purchases",
    "ecomflow.actions.refunds",
    "ecomflow.actions.returns",
    "ecomflow.actions.shipments",
    "ecomflow.actions.stock",
    "ecomflow.actions.tickets",
    "ecomflow.connections.smtp",
    "ecomflow.connections.web",
    "ecomflow.connections.local",
    "ecomflow.triggers.absence",
    "ecomflow.triggers.count",
    "ecomflow.triggers.batch",
    "ecomflow.triggers.threshold",
    "ecomflow.triggers.changed",
    "ecomflow.triggers.date",
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
_ALL_KINDS: Final = ("action", "action spec", "connection", "connection spec", "trigger", "event type", "source", "filter")
_Brought: TypeAlias = tuple[tuple[object, object], ...]
_log = logging.getLogger("ecomflow")


@dataclass(frozen=True, slots=True)
class Plugin:
    """A module that was loaded.

    Attributes:
        name: of its entry point, or the module's.
        things: what it brought, such as ``action email.send``.
        registered: the same as it registered them: decorated functions, event types, sources.
    """

    name: str
    distribution: str
    version: str
    things: tuple[str, ...] = ()
    registered: tuple[object, ...] = field(default=(), repr=False)


class Registry:
    """All that is installed. Make one with :meth:`load`.

    ecomflow's own plugins are loaded at once, those of other distributions when a name is asked for that is none of
    ecomflow's, or when everything is: a name of ecomflow's stays its own, so nobody can tell the difference but by
    the time it takes, and a project that names only what is built in runs no foreign code.

    Attributes:
        catalog: what the language must know of it.
        triggers: kinds of triggers; of ``event`` the language knows itself.
        filters: functions by the name that templates use.
        sources: vendors' webhooks by the vendor's name.
        loading: whose plugin is being imported at this moment, by another thread.
    """

    def __init__(self) -> None:
        self._claims, self._lock, self._whole = Claims(), RLock(), False
        self._loaded: list[Plugin] = []
        self.loading: Owner | None = None
        self._known: dict[str, dict[str, Any]] = {kind: {} for kind in _ALL_KINDS}
        self._actions: Mapping[str, Action] = self._names("action")
        self._openers: Mapping[str, Opener] = self._names("connection")
        self.triggers: Mapping[str, TriggerSpec] = self._names("trigger")
        self.sources: Mapping[str, Source] = self._names("source")
        self.filters: Mapping[str, Callable[..., Any]] = self._names("filter")
        self.catalog = Catalog(
            actions=self._names("action spec"), event_types=self._names("event type"), connections=self._names("connection spec"),
            filters=self.filters, triggers=self.triggers, missing=self._why_missing,
        )  # fmt: skip

    @classmethod
    def load(cls, extra: Sequence[object] = ()) -> Registry:
        """Return a registry of the built-in plugins, those of installed distributions, and some of the caller's own.

        Args:
            extra: modules or objects with hooks, or decorated functions; their names go before all others.
        """
        registry = cls()
        version = _version()
        for name in BUILT_IN:
            registry._load(name, Owner(OWN, version), partial(_own, name))
        for item in extra:
            name, owner = getattr(item, "__name__", repr(item)), Owner("", "")
            registry._load(name, owner, partial(_brought, item, name, owner))
        registry._settle()
        return registry

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be loaded, or is doubtful, of all that is installed; never raised."""
        self._complete()
        return self._claims.problems

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """The modules that were loaded, of all that is installed."""
        self._complete()
        return tuple(self._loaded)

    def has_action(self, name: str) -> bool:
        """Return whether an action is installed."""
        return name in self._actions

    def action(self, name: str) -> Action:
        """Return an action.

        Raises:
            NotFoundError: no such action is installed.
        """
        try:
            return self._actions[name]
        except KeyError:
            raise NotFoundError(f"no action is called {name!r}") from None

    def opener(self, plugin: str) -> Opener:
        """Return what opens connections of a kind.

        Raises:
            NotFoundError: no such kind is installed.
        """
        try:
            return self._openers[plugin]
        except KeyError:
            raise NotFoundError(f"no plugin is called {plugin!r}") from None

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
        return self.opener(plugin).open(name, settings, root)

    def _why_missing(self, name: str) -> str:
        wrong = [problem for problem in self.problems if problem.severity == "error"]
        own = [problem.message for problem in wrong if repr(name) in problem.message]
        # A plugin that could not be loaded cannot say what it would have brought.
        return "; ".join(own or [f"perhaps {problem.distribution or 'a plugin'} brings it: {problem.message}" for problem in wrong])

    def _names(self, kind: str) -> Names[Any]:
        return Names(self._known[kind], self._look)

    def _look(self) -> None:
        """Load what other distributions bring, where that was not done yet, and log what is wrong with them."""
        for problem in self._complete():
            _log.warning("%s", problem)

    def _complete(self) -> tuple[Problem, ...]:
        """Load what other distributions bring; return what is new of problems."""
        with self._lock:
            before = len(self._claims.problems)
            if not self._whole:
                self._whole = True
                for point, owner in _entry_points():
                    self._load(point.name, owner, partial(_found, point, owner))
                self._settle()
            return self._claims.problems[before:]

    def _load(self, name: str, owner: Owner, load: Callable[[], _Brought]) -> None:
        """Load one plugin by itself: whatever it does wrong is a problem of its own, and it comes in whole or not at all."""
        self.loading = owner
        try:
            with redirect_stdout(sys.stderr):
                brought = load()
        except KeyboardInterrupt:  # a person's
            raise
        except BaseException as error:  # noqa: BLE001 a plugin is foreign code
            self._claims.problem(owner, f"plugin {name} could not be loaded: {type(error).__name__}: {error}")
            return
        finally:
            self.loading = None
        for thing, each in brought:
            self._claims.add(_kind(thing), _name(thing), each, owner)
            if isinstance(each, TriggerSpec):
                for key in each.keys:
                    self._claims.add("key of triggers", key, each.name, owner)
        things = tuple(thing for thing, _ in brought)
        names = tuple(f"{_kind(thing)} {_name(thing)}" for thing in things)
        self._loaded.append(Plugin(name, owner.distribution, owner.version, names, things))

    def _settle(self) -> None:
        for kind in ("action", "connection", "source", "event type"):
            self._known[kind].update(self._claims.of(kind))
        self._offer()
        for kind in ("action", "connection"):
            self._known[f"{kind} spec"].update({name: thing.spec for name, thing in self._known[kind].items()})
        self._known["filter"].update({name: declared.function for name, declared in self._claims.of("filter").items()})
        self._known["trigger"].update(self._kinds_of_triggers())

    def _offer(self) -> None:
        """Let actions go through the connections that say they can carry them out."""
        for name, opener in self._known["connection"].items():
            for action in filter(None, map(self._known["action"].get, opener.carries)):
                if name not in action.spec.connections:
                    self._known["action"][action.spec.name] = action.through(name)

    def _kinds_of_triggers(self) -> dict[str, TriggerSpec]:
        # A key that another kind has, or that several claim, is not one by which this kind is known.
        held = self._claims.of("key of triggers")
        kinds = self._claims.of("trigger")
        own = {name: tuple(key for key in spec.keys if held.get(key) == name) for name, spec in kinds.items()}
        return {name: replace(spec, keys=own[name]) for name, spec in kinds.items() if own[name]}


@cache
def _own(module: str) -> _Brought:
    """Return what a module of ecomflow brings. It brings the same whenever it is asked, so a process asks once."""
    return _brought(importlib.import_module(module), module, Owner(OWN, ""))


def _found(point: metadata.EntryPoint, owner: Owner) -> _Brought:
    return _brought(point.load(), point.name, owner)


def _brought(plugin: object, name: str, owner: Owner) -> _Brought:
    """Return what a plugin registers, each with what a registry keeps of it."""
    things: list[object] = []
    _collect(plugin, name, things)
    return tuple((thing, _prepared(thing, owner)) for thing in things)


def _prepared(thing: object, owner: Owner) -> object:
    """Return what a registry keeps of a thing that was registered."""
    if isinstance(thing, ActionFunction):
        return action_of(thing, owner.distribution or OWN)
    if isinstance(thing, Declared) and thing.kind == "connection":
        return opener_of(thing)
    if isinstance(thing, Declared) and thing.kind == "trigger":
        return trigger_of(thing, owner.distribution or OWN)
    return thing


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
