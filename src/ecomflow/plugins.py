"""What a plugin is written with: the decorators, the call that an action gets, and a vendor's webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, ParamSpec, TypeVar

from ecomflow.model import Effect, Retry, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from logging import Logger

P = ParamSpec("P")
R = TypeVar("R")


class ActionCall(NamedTuple):
    """What an action is told beside its parameters.

    Attributes:
        key: the idempotency key, the same for every attempt.
        attempt: from 1.
        connection: the opened connection of the step, or None.
        log: a logger that names the run.
        now: the moment of the call, with a zone.
        step: the step's id, else its path.
        page: the mark of the page that is asked for, as the page before gave it with ``next``; None for the first one.
    """

    key: str
    attempt: int
    connection: Any
    log: Logger
    now: datetime
    shop: str
    workflow: str
    run_id: str
    step: str
    locale: str
    page: str | None = None


class ActionFunction(Generic[P, R]):
    """A function that ``@action`` decorated; called, it is the function itself."""

    def __init__(self, function: Callable[P, R], name: str, effect: Effect, options: Mapping[str, Any]) -> None:
        self.function, self.name, self.effect, self.options = function, name, effect, options
        self.planner: Callable[..., str] | None = None
        self.__doc__, self.__name__ = function.__doc__, function.__name__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def plan(self, planner: Callable[..., str]) -> Callable[..., str]:
        """Decorate the pure function that says in one line what a call would do; it takes the parameters by name."""
        self.planner = planner
        return planner

    def __repr__(self) -> str:
        return f"<action {self.name}>"


def action(
    name: str,
    *,
    effect: Literal["reads", "writes", "sends", "charges"],
    idempotent: bool = False,
    retry: Retry | None = None,
    timeout: float | None = None,
    connections: tuple[str, ...] = (),
    quick: bool = False,
    consent: tuple[str, ...] = (),
) -> Callable[[Callable[P, R]], ActionFunction[P, R]]:
    """Decorate a typed function as an action; its schema comes from its signature and docstring.

    One that searches is annotated ``-> Page[…]``: workflows see a list, and ``for_each`` asks for the pages after the first.
    A parameter called ``call`` gets the :class:`ActionCall`. Values are checked and converted before the call.
    ``async def`` is awaited; ``def`` runs in a thread, or on the engine's own loop where it is ``quick``.

    Args:
        name: as workflows say it, such as ``email.send``.
        effect: what it does to the world; every movement of money ``charges``.
        idempotent: whether the other side does it once for the same key.
        retry: how failures are tried again, where a step does not say.
        timeout: seconds for one attempt; 60 by default.
        connections: the kinds of connections that can carry it out.
        quick: a plain function that returns within microseconds.
        consent: parameters with the e-mail addresses of those who must agree, each a text or a list, where a call's parameter
            ``purpose`` is ``marketing``; where one does not, the call is not made.

    Returns:
        The decorator.
    """
    options = {
        "idempotent": idempotent, "retry": retry or Retry(), "timeout": timeout or 60.0, "connections": connections, "quick": quick, "consent": consent,
    }  # fmt: skip
    return lambda function: ActionFunction(function, name, Effect(effect), options)


@dataclass(frozen=True, slots=True)
class Declared:
    """A function that ``@connection``, ``@trigger`` or ``@filter`` decorated."""

    kind: Literal["connection", "trigger", "filter"]
    name: str
    function: Callable[..., Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


def connection(name: str, *, carries: tuple[str, ...] = ()) -> Callable[[Callable[..., Any]], Declared]:
    """Decorate the function that opens a connection; its parameters are the settings.

    A parameter called ``root`` gets the project's folder. What it returns is ``call.connection`` of actions; where that
    has an ``aclose`` or a ``close``, it is called at the end. Opening should be cheap: nothing is reached before the first call.

    Args:
        name: as ``plugin:`` in the project file says it.
        carries: actions of others that it can carry out, such as ``ticket.reply``: what it opens has a method of each name,
            ``ticket_reply``, that takes the call and the action's parameters.
    """
    return lambda function: Declared("connection", name, function, {"carries": carries})


def trigger(
    name: str,
    *,
    keys: tuple[str, ...] = (),
    event: str = "",
    data: Mapping[str, Any] | None = None,
    adds: tuple[str, ...] = (),
    single: bool = False,
) -> Callable[[Callable[..., Watch]], Declared]:
    """Decorate the function that makes the watch of a trigger; its parameters are the settings, its docstring says what it does.

    It is called when a file is read. Where settings make no sense it raises ``ValueError("key: why, and what to do")``.
    Annotated as :data:`EventTypes` or :data:`Expression`, a setting is a list of types, or compiled: ``.value(scope)``.

    Args:
        name: the trigger's kind.
        keys: a trigger that has one of these keys is of this kind; by default the kind's name is the key.
        event: the type of the events that it makes itself, such as ``tide.turned``; ``NAME.fired`` by default.
        data: JSON Schema of their data.
        adds: names that its firings add to ``trigger``.
        single: whether a start is refused while a run of its subject is open, where a workflow says no mode.

    Returns:
        The decorator.
    """
    options = {"keys": keys or (name,), "event": event or f"{name}.fired", "data": data or {}, "adds": adds, "single": single}
    return lambda function: Declared("trigger", name, function, options)


def filter(name: str) -> Callable[[Callable[..., Any]], Declared]:
    """Decorate a pure function of a value (and arguments) as a filter of expressions and templates.

    Args:
        name: as templates say it after the bar.
    """
    return lambda function: Declared("filter", name, function)


@dataclass(frozen=True, slots=True)
class Source:
    """What a vendor's webhooks become.

    Attributes:
        name: the vendor, and ``source`` of the events.
        topics: those that become events; others give none.
        convert: takes the topic, the decoded body and the delivery's id (or None), gives events as mappings with
            ``type, data, id, subject, time, source``; never raises for a body.
    """

    name: str
    topics: tuple[str, ...]
    convert: Callable[[str, Any, str | None], list[dict[str, Any]]]

    def __call__(self, topic: str, body: Any, event_id: str | None = None) -> list[dict[str, Any]]:
        """Return the events of one delivery; none for a topic that is not known."""
        return self.convert(topic, body, event_id) if topic in self.topics else []
