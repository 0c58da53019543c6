"""Pairs of a field of an arriving event and a value of one that came before, as one text (R:X3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.expressions.values import subject_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ecomflow.model import Pairing


class Pairs:
    """What must be equal for two events to belong together.

    Args:
        pairings: the pairs.
    """

    def __init__(self, pairings: Sequence[Pairing]) -> None:
        self._pairings = sorted(pairings, key=lambda each: each.field)
        self.source = [[each.field, each.value.source] for each in self._pairings]
        """The pairs as they are written."""

    def theirs(self, data: Mapping[str, Any]) -> str | None:
        """Return the text of the arriving event; None where it pairs with nothing."""
        return _joined(_field(data, each.field) for each in self._pairings)

    def mine(self, scope: Mapping[str, Any]) -> str | None:
        """Return the text of the one that came before; None where it pairs with nothing."""
        return _joined(each.value.value(scope) for each in self._pairings)


def _field(data: Mapping[str, Any], path: str) -> Any:
    value: Any = data
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _joined(values: Iterable[Any]) -> str | None:
    texts = [subject_text(value) for value in values]
    return None if None in texts else "\x1f".join(f"{len(text or '')}:{text}" for text in texts)
