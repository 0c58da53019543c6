"""A migration from both its ends: the engine's loop that carries it on, and whoever asked for it and waits."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from ecomflow.errors import StoreError
from ecomflow.store import FAULTS

if TYPE_CHECKING:
    from ecomflow.runtime.host import Host
    from ecomflow.runtime.reading import Reader

_log = logging.getLogger("ecomflow")
_AGAIN_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.05


async def move_on(host: Host) -> None:
    """Look at the runs of older versions, a portion a unit, so that all else goes on in between."""
    while host.kernel.migrating.has_step and host.goes_on:
        try:
            await host.submit(host.kernel.migrating.step)
        except (StoreError, *FAULTS) as error:
            if host.goes_on:
                _log.error("runs are brought to new versions later: %s", error)
                await asyncio.sleep(_AGAIN_SECONDS)


async def follow_moves(reader: Reader, timeout: float) -> None:
    """Wait until a migration is done, at most so many seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while reader.older.is_migrating and loop.time() < end:  # noqa: ASYNC110 nothing rings for clients
        await asyncio.sleep(_LOOK_SECONDS)
