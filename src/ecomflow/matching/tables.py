"""What many comparisons of one path with constants give for a value, all at once: sets of places as the bits of a number."""

from __future__ import annotations

import re
from bisect import bisect_right
from decimal import Decimal
from itertools import compress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ecomflow.model import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ecomflow.model import IndexKey, IndexRange

Item = TypeVar("Item")
Outcome = tuple[int, int]
"""The places whose comparison is false, and those of which that is not known to be true or false."""

NUMBER, TEXT, BOOL, NULL, OTHER = "number", "text", "bool", "null", "other"
_KINDS: Final = {int: NUMBER, Decimal: NUMBER, str: TEXT, bool: BOOL, type(None): NULL}
_FEW: Final = 16
_RARE: Final = 64
"""One place in so many: such a set takes less room as numbers than as bits."""
_STEPS: Final = 512
_BYTE: Final = [tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256)]
_SOME: Final = re.compile(rb"[^\x00]")
_DENSE: Final = 8
_DIGITS: Final = bytes.maketrans(b"01", b"\x00\x01")


def look_up(data: Mapping[str, Any], path: Iterable[str]) -> Any:
    """Return what stands under ``path`` in ``data``, or MISSING."""
    value: Any = data
    try:
        for name in path:
            value = value[name]
    except (LookupError, TypeError):  # where no mapping stands, a name is no index
        return MISSING
    return value


def kind_of(value: Any) -> str:
    """Return what a value compares with: OTHER for what is missing, and for all that is no plain scalar."""
    kind = type(value)
    return OTHER if kind is Decimal and not value.is_finite() else _KINDS.get(kind, OTHER)


def bits(places: Sequence[int]) -> int:
    """Return the number whose bits are these places."""
    if len(places) <= _FEW:
        found = 0
        for place in places:
            found |= 1 << place
        return found
    taken = bytearray(max(places) // 8 + 1)
    for place in places:
        taken[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(taken, "little")


def places_of(mask: int) -> Iterator[int]:
    """Yield the places of a mask, in order."""
    for found in _SOME.finditer(mask.to_bytes((mask.bit_length() + 7) // 8, "little")):
        at = found.start()
        for bit in _BYTE[found[0][0]]:
            yield at * 8 + bit


def pick(items: Sequence[Item], mask: int) -> list[Item]:
    """Return the items at the places of a mask, in order."""
    if mask.bit_count() * _DENSE < len(items):
        return [items[place] for place in places_of(mask)]
    return [*compress(items, bin(mask)[:1:-1].encode().translate(_DIGITS))]


class Equalities:
    """Comparisons of one path with constants, for equality.

    Args:
        path: where the value stands.
        asked: who asks, each at a place of its own, and for what.
        size: how many places there are.
    """

    def __init__(self, path: tuple[str, ...], asked: Sequence[tuple[int, IndexKey]], size: int) -> None:
        self._path = path
        found: dict[str, dict[Any, list[int]]] = {}
        for place, key in asked:
            for value in dict.fromkeys(key.values):
                found.setdefault(kind_of(value), {}).setdefault(value, []).append(place)
        self._asked = bits([place for place, _ in asked])
        self._of_kind = {kind: bits([place for places in by_value.values() for place in places]) for kind, by_value in found.items()}
        self._true = {
            kind: {value: tuple(places) if len(places) * _RARE < size else bits(places) for value, places in by_value.items()}
            for kind, by_value in found.items()
        }

    def ask(self, data: Mapping[str, Any]) -> Outcome:
        """Return the outcome of all comparisons."""
        value = look_up(data, self._path)
        kind = kind_of(value)
        if kind is NULL:  # equals no constant
            return self._asked, 0
        of_kind = self._of_kind.get(kind)
        if of_kind is None:
            return 0, self._asked
        true = self._true[kind].get(value, 0)
        # A comparison across kinds is unknown.
        return of_kind ^ (bits(true) if type(true) is tuple else true), self._asked ^ of_kind  # type: ignore[operator]


class Bounds:
    """Comparisons of one path with numbers, all for more or all for less.

    Args:
        path: where the value stands.
        asked: who asks, each at a place of its own, and for what.
        lower: whether the bounds are lower ones.
    """

    def __init__(self, path: tuple[str, ...], asked: Sequence[tuple[int, IndexRange]], *, lower: bool) -> None:
        self._path, self._lower = path, lower
        places: dict[tuple[Any, int], list[int]] = {}
        for place, form in asked:
            # A value has passed the bounds up to (value, 0): below it, and at it a lower one that is itself enough or an
            # upper one that is not.
            places.setdefault((form.bound, int(form.op in ("gt", "lteq"))), []).append(place)
        self._bounds = sorted(places)
        self._places = [places[bound] for bound in self._bounds]
        self._asked = bits([place for place, _ in asked])
        self._step = 1 + len(self._bounds) // _STEPS
        self._passed, passed = [0], 0
        for number, those in enumerate(self._places, 1):
            passed |= bits(those)
            if number % self._step == 0:
                self._passed.append(passed)

    def ask(self, data: Mapping[str, Any]) -> Outcome:
        """Return the outcome of all comparisons."""
        value = look_up(data, self._path)
        if kind_of(value) is not NUMBER:
            return 0, self._asked
        number = bisect_right(self._bounds, (value, 0))
        whole, rest = divmod(number, self._step)
        passed = self._passed[whole]
        if rest:
            passed |= bits([place for those in self._places[number - rest : number] for place in those])
        return self._asked ^ passed if self._lower else passed, 0
