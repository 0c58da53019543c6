"""What is wrong with a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A fault of a file. Lines and columns count from 1; ``length`` is that of the faulty part.

    ``label`` stands beside the caret; ``excerpt`` is the whole line.
    """

    code: str
    message: str
    file: str
    line: int = 1
    column: int = 1
    length: int = 1
    severity: str = "error"
    help: str = ""
    excerpt: str = ""
    workflow: str | None = None
    label: str = ""
