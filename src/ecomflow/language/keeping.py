"""What came of the files of a project, for the next time that it is read: most files have not changed.

A file counts as the same where its text, the project file and all that it asked for (template files, names that other
distributions bring) say what they said: then compiling it anew would give the same. In the same process the workflows
themselves are kept; on the shelf, for another process, their summaries.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ecomflow.language.declared import Declared
from ecomflow.language.loops import CALLS
from ecomflow.language.shelf import Entry, can_hold, digest_of, read_shelf, remove_shelf, write_shelf
from ecomflow.language.summary import summary_of
from ecomflow.model import known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ecomflow.language.text import SourceText
    from ecomflow.model import Catalog, Workflow

WORTH_KEEPING: Final = 50
"""Files from which on a shelf is written: a few are compiled as fast as it is read."""

_OWN: Final = "ecomflow"


@dataclass(slots=True)
class Compiled:
    """What came of a file.

    Attributes:
        entry: all but the workflow.
        workflow: None where the file is at fault, or where only the summary in the entry is there yet.
    """

    entry: Entry
    workflow: Workflow | None


@dataclass(slots=True)
class Kept:
    """The files of one project as they were read.

    Attributes:
        root: the project's folder.
        settings: the text of its project file.
        declared: what was installed.
        files: by name.
        shelf: the file in which they are kept for other processes, if any; ``shelved`` are those that lie there.
    """

    root: Path
    settings: str
    declared: Declared
    files: dict[str, Compiled] = field(default_factory=dict)
    shelf: Path | None = None
    shelved: dict[str, Compiled] = field(default_factory=dict)

    def find(self, source: SourceText, template: Callable[[str], str | None]) -> Compiled | None:
        """Return what came of a file, where nothing that it depends on has changed."""
        found = self.files.get(source.file)
        if found is None or found.entry.text != digest_of(source.text):
            return None
        entry = found.entry
        if any(digest_of_template(template(name)) != digest for name, digest in entry.templates.items()):
            return None
        return None if any(self.declared.digest(place) != digest for place, digest in entry.asked.items()) else found


def digest_of_template(text: str | None) -> str | None:
    """Return the digest of a template file's text, or None where there is no such file."""
    return None if text is None else digest_of(text)


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

    @property
    def digests(self) -> dict[str, str | None]:
        """What was asked for, each with a digest of its text."""
        return {name: digest_of_template(text) for name, text in self.noted.items()}


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector away: what is compiled stays, and to walk all of it again and again takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


_last: list[Kept] = []
"""The project that was read last: only its files are kept in memory."""


def kept_of(root: Path, settings: str, catalog: Catalog, shelf: Path | None) -> Kept:
    """Return what is kept of a project: in memory, else on the shelf; nothing where its project file or what is installed is another.

    Args:
        root: the project's folder.
        settings: the text of its project file.
        catalog: what is installed.
        shelf: where it is kept for other processes, if it is.
    """
    last = _last[0] if _last and _last[0].declared.of is catalog else None
    if last is not None and last.root == root and last.settings == settings:
        return last
    # What other distributions bring is known once it was asked for: the start is the first time.
    declared = Declared(catalog) if last is None else last.declared
    entries = {} if shelf is None else read_shelf(shelf, settings, declared)
    files = {name: Compiled(entry, None) for name, entry in entries.items()}
    return Kept(root, settings, declared, files, shelf, files)


def keep(read: Kept, before: Kept) -> None:
    """Keep what was read, in place of what was kept before; on the shelf, where that is worth it and anything there has changed.

    Args:
        read: what was read; its shelf says where.
        before: what was kept.
    """
    _last[:] = [read]
    if read.shelf is None:
        return
    read.shelved = {name: found for name, found in read.files.items() if _can_lie(name, found, read.declared.of)}
    lies = before.shelved if before.shelf == read.shelf else {}
    if len(read.shelved) < WORTH_KEEPING:
        remove_shelf(read.shelf)
    elif lies.keys() != read.shelved.keys() or any(lies[name] is not found for name, found in read.shelved.items()):
        write_shelf(read.shelf, read.settings, read.declared, {name: found.entry for name, found in read.shelved.items()})


def _can_lie(name: str, found: Compiled, catalog: Catalog) -> bool:
    """Return whether a file's workflow can be compiled later, with its summary in the entry if so.

    Not where other code decides whether it can: a kind of trigger of another distribution. And not where it calls another
    workflow: whether that ever ends is asked of the compiled steps, each time.
    """
    if found.entry.summary is not None:
        return True
    if found.workflow is None or any(how == CALLS for how, *_ in found.entry.leads):
        return False
    specs = known(catalog.triggers)
    if any(each.kind in specs and specs[each.kind].distribution != _OWN for each in found.workflow.triggers):
        return False
    whole = replace(found.entry, summary=summary_of(found.workflow))
    if can_hold(name, whole):
        found.entry = whole
    return found.entry is whole
