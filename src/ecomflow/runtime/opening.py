"""Which folders can be opened: those in which there is something, and whose project file says where the store is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ecomflow.errors import NotFoundError, ProjectError, StoreError
from ecomflow.language import load_project
from ecomflow.language.project import PROJECT_FILE
from ecomflow.runtime.secrets import mask

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.language import Project
    from ecomflow.model import Catalog

_UNREADABLE: Final = frozenset({"EF101", "EF102", "EF103", "EF104", "EF105", "EF106", "EF110"})
"""Faults of a project file after which nobody knows what else it says: the shop, the store."""


SQLITE: Final = "sqlite:///"


def store_file(root: Path, store: str) -> Path:
    """Return the store's file.

    Args:
        root: the project's folder.
        store: as the project file names it.

    Raises:
        StoreError: it is none.
    """
    if not store.startswith(SQLITE):
        raise StoreError(f"the embedded runtime keeps its store in sqlite:///FILE, not in {store}")
    return root / store.removeprefix(SQLITE)


def _shelf(root: Path, store: str) -> Path | None:
    """Return the file beside the store in which is kept what came of the project's files, where the store is a file."""
    if not store.startswith(SQLITE) or (file := store_file(root, store)).is_dir():
        return None  # which is no store: who opens it says so
    return file.with_name(f"{file.name}.compiled")


def open_project(folder: Path, catalog: Catalog, *, writes: bool = True) -> Project:
    """Read a project that an engine or a client may use.

    Args:
        folder: one with a project file, or a folder of workflows.
        catalog: what is installed.
        writes: whether what comes of its files may be kept for other processes.

    Raises:
        NotFoundError: the folder is not there, or holds neither. Events left in a mistyped folder would never be decided.
        ProjectError: the project file cannot be read. With another store than it names, events would be lost from sight.
    """
    project = load_project(folder, catalog, lambda store: _shelf(folder, store), writes=writes)
    if not ((folder / PROJECT_FILE).exists() or project.sources):
        raise NotFoundError(f"{folder.absolute()} holds no {PROJECT_FILE} and no workflows; `ecomflow init` makes a project")
    faults = [fault for fault in project.diagnostics if fault.file == PROJECT_FILE and fault.code in _UNREADABLE]
    if faults:
        raise ProjectError(faults)
    mask(project)
    return project
