"""Skimming: of an event's JSON what stands under some paths is decoded, and of the rest it is known that it is JSON."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, TypedDict

import msgspec

from ecomflow.core.encoding import MAX_DEPTH, MAX_EVENT, NO_JSON

_MOST: Final = 32
"""Names asked of one mapping: a key is compared with one after the other. Of more, all is decoded."""

_TOLD: Final = b"0123456789eE[{,:"
_ROUGH: Final = bytes.maketrans(b"123456789E[", b"000000000e{")
_LEFT_OUT: Final = bytes(set(range(256)) - set(_TOLD))
_FAR: Final = b"0e" + b"0" * 18
"""A number with the shortest exponent that no decimal has."""

_LONG: Final = b"0" * 4300
"""An int that is nearly too long."""


class Skim:
    """Reads of events' data what stands under some paths.

    Attributes:
        paths: of names; what stands under one is decoded with all that is in it.
    """

    __slots__ = ("_decode", "paths")

    def __init__(self, paths: frozenset[tuple[str, ...]], shape: Any) -> None:
        self.paths = paths
        self._decode = msgspec.json.Decoder(shape, float_hook=Decimal).decode

    def __call__(self, raw: bytes) -> dict[str, Any] | None:
        """Return the data without what nobody asks for, or None where only decoding it all tells what they are.

        Args:
            raw: the data as JSON.
        """
        # Of what it skips, the decoder checks neither how deep it is, nor its numbers' size, nor UTF-8.
        rough = raw.translate(_ROUGH, _LEFT_OUT)
        if rough.count(b"{") >= MAX_DEPTH or rough.find(_FAR) >= 0 or (len(raw) > len(_LONG) and (_LONG in rough or len(raw) > MAX_EVENT)):
            return None
        try:
            if not raw.isascii():
                raw.decode()
            return self._decode(raw)  # type: ignore[no-any-return] # of the shape of a mapping
        except NO_JSON:
            return None


def skim_of(paths: Iterable[tuple[str, ...]]) -> Skim | None:
    """Return what reads of events' data what stands under some paths; None where that is not worth it.

    Args:
        paths: of names.
    """
    asked = frozenset(paths)
    shape = _shape(_tree(asked))
    return None if shape is Any else Skim(asked, shape)


def _tree(paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    """Return what is asked, by name: None for all of it, else what is asked of it in turn."""
    tree: dict[str, Any] = {}
    for path in paths:
        place: Any = tree
        for name in path[:-1]:
            place = place.setdefault(name, {})
            if place is None:
                break
        else:
            place[path[-1]] = None
    return tree


def _shape(tree: dict[str, Any] | None) -> Any:
    if tree is None or len(tree) > _MOST or not all(name.isascii() for name in tree):
        return Any
    fields = {name: inner if (inner := _shape(asked)) is Any else inner | None for name, asked in tree.items()}
    return TypedDict("Part", fields, total=False)  # type: ignore[operator] # of what no checker knows
