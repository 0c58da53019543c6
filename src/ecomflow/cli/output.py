"""What is printed: results on stdout as lines or JSON objects, chatter on stderr, and no escape sequence of anybody else."""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import click

from ecomflow.masking import MASKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Control characters, and those that turn the direction of text or break lines.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
VERSION = 1
"""Of the JSON lines: fields are added, never taken away."""


_results: ContextVar[TextIO | None] = ContextVar("results", default=None)


@contextmanager
def stdout_for_results() -> Iterator[None]:
    """Keep stdout for what :class:`Out` prints; what anybody else does, such as a plugin, goes to stderr."""
    token = _results.set(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _results.reset(token)


class Ink(NamedTuple):
    """A piece of a line with a colour of ours."""

    text: str
    colour: str = ""
    bold: bool = False


def safe(text: str) -> str:
    """Return a text without secrets, its control characters shown and not obeyed; a terminal prints it on one line."""
    return _CONTROLS.sub(lambda found: _spelled(found[0]), MASKS.mask(text))


def _spelled(character: str) -> str:
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character) or (
        f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
    )


def note(text: str) -> None:
    """Print chatter: each line of it on stderr."""
    for line in MASKS.mask(text).splitlines():
        click.echo(safe(line), err=True)


class Out:
    """Where a command's result goes.

    Args:
        as_json: one JSON object a line instead of text for people.
        to_stderr: print the text where chatter goes.
    """

    def __init__(self, *, as_json: bool, to_stderr: bool = False) -> None:
        self.as_json, self._stream = as_json, sys.stderr if to_stderr else _results.get() or sys.stdout
        self.colour = not as_json and coloured(self._stream)

    @property
    def columns(self) -> int:
        """How many columns the terminal has; 0 where the text goes elsewhere, and lines may be of any length."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns
        except OSError:
            return 0

    def say(self, *parts: str | Ink) -> None:
        """Print a line for people; nothing with --json."""
        if not self.as_json:
            click.echo("".join(map(self._inked, parts)), file=self._stream, color=self.colour)

    def block(self, text: str) -> None:
        """Print a text of several lines for people."""
        for line in MASKS.mask(text).splitlines():
            self.say(line)

    def ready(self, text: str) -> None:
        """Print a text for people that is harmless and coloured already."""
        if not self.as_json:
            click.echo(MASKS.mask(text), file=self._stream, color=self.colour)

    def document(self, text: str) -> None:
        """Print a JSON document of several lines; nothing with --json, where it is a record on one line."""
        for line in () if self.as_json else text.splitlines():
            click.echo(_escaped(line), file=self._stream)

    def table(self, rows: Iterable[Iterable[str | Ink]], indent: str = "") -> None:
        """Print rows with their columns in line."""
        cells = [[cell if isinstance(cell, Ink) else Ink(cell) for cell in row] for row in rows]
        shown = [[Ink(safe(cell.text), cell.colour, cell.bold) for cell in row] for row in cells]
        widths = [max(len(row[n].text) for row in shown if n < len(row)) for n in range(max(map(len, shown), default=0))]
        for row in shown:
            while row and not row[-1].text:
                row.pop()
            padded = [Ink(cell.text.ljust(width), cell.colour, cell.bold) for cell, width in zip(row[:-1], widths, strict=False)]
            self.say(indent, *(part for cell in padded for part in (cell, "  ")), *row[-1:])

    def record(self, kind: str, **fields: Any) -> None:
        """Print a JSON object; nothing without --json."""
        if self.as_json:
            from ecomflow.jsontext import to_json

            click.echo(_escaped(to_json({"v": VERSION, "kind": kind, **fields})), file=self._stream)

    def _inked(self, part: str | Ink) -> str:
        if isinstance(part, str):
            return safe(part)
        text = safe(part.text)
        plain = not text or not self.colour or not (part.colour or part.bold)
        return text if plain else click.style(text, fg=part.colour or None, bold=part.bold or None)


def _escaped(line: str) -> str:
    """Return a line of JSON without secrets, its control characters escaped, those that JSON allows too."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", MASKS.mask(line))


def coloured(stream: Any) -> bool:
    """Return whether a stream takes colour: a terminal, unless NO_COLOR says otherwise."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and bool(stream.isatty())
