"""What a mutant is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One promise taken away.

    Attributes:
        name: the promise.
        changes: file under src/ecomflow, old text, new text; each old text stands there once.
        tests: what must go red.
    """

    name: str
    changes: tuple[tuple[str, str, str], ...]
    tests: tuple[str, ...]
