"""Holds a plugin against the contract: what it registers, one thing after the other."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ecomflow.core.encoding import encode
from ecomflow.errors import ActionError, LimitError
from ecomflow.language import schema_fault
from ecomflow.model import Effect, EventType, copied
from ecomflow.plugins import ActionFunction, Declared, Source
from ecomflow.registry import Registry
from ecomflow.testing.acting import perform
from ecomflow.testing.examples import example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ecomflow.registry import Plugin

_DOTTED: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")
_VERBS: Final[Mapping[Effect, frozenset[str]]] = {
    Effect.READS: frozenset({"get", "find", "list", "search", "read", "fetch", "count", "look_up"}),
    Effect.SENDS: frozenset({"send", "reply", "notify", "message", "post", "text"}),
    Effect.CHARGES: frozenset({"charge", "refund", "pay", "capture", "debit", "transfer"}),
}
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a plugin.

    Attributes:
        severity: ``error`` where it breaks the contract, ``warning`` where it may.
        distribution: whose it is.
        thing: such as ``action giftcard.issue``.
        place: file and line, or an empty text.
        message: what is wrong, and what to do.
    """

    severity: str
    distribution: str
    thing: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {': '.join(filter(None, (self.distribution, self.thing, self.message)))}"


def check_plugin(plugin: object, registry: Registry | None = None, *, call: bool = False) -> list[Finding]:
    """Hold a plugin against the contract: what it registers, its texts, its names, its plans.

    Args:
        plugin: the name of an installed distribution; or a module or object with hooks, or a decorated function.
        registry: what is installed; found by entry points where it is not given.
        call: also carry out actions that need no connection, with example parameters; twice where they are idempotent.

    Returns:
        What was found; nothing where all is well.
    """
    name = plugin if isinstance(plugin, str) else ""
    installed = registry or Registry.load([] if name else [plugin])
    found = [Finding(each.severity, name, "", "", each.message) for each in installed.problems if each.distribution == name]
    plugins = [each for each in installed.plugins if each.distribution == name]
    for each in plugins:
        found += _Check(each, installed, call=call).findings()
    if not plugins and not found:
        found.append(Finding("error", name, "", "", "no such distribution has an entry point in the group `ecomflow`"))
    return found


class _Check:
    def __init__(self, plugin: Plugin, registry: Registry, *, call: bool) -> None:
        self._plugin, self._registry, self._call = plugin, registry, call

    def findings(self) -> Iterator[Finding]:
        if not self._plugin.registered:
            yield self._finding("error", None, "it registers nothing: each register_… calls `register` with what it brings")
        for thing in self._plugin.registered:
            for severity, message in self._faults(thing):
                yield self._finding(severity, thing, message)

    def _finding(self, severity: str, thing: Any, message: str) -> Finding:
        kind = getattr(thing, "kind", "action" if isinstance(thing, ActionFunction) else "event type")
        named = f"{'source' if isinstance(thing, Source) else kind} {thing.name}" if thing is not None else ""
        return Finding(severity, self._plugin.distribution, named, _place(thing), message)

    def _faults(self, thing: Any) -> Iterator[tuple[str, str]]:
        if isinstance(thing, ActionFunction):
            yield from self._action(thing)
        elif isinstance(thing, Declared):
            yield from self._declared(thing)
        elif isinstance(thing, EventType):
            yield from _event_type(thing)
        elif isinstance(thing, Source) and not thing.topics:
            yield "error", "it has no topics, so no webhook ever becomes an event"

    # --- actions ---

    def _action(self, thing: ActionFunction[..., Any]) -> Iterator[tuple[str, str]]:
        if not _DOTTED.fullmatch(thing.name):
            yield "error", f"`{thing.name}` is no name of an action: write `noun.verb` in small letters, such as `giftcard.issue`"
        spec = self._registry.catalog.actions.get(thing.name)
        if spec is None:  # another distribution claims the name, which is a problem told already
            return
        yield from _documented(spec.description, spec.params, "an action's docstring is what `ecomflow actions` and editors show")
        yield from _effect(thing.name, spec.effect)
        takes_call = "call" in inspect.signature(thing.function).parameters
        if spec.idempotent and spec.effect is not Effect.READS and not takes_call:
            yield "error", "it is idempotent, yet takes no `call`: without `call.key` the other side cannot know a repeat"
        if spec.connections and not takes_call:
            yield "error", "it names connections, yet takes no `call`: it is `call.connection` that it goes through"
        if spec.quick and inspect.iscoroutinefunction(thing.function):
            yield "error", "it is quick and an `async def`: a quick action is a plain function"
        for kind in spec.connections:
            if kind not in self._registry.catalog.connections:
                yield "error", f"it goes through connections of kind `{kind}`, which nothing installed brings"
        if not spec.result:
            yield "warning", "what it returns has no annotation: expressions that use its result cannot be checked"
        yield from self._planned(thing, example(spec.params))
        if self._call and not spec.connections:
            yield from _called(thing, example(spec.params), twice=spec.idempotent)

    def _planned(self, thing: ActionFunction[..., Any], params: Any) -> Iterator[tuple[str, str]]:
        if thing.planner is None:
            if thing.effect is not Effect.READS:
                yield "warning", f"it has no plan: write `@{thing.__name__}.plan`, a function that says in one line what a call would do"
            return
        action, given = self._registry.action(thing.name), copied(params)
        try:
            first, second = action.planned(params), action.planned(params)
        except Exception as error:  # noqa: BLE001 a plugin may raise anything
            yield "error", f"its plan raises {type(error).__name__} for {given}: {error}; it takes the parameters by name, `**_` those it leaves"
            return
        if not isinstance(first, str) or "\n" in first or len(first) > _LONGEST:
            yield "error", f"its plan is one line of text of at most {_LONGEST} characters, not {first!r:.80}"
        if first != second:
            yield "error", f"its plan is not pure: for one call it gave {first!r:.80} and {second!r:.80}"

    # --- connections, triggers, filters ---

    def _declared(self, thing: Declared) -> Iterator[tuple[str, str]]:
        if not _WORD.fullmatch(thing.name):
            yield "error", f"`{thing.name}` is no name of a {thing.kind}: write one word in small letters"
        catalog = self._registry.catalog
        if thing.kind == "connection" and (kind := catalog.connections.get(thing.name)):
            yield from _documented(kind.description, kind.settings, "a setting without a text is a riddle")
        if thing.kind == "trigger" and (spec := catalog.triggers.get(thing.name)):
            settings = {"properties": {key: part for key, part in spec.settings["properties"].items() if key not in ("id", "event")}}
            yield from _documented(spec.description, settings, "a setting without a text is a riddle")
        if thing.kind == "filter":
            yield from _documented(inspect.getdoc(thing.function) or "", {"properties": {}}, "")


def _documented(description: str, schema: Mapping[str, Any], why: str) -> Iterator[tuple[str, str]]:
    if not description:
        yield "error", "it has no docstring: say in one line what it does"
    silent = [name for name, part in schema["properties"].items() if not part.get("description")]
    if silent:
        yield "error", f"`Args:` of its docstring says nothing of {', '.join(f'`{each}`' for each in silent)}; {why}"
    for name, part in schema["properties"].items():
        yield from _fits(f"the default of `{name}`", part.get("default"))


def _fits(what: str, value: Any) -> Iterator[tuple[str, str]]:
    try:
        encode(value)
    except LimitError as error:
        yield "error", f"{what} is no value of a workflow: {error}"


def _effect(name: str, effect: Effect) -> Iterator[tuple[str, str]]:
    verb = name.rpartition(".")[2]
    meant = next((each for each, verbs in _VERBS.items() if verb in verbs or verb.partition("_")[0] in verbs), None)
    weaker = list(Effect).index(effect) < list(Effect).index(meant) if meant else False
    if meant is Effect.READS and effect is not Effect.READS:
        yield "warning", f"its name says that it reads, its effect is `{effect}`: an action that only reads has the effect `reads`"
    elif meant and weaker:
        yield "warning", f"its name says `{meant}`, its effect is `{effect}`: a call in doubt is repeated, where one that charges waits for a person"


def _called(thing: ActionFunction[..., Any], params: Any, *, twice: bool) -> Iterator[tuple[str, str]]:
    try:
        first = perform(thing, params)
        if twice and perform(thing, params, attempt=2) != first:
            yield "error", "it is idempotent, yet a second call with the same key gave another result"
    except ActionError as error:
        severity = "error" if error.type == "wrong_result" else "warning"
        yield severity, f"called with {params} it fails: {error.message}"
    except Exception as error:  # noqa: BLE001 a plugin may raise anything
        yield "error", f"called with {params} it raises {type(error).__name__}: {error}; raise Retryable, Permanent or InDoubt"


def _event_type(thing: EventType) -> Iterator[tuple[str, str]]:
    if not _DOTTED.fullmatch(thing.name):
        yield "error", f"`{thing.name}` is no type of events: write `noun.past_verb` in small letters, such as `giftcard.used`"
    fault = schema_fault(thing.schema)
    if fault:
        yield "error", f"its schema is no JSON Schema: {fault}"
    elif thing.subject is None:
        yield "warning", "it names no subject: give the path of what it is about, such as `giftcard.code`"
    elif not _leads(thing.schema, thing.subject.split(".")):
        yield "error", f"its subject `{thing.subject}` leads to nothing in its schema"
    if not thing.description:
        yield "error", "it has no description: say in one line when it comes"


def _leads(schema: Any, path: Iterable[str]) -> bool:
    for part in path:
        if not isinstance(schema, dict) or "properties" not in schema:
            return True
        if part not in schema["properties"]:
            return False
        schema = schema["properties"][part]
    return True


def _place(thing: Any) -> str:
    function: Callable[..., Any] | None = getattr(thing, "function", None) or getattr(thing, "convert", None)
    code = getattr(inspect.unwrap(function), "__code__", None) if function is not None else None
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""
