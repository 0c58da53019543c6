"""Secrets of connections, read where they are kept: the environment, or a folder with a file for each."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from ecomflow.errors import NotFoundError
from ecomflow.language import Secret
from ecomflow.masking import MASKS, MIN_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ecomflow.language import Project

_log = logging.getLogger("ecomflow")


def resolve(settings: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Return a connection's settings with its secrets in place of their names.

    Raises:
        NotFoundError: a secret is neither in the environment nor in the folder ``secrets``.
    """
    return {key: _resolve(value, root) for key, value in settings.items()}


def _resolve(value: Any, root: Path) -> Any:
    if isinstance(value, Secret):
        found = _read(value.name, root)
        if found is None:
            raise NotFoundError(f"the secret {value.name} is neither in the environment nor a file under secrets/")
        MASKS.add([found])
        return found
    if isinstance(value, dict):
        return {key: _resolve(inner, root) for key, inner in value.items()}
    return [_resolve(inner, root) for inner in value] if isinstance(value, list) else value


def _read(name: str, root: Path) -> str | None:
    if name in os.environ:
        return os.environ[name]
    path = root / "secrets" / name
    return path.read_text(encoding="utf-8").rstrip("\n") if path.is_file() else None


def registered(project: Project) -> list[str]:
    """Return all secrets that the project's connections name and that can be read; one too short to be looked for is logged."""
    found = _found(project)
    for name in (name for name, text in found.items() if len(text) < MIN_LENGTH):
        _log.warning("the secret %s has fewer than %d characters: it is looked for nowhere, and not masked", name, MIN_LENGTH)
    return list(found.values())


def mask(project: Project) -> None:
    """Let this process print no secret of the project from now on."""
    MASKS.add(_found(project).values())


def _found(project: Project) -> dict[str, str]:
    names = {secret.name for config in project.connections.values() for secret in _secrets(config.settings)}
    return {name: text for name in sorted(names) if (text := _read(name, project.root)) is not None}


def _secrets(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner)
