"""Actions and connections as the engine calls them: bound, checked and converted."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import ConnectionSettingsError, Permanent, Retryable
from ecomflow.model import ActionSpec, ConnectionSpec, TriggerSpec, Watch
from ecomflow.signatures import Signature, read_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.plugins import ActionCall, ActionFunction, Declared

_DEPTH: Final = 64
_SHOWN: Final = 60
_ATOMS: Final = frozenset({str, bool, int, Decimal, type(None)})


class Action:
    """An installed action.

    Attributes:
        spec: what the language must know of it.
    """

    __slots__ = ("_function", "_planner", "_signature", "spec")

    def __init__(self, spec: ActionSpec, function: Callable[..., Any], planner: Callable[..., str] | None, signature: Signature) -> None:
        self.spec, self._function, self._planner, self._signature = spec, function, planner, signature

    def plan(self, params: Mapping[str, Any]) -> str:
        """Return in one line what a call would do; never raise."""
        if self._planner:
            try:
                return str(self._planner(**{**self._defaults(), **params}))
            except Exception:  # noqa: BLE001 a planner is foreign code, and a plan is only said
                return default_plan(self.spec.name, params)
        return default_plan(self.spec.name, params)

    async def call(self, call: ActionCall, params: Mapping[str, Any]) -> Any:
        """Carry it out once, on this loop or in a thread.

        Raises:
            ActionError: as the action says; Permanent where the parameters do not fit.
        """
        arguments = self._arguments(call, params)
        if inspect.iscoroutinefunction(self._function):
            return self._result(await _guarded(self._function(**arguments)))
        if self.spec.quick:
            return self._result(self._function(**arguments))
        return self._result(await _in_thread(self._function, arguments))

    def call_quick(self, call: ActionCall, params: Mapping[str, Any]) -> Any:
        """Carry out an action whose spec says ``quick``, at once.

        Raises:
            ActionError: as the action says; Permanent where the parameters do not fit.
        """
        return self._result(self._function(**self._arguments(call, params)))

    def _arguments(self, call: ActionCall, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            arguments = self._signature.bind(params)
        except ValueError as error:
            raise Permanent(f"{self.spec.name}: {error}", type="wrong_parameter") from error
        if self._signature.given:
            arguments["call"] = call
        return arguments

    def _defaults(self) -> dict[str, Any]:
        properties = self._signature.schema["properties"]
        return {self._signature.kinds[name][0]: schema.get("default") for name, schema in properties.items()}

    def _result(self, value: Any) -> Any:
        return plain(value)


async def _guarded(coroutine: Any) -> Any:
    try:
        return await coroutine
    except SystemExit as error:
        raise Permanent("the action tried to end the process") from error


async def _in_thread(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Call a function in a thread of its own: none waits for another, and none that hangs keeps the program from ending."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Any] = loop.create_future()

    def tell(value: Any, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(value)
        else:
            answer.set_exception(error)

    def work() -> None:
        value, error = None, None
        try:
            value = _without_exit(function, arguments)
        except BaseException as raised:  # noqa: BLE001 whatever it is, it belongs to who called
            error = _tellable(raised)
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            loop.call_soon_threadsafe(tell, value, error)

    try:
        Thread(target=copy_context().run, args=(work,), name="ecomflow-action", daemon=True).start()
    except RuntimeError as error:
        raise Retryable(f"no thread could be started: {error}") from error
    return await answer


def _tellable(error: BaseException) -> BaseException:
    # A future takes no StopIteration.
    return RuntimeError(repr(error)) if isinstance(error, StopIteration) else error


def _without_exit(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    try:
        return function(**arguments)
    except SystemExit as error:
        raise Permanent("the action tried to end the process") from error


def plain(value: Any, depth: int = _DEPTH) -> Any:
    """Return a result as the values that a scope may hold: no floats, tuples, enums or records.

    Raises:
        Permanent: it has a cycle, is nested too deeply, or holds what is no value.
    """
    if type(value) in _ATOMS:
        return value
    if depth == 0:
        raise Permanent("the action's result is nested too deeply, or holds itself", type="wrong_result")
    if isinstance(value, float):
        return _decimal(value)
    if isinstance(value, Enum):
        return plain(value.value, depth - 1)
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth - 1) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name), depth - 1) for each in fields(value)}
    return value


def _decimal(value: float) -> Decimal:
    number = Decimal(repr(value))
    if not number.is_finite():
        raise Permanent(f"the action's result holds {value}, which is no number", type="wrong_result")
    return number


def default_plan(name: str, params: Mapping[str, Any]) -> str:
    """Return ``NAME with a=b, c=d``, long values cut."""
    shown = ", ".join(f"{key}={_short(value)}" for key, value in params.items())
    return f"{name} with {shown}" if shown else name


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def action_of(declared: ActionFunction[..., Any], distribution: str) -> Action:
    """Return the action that a decorated function is.

    Raises:
        TypeError: its signature has no schema.
    """
    signature = read_signature(declared.function, ("call",))
    spec = ActionSpec(
        name=declared.name,
        effect=declared.effect,
        params=signature.schema,
        result=signature.result,
        description=signature.description,
        distribution=distribution,
        **declared.options,
    )
    return Action(spec, declared.function, declared.planner, signature)


@dataclass(frozen=True, slots=True)
class Opener:
    """An installed kind of connection."""

    spec: ConnectionSpec
    function: Callable[..., Any]
    signature: Signature

    def open(self, name: str, settings: Mapping[str, Any], root: Path) -> Any:
        """Return the opened connection.

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


def opener_of(declared: Declared) -> Opener:
    """Return the connection that a decorated function opens.

    Raises:
        TypeError: its signature has no schema.
    """
    signature = read_signature(declared.function, ("root",), result=False)
    return Opener(ConnectionSpec(declared.name, signature.schema, signature.description), declared.function, signature)


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
