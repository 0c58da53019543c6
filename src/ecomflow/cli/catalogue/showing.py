"""Lists and pages of what is installed, on the terminal."""

from __future__ import annotations

from difflib import get_close_matches
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Final, TypeVar

from ecomflow.cli.catalogue.schemas import one_line
from ecomflow.cli.output import Ink, safe
from ecomflow.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ecomflow.cli.catalogue.schemas import Argument
    from ecomflow.cli.output import Out
    from ecomflow.registry import Registry

T = TypeVar("T")
_LEAST: Final = 30


def find(known: Mapping[str, T], name: str, what: str) -> T:
    """Return the thing of a name.

    Args:
        known: by name.
        name: as it was typed.
        what: it is called, for the message.

    Raises:
        NotFoundError: there is none.
    """
    if name not in known:
        near = get_close_matches(name, known, 1)
        raise NotFoundError(f"no {what} is called {name}; " + (f"did you mean {near[0]}?" if near else f"known are {', '.join(known) or 'none'}"))
    return known[name]


def origin(registry: Registry, thing: str) -> tuple[str, str]:
    """Return the distribution that brings a thing, and its version; empty texts for what no distribution brings.

    Args:
        registry: what is installed.
        thing: kind and name, such as ``action email.send``.
    """
    found = next((plugin for plugin in registry.plugins if thing in plugin.things), None)
    return (found.distribution, found.version) if found else ("", "")


def fold(out: Out, rows: Iterable[Sequence[str | Ink]], indent: str = "") -> None:
    """Print rows with their columns in line, the last folded to the terminal.

    Args:
        out: where to.
        rows: of equal length.
        indent: in front of each line.
    """
    cells = [[cell if isinstance(cell, Ink) else Ink(cell) for cell in row] for row in rows]
    widths = [max(len(safe(row[n].text)) for row in cells) for n in range(len(cells[0]) - 1)] if cells else []
    lead = len(indent) + sum(width + 2 for width in widths)
    for row in cells:
        first = [Ink(f"{safe(cell.text).ljust(width)}  ", cell.colour, cell.bold) for cell, width in zip(row, widths, strict=False)]
        lines = folded(row[-1].text, lead)
        parts = [*first, Ink(lines[0], row[-1].colour)]
        while len(parts) > 1 and not parts[-1].text.strip():
            parts.pop()
        out.say(indent, *parts[:-1], parts[-1]._replace(text=parts[-1].text.rstrip()))
        for line in lines[1:]:
            out.say(" " * lead, Ink(line, row[-1].colour))


def folded(text: str, lead: int = 0) -> list[str]:
    """Return a text in lines that fit the terminal behind ``lead`` characters; one line at least.

    Args:
        text: one paragraph.
        lead: what stands before each line.
    """
    room = max(get_terminal_size().columns - lead, _LEAST)
    return wrap(safe(text), room, break_on_hyphens=False, break_long_words=False) or [""]


def say_paragraphs(out: Out, text: str) -> None:
    """Print a description, each paragraph folded to the terminal.

    Args:
        out: where to.
        text: paragraphs with an empty line between them.
    """
    for paragraph in filter(None, text.split("\n\n")):
        for line in folded(one_line(paragraph)):
            out.say(line)
        out.say()


def say_arguments(out: Out, known: Sequence[Argument]) -> None:
    """Print arguments: name, kind, whether needed or by default what, and what for.

    Args:
        out: where to.
        known: the arguments.
    """
    rows = [(each.name, each.kind, each.need, each.text) for each in known]
    columns = [n for n in range(4) if n == 0 or any(row[n] for row in rows)]
    fold(out, [[Ink(row[0], bold=True), *(row[n] for n in columns[1:])] for row in rows], "  ")


def say_pasted(out: Out, title: str, text: str) -> None:
    """Print text to paste, not folded and not coloured.

    Args:
        out: where to.
        title: what it is.
        text: its lines.
    """
    out.say()
    out.say(Ink(title, bold=True))
    out.say()
    for line in text.splitlines():
        out.say("  ", line)
