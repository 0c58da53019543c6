"""The embedded desk of a project, opened for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import click

from ecomflow.cli.folders import project_folder
from ecomflow.errors import NotFoundError
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.runtime.secrets import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ecomflow.language import Project

_PLUGIN: Final = "local"


class Records(Protocol):
    """What the desk lets people do."""

    def put(self, kind: str, *records: Mapping[str, Any]) -> None: ...
    def get(self, kind: str, id: str) -> dict[str, Any] | None: ...
    def find(self, kind: str, /, **fields: Any) -> list[dict[str, Any]]: ...
    def remove(self, kind: str, id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """An opened desk, and what is installed."""

    records: Records
    registry: Registry


def open_desk(folder: Path, connection: str | None) -> Desk:
    """Open the connection of kind ``local`` that is meant; without any in the project file, the one with its defaults.

    Args:
        folder: the project's.
        connection: its name, needed where there are several.

    Raises:
        NotFoundError: none is called so.
        UsageError: there are several, and none is named.
    """
    registry = Registry.load()
    project = load_project(project_folder(folder), registry.catalog)
    name = _chosen(project, connection)
    settings = resolve(project.connections[name].settings, project.root) if name in project.connections else {}
    return Desk(registry.open_connection(name, _PLUGIN, settings, project.root), registry)


def _chosen(project: Project, wanted: str | None) -> str:
    known = [config.name for config in project.connections.values() if config.plugin == _PLUGIN] or [_PLUGIN]
    if wanted is None and len(known) > 1:
        raise click.UsageError(f"the project has several connections of kind local: name one with --connection: {', '.join(known)}")
    if wanted is not None and wanted not in known:
        raise NotFoundError(f"no connection of kind local is called {wanted!r}; known are {', '.join(known)}")
    return wanted or known[0]
