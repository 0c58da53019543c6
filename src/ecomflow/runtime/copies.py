"""Whether a store is where it was: one that was copied, moved or restored opens paused until somebody adopts it (R:V7)."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ecomflow.errors import RefusedError
from ecomflow.runtime.holding import ALL

if TYPE_CHECKING:
    from ecomflow.runtime.holding import Holding
    from ecomflow.store import Store

_PLACE: Final = "place:"
_COPY: Final = "copy:"
NO_COPY: Final = "this store is where it belongs: there is nothing to adopt"


def place_of(path: str | Path) -> str:
    """Return the place of a store's file: the name of the host, or what ``ECOMFLOW_HOST`` says it is, and the real path."""
    return "" if str(path) == ":memory:" else f"{os.environ.get('ECOMFLOW_HOST') or socket.gethostname()}:{Path(path).resolve()}"


def origin_of(store: Store) -> str | None:
    """Return the place that a store was copied from, or None where it is where it belongs."""
    here = place_of(store.path)
    place = marked_origin(store) or store.value("meta", _PLACE + store.name)
    return place if here and place and place != here else None


def marked_origin(store: Store) -> str | None:
    """Return the place that the engine which opened a store last found it to be copied from."""
    mark = store.value("meta", _COPY + store.name)
    return str(json.loads(mark)["from"]) if mark else None


class Copies:
    """Tells a copy from the store that it was made of.

    Args:
        store: that may be a copy.
        holding: pauses it.
    """

    def __init__(self, store: Store, holding: Holding) -> None:
        self._store, self._holding = store, holding

    def notice(self) -> str | None:
        """Pause a store that is not where it was; of a new one keep where it is. Inside a unit, before anything is deployed.

        Returns:
            The place that it was copied from, or None where it is where it belongs.
        """
        here, mark = place_of(self._store.path), self._mark()
        origin = origin_of(self._store)
        if origin is None and mark is not None:  # it was brought back, or its host has its name again
            self._settle(mark)
        elif origin is not None and mark is None:
            self._keep_mark(origin, was_paused=ALL in self._holding.paused)
            self._holding.pause(ALL)
        elif here and origin is None:
            self._store.run("set_meta", _PLACE + self._store.name, here)
        return origin

    def adopt(self, origin: str) -> None:
        """Make this place the store's own, and let go on what was not paused by a person.

        Args:
            origin: the place that it was copied from when it was asked for: a request to adopt one copy is kept beside the
                store, and must not adopt another one that was put there since.

        Raises:
            RefusedError: it is no copy, or one of another place.
        """
        mark = self._mark()
        if mark is None:
            raise RefusedError(NO_COPY)
        if mark["from"] != origin:
            raise RefusedError(f"a copy of {origin} was to be adopted, and this store was at {mark['from']}")
        self._store.run("set_meta", _PLACE + self._store.name, place_of(self._store.path))
        self._settle(mark)

    def refuse(self) -> None:
        """Refuse to let anything go on in a copy.

        Raises:
            RefusedError: it is one.
        """
        mark = self._mark()
        if mark is not None:
            raise RefusedError(
                f"this store is a copy: it was at {mark['from']}. Once no engine serves that one any more, "
                "`ecomflow resume --adopt` lets this one go on"
            )

    def keep_paused(self) -> None:
        """Remember that a person has paused the whole shop, so that adopting it does not let it go on."""
        mark = self._mark()
        if mark is not None:
            self._keep_mark(str(mark["from"]), was_paused=True)

    def _mark(self) -> dict[str, str | bool] | None:
        text = self._store.value("meta", _COPY + self._store.name)
        return json.loads(text) if text else None

    def _keep_mark(self, origin: str, *, was_paused: bool) -> None:
        text = json.dumps({"from": origin, "was_paused": was_paused})
        self._store.run("set_meta", _COPY + self._store.name, text)

    def _settle(self, mark: dict[str, str | bool]) -> None:
        self._store.run("drop_meta", _COPY + self._store.name)
        if not mark["was_paused"]:
            self._holding.lift()
