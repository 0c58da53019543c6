"""Names a process as the holder of a lease, and tells whether such a process still lives."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from ecomflow.errors import StoreError
from ecomflow.runtime.wake import ring
from ecomflow.store import Store, is_made
from ecomflow.store.lease import is_fresh

if TYPE_CHECKING:
    from pathlib import Path


def holder_here() -> str:
    """Return a text that names this process, another one at each call."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def holder_lives(holder: str) -> bool:
    """Return whether the process that holds a lease may still run: False only where it is known to be gone."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def bell_of(store: Path) -> Path:
    """Return where the engine of a store listens for those who wake it."""
    return store.parent / "ecomflow.sock"


def living_engine(path: Path, shop: str, now: int) -> str | None:
    """Return the process that is a shop's engine, or None where none is alive.

    Args:
        path: the store's file.
        shop: the shop's name.
        now: microseconds since 1970.

    Raises:
        StoreError: the store cannot be read.
    """
    if not is_made(path):
        return None
    store = Store(path, shop, readonly=True)
    try:
        return holder_at(store, now)
    finally:
        store.close()


def holder_at(store: Store, now: int) -> str | None:
    """Return the process that is the engine of an open store, or None where none is alive."""
    row: tuple[int, str, int] | None = store.row("lease", store.shop)
    alive = row is not None and row[1] and is_fresh(now, row[2]) and holder_lives(row[1])
    return row[1] if row is not None and alive else None


def listening_engine(path: Path, shop: str, now: int) -> str | None:
    """Return the same, also where the store is not there or cannot be read: whoever listens for clients is the engine then."""
    with suppress(StoreError):
        if path.exists():
            return living_engine(path, shop, now)
    return "its store cannot be read, but it listens" if ring(bell_of(path)) else None
