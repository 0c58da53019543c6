"""A project as it was read: its settings, its workflows, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ecomflow.model import Breaker, Duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.model import Diagnostic, EventType, Rate, Workflow

PROJECT_FILE: Final = "ecomflow.yaml"
DEDUPE_FOR: Final = Duration(days=90)
LOOKBACK: Final = 900.0
BREAKER: Final = Breaker()


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is over is kept; None for ever.

    Attributes:
        runs: after their end.
        events: after they came.
    """

    runs: Duration | None = None
    events: Duration | None = None


RETENTION: Final = Retention()


@dataclass(frozen=True, slots=True)
class Secret:
    """The place of a secret in the settings of a connection: ``{secret: NAME}``."""

    name: str


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """A connection as the project file describes it.

    Attributes:
        name: how steps call it.
        plugin: its kind.
        settings: the rest, with :class:`Secret` where a secret stands.
        rate: how many requests it takes, or None for any number.
        breaker: when it is left in peace for a while, or None for never.
    """

    name: str
    plugin: str
    settings: Mapping[str, Any]
    rate: Rate | None = None
    breaker: Breaker | None = BREAKER


@dataclass(frozen=True)
class Settings:
    """What the project file says, apart from workflows."""

    shop: str = "shop"
    timezone: str = "UTC"
    locale: str = "en"
    store: str = "sqlite:///var/ecomflow.db"
    deploy: str = "auto"
    max_starts: int = 60
    dedupe_for: Duration = DEDUPE_FOR
    lookback: float = LOOKBACK
    retention: Retention = RETENTION
    consent: str | None = None
    workflows: str | None = None
    templates: str = "templates"
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    connections: Mapping[str, ConnectionConfig] = field(default_factory=dict)
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calendars: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    caps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    event_types: Mapping[str, EventType] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project as it was read.

    Attributes:
        root: its folder.
        workflows: those without a fault, enabled or not, by name.
        faulty: the diagnostics of each workflow that has an error.
        diagnostics: every fault and note of every file, in order of file and line.
        event_types: those that are installed, and the project's.
        sources: the file of each workflow.
        dedupe_for: how long ids of events are remembered.
        lookback: seconds, where a workflow says nothing.
        retention: how long ended runs and events are kept.
        consent: the connection that is asked whether a customer accepts marketing (R:P12), ``none``, or None for the first that fits.
        templates: the folder of template files.
    """

    root: Path
    shop: str = "shop"
    timezone: str = "UTC"
    locale: str = "en"
    store: str = "sqlite:///var/ecomflow.db"
    deploy: str = "auto"
    max_starts: int = 60
    dedupe_for: Duration = DEDUPE_FOR
    lookback: float = LOOKBACK
    retention: Retention = RETENTION
    consent: str | None = None
    templates: Path = Path("templates")
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    faulty: Mapping[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    connections: Mapping[str, ConnectionConfig] = field(default_factory=dict)
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    event_types: Mapping[str, EventType] = field(default_factory=dict)
    sources: Mapping[str, Path] = field(default_factory=dict)
