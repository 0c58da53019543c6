"""A migration from both its ends: the engine's loop that carries it on, and whoever asked for it and waits."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from ecomflow.errors import StoreError
from ecomflow.store import FAULTS, said

if TYPE_CHECKING:
    from datetime import datetime

    from ecomflow.runtime.base import OlderRun
    from ecomflow.runtime.host import Host
    from ecomflow.runtime.reading import Reader

_log = logging.getLogger("ecomflow")
_AGAIN_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.05


async def move_on(host: Host) -> None:
    """Look at the runs of older versions, a portion a unit, so that all else goes on in between."""
    while host.kernel.migrating.has_step and host.goes_on:
        try:
            await host.submit(host.kernel.migrating.portion)
        except Exception as error:  # noqa: BLE001 whatever it is, it would come again at once
            if host.goes_on:
                _log.error("runs are brought to new versions later: %s", error)
                await asyncio.sleep(_AGAIN_SECONDS)


async def follow_moves(reader: Reader, timeout: float, host: Host | None) -> None:
    """Wait until a migration is done, at most so many seconds.

    Args:
        reader: tells how far it is.
        timeout: the seconds.
        host: the engine, where it is this process.

    Raises:
        StoreError: the engine, or this client of it, has been closed or has stopped.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while _is_migrating(reader, host) and loop.time() < end:  # noqa: ASYNC110 nothing rings for clients
        await asyncio.sleep(_LOOK_SECONDS)


def _is_migrating(reader: Reader, host: Host | None) -> bool:
    _check(host)
    try:
        return reader.older.is_migrating
    except FAULTS as error:
        raise StoreError(f"how far the migration is cannot be read: {said(error)}") from error


async def list_older(reader: Reader, now: datetime, host: Host | None) -> list[OlderRun]:
    """Return the open runs of older versions; all else that this loop does goes on between two of them.

    Args:
        reader: brings each back, to see whether it could go on in the current version.
        now: the moment.
        host: the engine, where it is this process.

    Raises:
        StoreError: the engine has been closed or has stopped meanwhile.
    """
    found = []
    for older in reader.older_runs(now):
        found.append(older)
        await asyncio.sleep(0)
        _check(host)
    return found


def _check(host: Host | None) -> None:
    if host is not None and host.failed is not None:
        raise host.failed
