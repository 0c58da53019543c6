"""What is installed: actions, event types, connections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.model.triggering import TriggerSpec

T = TypeVar("T")


class Effect(StrEnum):
    """What an action does to the world."""

    READS = "reads"
    WRITES = "writes"
    SENDS = "sends"
    CHARGES = "charges"


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when an action is tried again (R:P10). Delays and deadline in seconds."""

    attempts: int = 5
    delay: float = 10.0
    max_delay: float = 3600.0
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What the language must know of an action.

    Attributes:
        params: JSON Schema of ``with`` (an object schema).
        result: JSON Schema of the result, or an empty mapping for anything.
        connections: the connection plugins that can carry it out; empty where it needs none.
        timeout: seconds for one attempt.
        quick: a plain function that may be called on the engine's own loop.
        pages: whether its result is one page of a list, and further ones can be asked for (R:P5).
        consent: parameters with the addresses of those who must agree to a call whose ``purpose`` is ``marketing`` (R:P12).
    """

    name: str
    effect: Effect
    idempotent: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    connections: tuple[str, ...] = ()
    retry: Retry = Retry()
    timeout: float = 60.0
    quick: bool = False
    pages: bool = False
    consent: tuple[str, ...] = ()
    distribution: str = "ecomflow"


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event: a JSON Schema of its data, and the path that names its subject."""

    name: str
    schema: Mapping[str, Any]
    subject: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """A kind of connection: a JSON Schema of its settings without ``plugin``."""

    name: str
    settings: Mapping[str, Any]
    description: str = ""


class Names(Mapping[str, T]):
    """What is installed by name, where more may be installed than has been looked at.

    A name that is not among the known ones has all the rest looked at, and so does a list of all names.

    Args:
        known: what has been looked at; whoever made it may add to it.
        look: looks at all the rest; called again and again, it does nothing.
    """

    __slots__ = ("_look", "known")

    def __init__(self, known: Mapping[str, T], look: Callable[[], None]) -> None:
        self.known, self._look = known, look

    def __getitem__(self, name: str) -> T:
        if name not in self.known:
            self._look()
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        self._look()
        return iter(self.known)

    def __len__(self) -> int:
        self._look()
        return len(self.known)


def known(names: Mapping[str, T]) -> Mapping[str, T]:
    """Return the names that have been looked at so far, and look at no others."""
    return names.known if isinstance(names, Names) else names


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that is installed, as the language sees it."""

    actions: Mapping[str, ActionSpec] = field(default_factory=dict)
    event_types: Mapping[str, EventType] = field(default_factory=dict)
    connections: Mapping[str, ConnectionSpec] = field(default_factory=dict)
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    triggers: Mapping[str, TriggerSpec] = field(default_factory=dict)
    missing: Callable[[str], str] = field(default=lambda _: "", compare=False)
    """Says why a name is not among them, where what is installed has a fault that may be the reason; else nothing."""
