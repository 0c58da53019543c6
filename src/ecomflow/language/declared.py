"""What is installed, as the files of a project ask for it: which names, and what stands behind each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4

import msgspec

from ecomflow.model import Names, known

if TYPE_CHECKING:
    from ecomflow.model import Catalog

T = TypeVar("T")

_KINDS: Final = ("actions", "connections", "event_types", "triggers")
_ALL: Final = "*"
_FILTERS: Final = "filters"


class Declared:
    """What is installed, told by digests.

    Attributes:
        of: the catalog.
        known: the names of each kind that were known from the start.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.of = catalog
        self.known = {kind: frozenset(known(getattr(catalog, kind))) for kind in (*_KINDS, _FILTERS)}
        self._digests: dict[str, str] = {}

    @cached_property
    def start(self) -> str:
        """A digest of all that was known from the start."""
        return _digest({kind: {name: known(getattr(self.of, kind))[name] for name in names} for kind, names in self.known.items()})

    def digest(self, place: str) -> str:
        """Return a digest of what stands behind a name, or of all names of its kind."""
        if place not in self._digests:
            kind, _, name = place.partition("/")
            names: Mapping[str, Any] = getattr(self.of, kind)
            self._digests[place] = _digest(dict(names) if name == _ALL else names.get(name))
        return self._digests[place]


class Noted:
    """A note of what one file after the other asks for beyond what was known from the start.

    What other distributions bring is looked at only when somebody asks for it. So a file that asks for nothing of theirs does
    not depend on them, and of one that does it is known on what.

    Attributes:
        catalog: what is installed, noting what is asked.
    """

    def __init__(self, declared: Declared) -> None:
        self._declared, self._asked = declared, set[tuple[str, str]]()
        noting = {kind: _Noting(kind, getattr(declared.of, kind), declared.known[kind], self._asked) for kind in _KINDS}
        self.catalog = replace(declared.of, **noting)  # type: ignore[arg-type] # each is a mapping of its kind

    def begin(self) -> None:
        """Begin with another file."""
        self._asked.clear()

    def digests(self, texts: Iterable[str | None]) -> dict[str, str]:
        """Return what the file asked for, each with a digest of what was found.

        Args:
            texts: in which filters may stand: what is compiled of a text is remembered, and asks for them only once.
        """
        more = set(known(self._declared.of.filters)) - self._declared.known[_FILTERS]
        named = {(_FILTERS, name) for text in texts if text and more for name in more if name in text}
        places = [f"{kind}/{name}" for kind, name in sorted(self._asked | named)]
        return {place: self._declared.digest(place) for place in places}


class _Noting(Names[T]):
    """Names of one kind; those that were not known from the start are noted when they are asked for."""

    __slots__ = ("_asked", "_kind", "_names", "_start")

    def __init__(self, kind: str, names: Mapping[str, T], start: frozenset[str], asked: set[tuple[str, str]]) -> None:
        super().__init__(known(names), lambda: None)
        self._kind, self._names, self._start, self._asked = kind, names, start, asked

    def __getitem__(self, name: str) -> T:
        if name not in self._start:
            self._asked.add((self._kind, name))
        return self._names[name]

    def __iter__(self) -> Iterator[str]:
        self._asked.add((self._kind, _ALL))
        return iter(self._names)

    def __len__(self) -> int:
        self._asked.add((self._kind, _ALL))
        return len(self._names)


def _digest(thing: Any) -> str:
    try:
        told = msgspec.json.encode(thing, enc_hook=_told, order="deterministic")
    except Exception:  # noqa: BLE001 a plugin declares what it likes; what cannot be told is never the same
        return uuid4().hex
    return blake2b(told, digest_size=16).hexdigest()


def _told(thing: Any) -> Any:
    if isinstance(thing, Mapping):
        return dict(thing)
    return f"{thing.__module__}.{thing.__qualname__}" if callable(thing) and hasattr(thing, "__qualname__") else repr(thing)
