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
    """What is installed, with a note of what was asked for beyond what is known from the start.

    What other distributions bring is looked at only when somebody asks for it. So a file that asks for nothing of theirs does
    not depend on them, and of one that does it is known on what.

    Attributes:
        of: the catalog itself.
        catalog: the same, noting what is asked.
        filters: the filters that it has.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.of, self.filters = catalog, catalog.filters
        self._start = {kind: frozenset(known(getattr(catalog, kind))) for kind in (*_KINDS, _FILTERS)}
        self._asked: set[tuple[str, str]] = set()
        self._digests: dict[str, str] = {}
        noting = {kind: _Noting(kind, getattr(catalog, kind), self._start[kind], self._asked) for kind in _KINDS}
        self.catalog = replace(catalog, **noting)  # type: ignore[arg-type] # each is a mapping of its kind

    @cached_property
    def start(self) -> str:
        """A digest of all that is known from the start."""
        return _digest({kind: {name: known(getattr(self.of, kind))[name] for name in sorted(names)} for kind, names in self._start.items()})

    def begin(self) -> None:
        """Forget what was asked."""
        self._asked.clear()

    def asked(self, texts: Iterable[str | None]) -> dict[str, str]:
        """Return what was asked for beyond the start, each with a digest of what was found.

        Args:
            texts: in which filters may stand: what is compiled of a text is remembered, and asks for them only once.
        """
        more = set(known(self.filters)) - self._start[_FILTERS]
        named = {name for text in texts if text and more for name in more if name in text}
        return {place: self.digest(place) for place in (*(f"{kind}/{name}" for kind, name in sorted(self._asked)), *(f"{_FILTERS}/{name}" for name in sorted(named)))}

    def digest(self, place: str) -> str:
        """Return a digest of what stands behind a name, or of all names of its kind."""
        if place not in self._digests:
            kind, _, name = place.partition("/")
            names: Mapping[str, Any] = getattr(self.of, kind)
            self._digests[place] = _digest(dict(names) if name == _ALL else names.get(name))
        return self._digests[place]


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
