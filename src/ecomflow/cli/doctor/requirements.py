"""Whether what a distribution says that it needs is installed: names and versions, as its metadata give them."""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?([^;)]*)\)?\s*(;.*)?")
_CLAUSE: Final = re.compile(r"(===|==|!=|~=|<=|>=|<|>)\s*([^\s,]+)")
_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)*")


def unmet(distribution: str) -> Iterator[tuple[str, str | None]]:
    """Return what a distribution needs and does not have: each requirement, and the version that is there or None.

    What it needs under a condition (of an extra, of another system) is not asked.

    Args:
        distribution: its name; one that is not installed needs nothing.
    """
    try:
        wanted = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return
    for text in wanted:
        found = _REQUIREMENT.match(text)
        if found is None or found[3]:
            continue
        version = _version(found[1])
        if version is None or not all(fits(version, *clause) for clause in _CLAUSE.findall(found[2])):
            yield text, version


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def fits(version: str, sign: str, wanted: str) -> bool:
    """Return whether a version fits one clause such as ``>=`` ``1.2``; of both, the numbers alone are compared.

    Args:
        version: that is installed.
        sign: how they are compared.
        wanted: the version of the clause.
    """
    parts = len(_numbers(wanted))
    mine, theirs = _even(_numbers(version), _numbers(wanted))
    match sign:
        case "~=":
            return mine >= theirs and mine[: parts - 1] == theirs[: parts - 1]
        case "==" | "===":
            return mine[:parts] == theirs[:parts] if wanted.endswith(".*") else mine == theirs
        case "!=":
            return mine[:parts] != theirs[:parts] if wanted.endswith(".*") else mine != theirs
        case "<" | "<=":
            return mine < theirs or (sign == "<=" and mine == theirs)
        case _:
            return mine > theirs or (sign == ">=" and mine == theirs)


def _numbers(text: str) -> list[int]:
    found = _NUMBERS.search(text)
    return [int(part) for part in found[0].split(".")] if found else [0]


def _even(left: list[int], right: list[int]) -> tuple[list[int], list[int]]:
    length = max(len(left), len(right))
    return left + [0] * (length - len(left)), right + [0] * (length - len(right))
