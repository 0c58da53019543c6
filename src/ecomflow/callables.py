"""Actions and connections as the engine calls them: bound, checked and converted."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import ConnectionSettingsError, Permanent
from ecomflow.foreign import UNWATCHED, LoopWatch, Watched, in_thread, told
from ecomflow.model import MAX_MARK, ActionSpec, ConnectionSpec, Effect, Page, TriggerSpec, Watch, copied, plain
from ecomflow.signatures import Signature, read_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.plugins import ActionCall, ActionFunction, Declared

_SHOWN: Final = 60
_LINE: Final = 500


class Action:
    """An installed action.

    Attributes:
        spec: what the language must know of it.
        is_told: whether it takes ``call``.
    """

    __slots__ = ("_function", "_planner", "_shown", "_signature", "is_told", "spec")

    def __init__(self, spec: ActionSpec, function: Callable[..., Any], planner: Callable[..., str] | None, signature: Signature) -> None:
        self.spec, self._function, self._planner, self._signature = spec, function, planner, signature
        self._shown, self.is_told = f"action {spec.name}", bool(signature.given)

    def through(self, connection: str) -> Action:
        """Return the same action, which may go through one more kind of connection."""
        spec = replace(self.spec, connections=(*self.spec.connections, connection))
        return Action(spec, self._function, self._planner, self._signature)

    def plan(self, params: Mapping[str, Any]) -> str:
        """Return in one line what a call would do; never raise."""
        try:
            text = self.planned(params)
        except KeyboardInterrupt:  # a person's
            raise
        except BaseException:  # noqa: BLE001 a planner is foreign code, and a plan is only said
            text = None
        return _short(text, _LINE) if isinstance(text, str) else default_plan(self.spec.name, params)

    def planned(self, params: Mapping[str, Any]) -> object:
        """Return what the action's own plan gives, or None where it has none; raise what it raises."""
        if self._planner is None:
            return None
        kinds = self._signature.kinds
        given = {kinds[name][0] if name in kinds else name: copied(value) for name, value in params.items()}
        return self._planner(**{**self._defaults(), **given})

    async def call(self, call: ActionCall, params: Mapping[str, Any], watch: LoopWatch = UNWATCHED) -> Any:
        """Carry it out once, on this loop or in a thread.

        Args:
            call: what it is told.
            params: they stay as they are, whatever the action does to what it gets.
            watch: knows who has the loop.

        Raises:
            ActionError: as the action says; Permanent where parameters or result do not fit.
        """
        if self.spec.quick:
            return self.call_quick(call, params, watch)
        arguments = self._arguments(call, params)
        if inspect.iscoroutinefunction(self._function):
            return self._result(await Watched(self._function(**arguments), self._shown, watch))
        return await in_thread(lambda: self._result(self._function(**arguments)))

    def call_quick(self, call: ActionCall | None, params: Mapping[str, Any], watch: LoopWatch = UNWATCHED) -> Any:
        """Carry out an action whose spec says ``quick``, at once.

        Args:
            call: what it is told; None for one that is told nothing.
            params: they stay as they are.
            watch: knows who has the loop.

        Raises:
            ActionError: as the action says; Permanent where parameters or result do not fit.
        """
        arguments = self._arguments(call, params)
        try:
            watch.enter(self._shown)
            return self._result(self._function(**arguments))
        except BaseException as error:
            raise told(error) from error
        finally:
            watch.leave()

    def _arguments(self, call: ActionCall | None, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            arguments = self._signature.bind(params)
        except ValueError as error:
            raise Permanent(f"{self.spec.name}: {error}", type="wrong_parameter") from error
        if self.is_told:
            arguments["call"] = call
        return arguments

    def _defaults(self) -> dict[str, Any]:
        properties = self._signature.schema["properties"]
        return {self._signature.kinds[name][0]: schema.get("default") for name, schema in properties.items()}

    def _result(self, value: Any) -> Any:
        try:
            result = plain(value)
            return _page(value, result) if self.spec.pages else result if type(value) is str else _no_page(value, result)
        except ValueError as error:
            if inspect.iscoroutine(value):
                value.close()
            raise Permanent(f"the action's result {error}", type="wrong_result") from error


def _page(value: Any, items: Any) -> Page[Any]:
    if not isinstance(items, list):
        raise ValueError(f"is no page of a list but {type(value).__name__}")  # noqa: TRY004 told like any other that does not fit
    mark = value.next if isinstance(value, Page) else None
    if mark is not None and not (type(mark) is str and 0 < len(mark) <= MAX_MARK):
        raise ValueError(f"has {mark!r:.60} as the mark of its next page: a text of 1 to {MAX_MARK} characters, or None on the last page")
    return Page(items, mark)


def _no_page(value: Any, result: Any) -> Any:
    if isinstance(value, Page):
        raise ValueError("is a page, and its annotation does not say so: write `-> Page[…]`")  # noqa: TRY004 as above
    return result


def default_plan(name: str, params: Mapping[str, Any]) -> str:
    """Return ``NAME with a=b, c=d``, long values cut."""
    shown = ", ".join(f"{key}={_short(value)}" for key, value in params.items())
    return f"{name} with {shown}" if shown else name


def _short(value: Any, length: int = _SHOWN) -> str:
    # Cut before it is split: it may be very long.
    text = " ".join(str(value)[: 2 * length].split())
    return text if len(text) <= length else f"{text[:length]}…"


def action_of(declared: ActionFunction[..., Any], distribution: str) -> Action:
    """Return the action that a decorated function is.

    Raises:
        TypeError: its signature has no schema; it gives pages and cannot be asked for one; it asks for consent by parameters
            that it does not have.
    """
    signature = read_signature(declared.function, ("call",))
    if signature.pages and declared.effect is not Effect.READS:
        raise TypeError(f"action {declared.name!r} gives pages, so its effect is 'reads': each page is a call of its own")
    if signature.pages and not signature.given:
        raise TypeError(f"action {declared.name!r} gives pages, so it takes `call`: `call.page` says which one is asked for")
    consent = declared.options["consent"]
    missing = [name for name in ("purpose", *consent) if name not in signature.schema["properties"]] if consent else []
    if missing:
        raise TypeError(f"action {declared.name!r} asks for consent, so it takes `{missing[0]}`")
    spec = ActionSpec(
        name=declared.name,
        effect=declared.effect,
        params=signature.schema,
        result=signature.result,
        description=signature.description,
        distribution=distribution,
        pages=signature.pages,
        **declared.options,
    )
    return Action(spec, declared.function, declared.planner, signature)


@dataclass(frozen=True, slots=True)
class Opener:
    """An installed kind of connection; it carries out actions that name it, and those that it names."""

    spec: ConnectionSpec
    function: Callable[..., Any]
    signature: Signature
    carries: tuple[str, ...] = ()

    def open(self, name: str, settings: Mapping[str, Any], root: Path) -> Any:
        """Return the opened connection, or where the function is an ``async def``, what gives it when awaited.

        Raises:
            ConnectionSettingsError: a setting is missing, unknown or of the wrong type.
        """
        try:
            arguments = self.signature.bind(settings)
            if self.signature.given:
                arguments["root"] = root
            return self.function(**arguments)
        except ValueError as error:
            raise ConnectionSettingsError(f"connection {name}: {error}") from error

    @property
    def is_async(self) -> bool:
        """Whether it is opened by an ``async def``."""
        return inspect.iscoroutinefunction(self.function)


def opener_of(declared: Declared) -> Opener:
    """Return the connection that a decorated function opens.

    Raises:
        TypeError: its signature has no schema.
    """
    signature = read_signature(declared.function, ("root",), result=False)
    spec = ConnectionSpec(declared.name, signature.schema, signature.description)
    return Opener(spec, declared.function, signature, tuple(declared.options.get("carries", ())))


_TAKEN: Final = frozenset({"id", "event"})
"""Keys of every trigger, and of one kind; no other kind is known by them."""


def trigger_of(declared: Declared, distribution: str) -> TriggerSpec:
    """Return the kind of trigger that a decorated function makes.

    Raises:
        TypeError: its signature has no schema, or it claims a key that is not its own.
    """
    signature = read_signature(declared.function, (), result=False)
    schema, keys = signature.schema, declared.options["keys"]
    wrong = [key for key in keys if key in _TAKEN or key not in schema["properties"]]
    if wrong or "id" in schema["properties"]:
        raise TypeError(f"trigger {declared.name!r} cannot be known by the key {(wrong or ['id'])[0]!r}: keys are settings of its own")

    def make(settings: Mapping[str, Any]) -> Watch:
        watch = declared.function(**signature.bind(settings))
        if not isinstance(watch, Watch):
            raise TypeError(f"trigger {declared.name!r} gives {watch!r}, which is no Watch")
        return watch

    settings = {**schema, "properties": {"id": {"type": "string", "minLength": 1, "maxLength": 200}, **schema["properties"]}}
    return TriggerSpec(
        name=declared.name, settings=settings, make=make, description=signature.description, distribution=distribution,
        **declared.options,
    )  # fmt: skip
