"""The text of one file, and the faults found in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from ecomflow.model import Diagnostic

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_LONGEST_EXCERPT: Final = 400


@dataclass
class SourceText:
    """A file's text, with the faults that were found so far.

    Attributes:
        text: without a byte order mark.
        file: the name for people.
        faults: in the order in which they were found.
        workflow: the name of its workflow, once that is known.
    """

    text: str
    file: str
    faults: list[Diagnostic] = field(default_factory=list)
    workflow: str | None = None

    @cached_property
    def starts(self) -> list[int]:
        """The index at which each line starts."""
        return [0, *(match.end() for match in _BREAK.finditer(self.text))]

    def place(self, index: int) -> tuple[int, int]:
        """Return line and column, both from 1, of a character."""
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return a line's text without its end."""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end].rstrip("\r\n")

    def fault(self, code: str, message: str, start: int, end: int, *, help: str = "", label: str = "", severity: str = "error") -> None:
        """Note a fault.

        Args:
            code: one of CODES.
            message: what is wrong, in one sentence.
            start: index of the first faulty character; ``end`` of the one after the last.
            help: the fix.
            label: a few words that stand beside the caret.
            severity: ``error`` or ``note``.
        """
        start = max(0, min(start, len(self.text)))
        line, column = self.place(start)
        excerpt = self.line(line)
        length = max(1, min(end - start, len(excerpt) - column + 1))
        found = Diagnostic(code, message, self.file, line, column, length, severity, help, excerpt[:_LONGEST_EXCERPT], self.workflow, label)
        # The same fault is met again where a value stands at several places, or by a check and by its builder.
        if not any((each.code, each.line, each.column) == (code, line, column) for each in self.faults):
            self.faults.append(found)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return all faults in order of place, each with the workflow's name."""
        named = (replace(fault, workflow=self.workflow) for fault in self.faults)
        return tuple(sorted(named, key=lambda fault: (fault.line, fault.column)))
