"""Which project a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecomflow.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

PROJECT_FILE: Final = "ecomflow.yaml"


def project_folder(folder: Path) -> Path:
    """Return the folder if it holds a project or workflows.

    Raises:
        NotFoundError: it holds neither.
    """
    if (folder / PROJECT_FILE).exists() or any(folder.glob("*.y*ml")):
        return folder
    raise NotFoundError(f"{folder.resolve()} holds no {PROJECT_FILE} and no workflows; `ecomflow init` makes a project")


def project_of(path: Path) -> Path:
    """Return the project that a file or folder belongs to: the nearest folder with a project file, else its own."""
    place = path.resolve()
    own = place if place.is_dir() else place.parent
    return next((folder for folder in (own, *own.parents) if (folder / PROJECT_FILE).is_file()), own)
