"""Secrets of connections, read where they are kept: the environment, or a folder with a file for each."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ecomflow.errors import NotFoundError
from ecomflow.language import Secret
from ecomflow.masking import MASKS, MIN_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ecomflow.language import ConnectionConfig, Project

_log = logging.getLogger("ecomflow")


def resolve(settings: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Return a connection's settings with its secrets in place of their names.

    Raises:
        NotFoundError: a secret is neither in the environment nor in the folder ``secrets``, or its file cannot be read.
    """
    return {key: _resolve(value, root) for key, value in settings.items()}


def _resolve(value: Any, root: Path) -> Any:
    if isinstance(value, Secret):
        found = read_secret(value.name, root)
        MASKS.add([found])
        return found
    if isinstance(value, dict):
        return {key: _resolve(inner, root) for key, inner in value.items()}
    return [_resolve(inner, root) for inner in value] if isinstance(value, list) else value


def read_secret(name: str, root: Path) -> str:
    """Return a secret.

    Args:
        name: of the variable, or of the file.
        root: the project's folder.

    Raises:
        NotFoundError: it is neither in the environment nor in the folder ``secrets``, or its file cannot be read.
    """
    if name in os.environ:
        return os.environ[name]
    path = secret_file(name, root)
    try:
        if path.is_file():
            return path.read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise NotFoundError(f"the secret {name} cannot be read from {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise NotFoundError(f"the secret {name} in {path} is no text in UTF-8") from None
    raise NotFoundError(f"the secret {name} is neither in the environment nor a file under secrets/")


def secret_file(name: str, root: Path) -> Path:
    """Return where a secret lies that is not in the environment."""
    return root / "secrets" / name


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
    found = {}
    for name in sorted({name for config in project.connections.values() for name in secrets_of(config)}):
        with suppress(NotFoundError):
            found[name] = read_secret(name, project.root)
    return found


def secrets_of(config: ConnectionConfig) -> list[str]:
    """Return the names of the secrets in a connection's settings, in their order."""
    return list(dict.fromkeys(secret.name for secret in _secrets(config.settings)))


def _secrets(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _secrets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner)
