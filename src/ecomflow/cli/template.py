"""The sample projects that ``init`` writes and ``demo`` plays: package data, kept once for all of them."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

_RENAMED: Final = {"gitignore": ".gitignore"}
"""Files whose own name would have a meaning in this package."""
ALL: Final = "all"
"""The template that holds every other one."""
_SHARED: Final = (".gitignore", "ecomflow.yaml", "templates/base.html")
_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "abandoned-cart": (
        "events/checkout.json",
        "events/order.json",
        "events/shopify-checkouts-update.json",
        "templates/abandoned-cart.html",
        "templates/last-call.html",
    ),
    "approval-notice": ("events/approval.json", "templates/approval-notice.html"),
    "restock-alert": ("events/shopify-variants-in_stock.json", "templates/restock-alert.html"),
    "return-approval": (
        "events/shopify-returns-request.json",
        "templates/return-approved.html",
        "templates/return-declined.html",
        "templates/approval-notice.html",
        "workflows/approval-notice.test.yaml",
        "workflows/approval-notice.yaml",
    ),
    "ticket-priority": ("events/ticket.json",),
}
"""What a workflow needs beside its own file and its test."""
TEMPLATES: Final = (*_OWN, ALL)


def write_project(folder: Path, template: str = ALL) -> list[str]:
    """Write a project's files.

    Args:
        folder: made where it is missing.
        template: one of TEMPLATES.

    Returns:
        The names of the files, in order.

    Raises:
        FileExistsError: one of them is there already; nothing has been written.
    """
    found = dict(sorted(template_files(template)))
    for name in found:
        if (folder / name).exists():
            raise FileExistsError(f"{folder / name} is there already")
    for name, content in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return list(found)


def template_files(template: str = ALL) -> Iterator[tuple[str, bytes]]:
    """Yield each file's name in the project, and its content."""
    for name, content in _below(files("ecomflow.cli") / "project_template", ""):
        if template == ALL or name in _SHARED or name in _own(template):
            yield name, content


def _own(template: str) -> tuple[str, ...]:
    return (f"workflows/{template}.yaml", f"workflows/{template}.test.yaml", *_OWN[template])


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = prefix + _RENAMED.get(entry.name, entry.name)
        if entry.is_dir():
            yield from _below(entry, f"{name}/")
        else:
            yield name, entry.read_bytes()
