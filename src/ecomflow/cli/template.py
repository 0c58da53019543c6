"""The project that ``init`` writes and ``demo`` plays: package data, kept once."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from ecomflow.registry import Registry

_RENAMED: Final = {"gitignore": ".gitignore"}
"""Files whose own name would have a meaning in this package."""
RECORDS: Final = "var/local.db"
"""Where the connection ``local`` keeps its records."""


def write_project(folder: Path) -> list[str]:
    """Write the project's files.

    Args:
        folder: made where it is missing.

    Returns:
        The names of the files, in order.

    Raises:
        FileExistsError: one of them is there already; nothing has been written.
    """
    found = dict(sorted(template_files()))
    for name in found:
        if (folder / name).exists():
            raise FileExistsError(f"{folder / name} is there already")
    for name, content in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return list(found)


def add_customers(folder: Path, registry: Registry) -> list[str]:
    """Put the sample customers into the project's local records, unless it has any; return the files that were made."""
    if (folder / RECORDS).exists():
        return []
    desk = registry.open_connection("desk", "local", {}, folder)
    for name in ("Ana", "Ben"):
        email = f"{name.lower()}@shopper.example"
        desk.put("customer", {"id": f"customer-{name.lower()}", "email": email, "first_name": name, "accepts_marketing": True})
    return [RECORDS]


def template_files() -> Iterator[tuple[str, bytes]]:
    """Yield each file's name in the project, and its content."""
    yield from _below(files("ecomflow.cli") / "project_template", "")


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = prefix + _RENAMED.get(entry.name, entry.name)
        if entry.is_dir():
            yield from _below(entry, f"{name}/")
        else:
            yield name, entry.read_bytes()
