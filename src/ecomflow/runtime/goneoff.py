"""The moment by which timers have gone off that are not served yet, kept where more are due than one transaction takes (R:W1).

An engine that dies between two portions of them goes on with the others at once, however long it was away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecomflow.store import Store

_MOMENT = "gone_off:"


def gone_off_by(store: Store) -> int | None:
    """Return the moment by which timers have gone off, in microseconds; those of them that are left were not late (R:W6)."""
    found: int | None = store.value("meta", _MOMENT + store.name)
    return found


def keep_gone_off(store: Store, moment: int) -> None:
    """Let all timers that are due by a moment have gone off."""
    store.run("set_meta", _MOMENT + store.name, moment)


def drop_gone_off(store: Store) -> None:
    """Let no timers have gone off: all are served, or the moment was one of a wrong clock."""
    store.run("drop_meta", _MOMENT + store.name)
