"""What was compiled of the files of a project, for the next time it is read in this process: most files have not changed.

Nothing is kept on disk. A file counts as the same where its text, the project file and all template files that it asked
for say what they said, under the same catalog: then compiling it anew would give the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ecomflow.language.text import SourceText
    from ecomflow.model import Catalog, Diagnostic, Workflow


@dataclass(frozen=True, slots=True)
class Compiled:
    """What came of a file.

    Attributes:
        text: the file's.
        name: the workflow's.
        workflow: None where the file is at fault.
        inputs: those that it declares.
        faults: what was found in it.
        templates: each template file that was asked for, with its text then.
    """

    text: str
    name: str
    workflow: Workflow | None
    inputs: Any
    faults: tuple[Diagnostic, ...]
    templates: dict[str, str | None]


@dataclass(slots=True)
class Kept:
    """The files of one project as they were read.

    Attributes:
        root: the project's folder.
        settings: the text of its project file.
        catalog: what was installed.
    """

    root: Path
    settings: str
    catalog: Catalog
    files: dict[str, Compiled] = field(default_factory=dict)

    def find(self, source: SourceText, template: Callable[[str], str | None]) -> Compiled | None:
        """Return what came of a file, where nothing that it depends on has changed."""
        found = self.files.get(source.file)
        if found is None or found.text != source.text or any(template(name) != text for name, text in found.templates.items()):
            return None
        return found


class Asked:
    """Passes questions for template files on, and notes them with their answers.

    Args:
        template: gives the text of a file, or None.
    """

    def __init__(self, template: Callable[[str], str | None]) -> None:
        self._template = template
        self.noted: dict[str, str | None] = {}

    def __call__(self, name: str) -> str | None:
        """Return the text of a template file, or None where there is none."""
        self.noted[name] = self._template(name)
        return self.noted[name]


_last: list[Kept] = []
"""The project that was read last: only its files are kept."""


def kept_of(root: Path, settings: str, catalog: Catalog) -> Kept:
    """Return what is kept of a project; nothing where another was read since, or its project file or catalog is another.

    Args:
        root: the project's folder.
        settings: the text of its project file.
        catalog: what is installed.
    """
    last = _last[0] if _last else None
    if last is not None and last.root == root and last.settings == settings and last.catalog is catalog:
        return last
    return Kept(root, settings, catalog)


def keep(kept: Kept) -> None:
    """Keep what was read, in place of what was kept before."""
    _last[:] = [kept]
