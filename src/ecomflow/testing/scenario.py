"""What happens in a case, read from ``given``: each entry is played at its moment of virtual time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ecomflow.errors import CaseError
from ecomflow.testing.values import flow, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)

_SHAPES: Mapping[str, frozenset[str]] = {
    "event": frozenset({"data", "id", "source", "subject", "time"}),
    "run": frozenset({"data", "force"}),
    "advance": frozenset(),
    "restart": frozenset({"down"}),
    "decide": frozenset(),
    "cancel": frozenset(),
    "retry": frozenset(),
    "skip": frozenset(),
    "pause": frozenset(),
    "resume": frozenset(),
    "deploy": frozenset({"how"}),
    "edit": frozenset(),
}
_BODIES: Mapping[str, frozenset[str]] = {
    "decide": frozenset({"approved", "by", "comment", "workflow"}),
    "cancel": frozenset({"workflow", "subject", "reason"}),
    "retry": frozenset({"workflow", "subject", "from"}),
    "skip": frozenset({"workflow", "subject", "result"}),
    "pause": frozenset({"workflow", "all"}),
    "resume": frozenset({"workflow", "all"}),
}


@dataclass(frozen=True, slots=True)
class Given:
    """One entry of ``given``.

    Attributes:
        kind: its word, such as ``event`` or ``restart``.
        body: what stands at that word.
        rest: the keys beside it, without ``at``.
        at: seconds from the start; None for the moment at which the case stands.
    """

    kind: str
    body: Any
    rest: Mapping[str, Any]
    at: float | None = None


def parse_given(entries: Any) -> tuple[Given, ...]:
    """Return what happens in a case.

    Args:
        entries: the list under ``given``.

    Raises:
        CaseError: an entry is not written as these entries are.
    """
    if not isinstance(entries, list):
        raise CaseError("`given` is a list")
    return tuple(_entry(entry) for entry in entries)


def _entry(entry: Any) -> Given:
    if not isinstance(entry, dict):
        raise CaseError(f"an entry of `given` is a mapping, not {flow(entry)}")
    kind = next((word for word in _SHAPES if word in entry), None)
    if kind is None:
        raise CaseError(f"{flow(entry)} is no entry of `given`: write one of {', '.join(_SHAPES)}")
    _known(entry, _SHAPES[kind] | {"at", kind})
    if kind in _BODIES:
        _known(entry[kind], _BODIES[kind])
    at = seconds(entry["at"]) if "at" in entry else None
    return Given(kind, entry[kind], {key: value for key, value in entry.items() if key not in {"at", kind}}, at)


def _known(entry: Any, known: frozenset[str]) -> None:
    if not isinstance(entry, dict):
        raise CaseError(f"{flow(entry)} is no mapping of {', '.join(sorted(known))}")
    for key in entry:
        if key not in known:
            raise CaseError(f"unknown key `{key}` in {flow(entry)}: known are {', '.join(sorted(known))}")


def moment(value: Any) -> datetime:
    """Return a moment as a case writes it.

    Args:
        value: a text such as ``2026-03-02T09:00:00Z``, or a datetime; without a zone it is UTC.

    Raises:
        CaseError: it is no moment.
    """
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise CaseError(f"{value!r} is no moment: write it as 2026-03-02T09:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
