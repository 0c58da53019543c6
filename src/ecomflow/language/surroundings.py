"""What a workflow is compiled in: the parts of the project that it may name, and a note of those that it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ecomflow.language.names import EventShapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ecomflow.model import Catalog


@dataclass(frozen=True)
class Surroundings:
    """The parts of a project that a workflow may name.

    Attributes:
        inputs: the project's values for this workflow's inputs.
        calendars: as they are written in the project file; ``caps`` likewise.
        connections: the plugin of each connection; None where that is not known (a pinned version).
        template: gives the text of a file under ``templates/``, or None.
        lookback: seconds, where a workflow says nothing.
    """

    catalog: Catalog
    events: EventShapes
    timezone: str = "UTC"
    locale: str = "en"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    calendars: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    caps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    connections: Mapping[str, str] | None = None
    template: Callable[[str], str | None] = lambda _: None
    lookback: float = 900.0


@dataclass
class Uses:
    """What a workflow names of its surroundings, and so depends on (R:V4), and what it reads in all.

    Attributes:
        paths: every constant path.
        hidden: whether a template has names of its own: whatever is called like one of them has no path.
    """

    calendars: set[str] = field(default_factory=set)
    caps: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    templates: dict[str, str] = field(default_factory=dict)
    paths: set[tuple[str, ...]] = field(default_factory=set)
    hidden: bool = False

    def note(self, paths: tuple[tuple[str, ...], ...], surroundings: Surroundings) -> None:
        """Note the calendars and people that an expression names; one that names none of them may mean any."""
        self.paths.update(paths)
        for path in paths:
            if path[0] == "calendars":
                self.calendars.update(path[1:2] or surroundings.calendars)
            elif path[0] == "people":
                self.people.update(path[1:2] or surroundings.people)
