"""What a check finds: how bad it is, what is so, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is: nothing to do, to be looked at, or something does not work and will not by itself."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        message: what is so, and where, in one line.
        remedy: what to do; empty where there is nothing to do.
        details: more lines.
    """

    level: Level
    message: str
    remedy: str = ""
    details: tuple[str, ...] = ()


def ok(message: str, *details: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(Level.OK, message, "", details)


def warn(message: str, remedy: str, *details: str) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(Level.WARN, message, remedy, details)


def fail(message: str, remedy: str, *details: str) -> Finding:
    """Return a finding of something that does not work."""
    return Finding(Level.FAIL, message, remedy, details)


def some(texts: list[str], most: int = 5) -> tuple[str, ...]:
    """Return the first of many details, and how many more there are."""
    return (*texts[:most], f"and {len(texts) - most:,} more") if len(texts) > most else tuple(texts)
