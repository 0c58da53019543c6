"""An erasure from both its ends: the engine's loop that carries it on, and whoever asked for it and waits."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import StoreError
from ecomflow.matching import Sought
from ecomflow.runtime.base import Erasure
from ecomflow.runtime.searching import EVENT, RUN, Search
from ecomflow.store import FAULTS, Store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ecomflow.runtime.definitions import Definitions
    from ecomflow.runtime.host import Host
    from ecomflow.runtime.reading import Reader
    from ecomflow.store import Inbox

_log = logging.getLogger("ecomflow")
_AGAIN_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.05


async def carry_on(host: Host, inbox: Inbox | None) -> None:
    """Do what there is to do of the erasures of an engine, a unit at a time, so that all else goes on in between."""
    erasing = host.kernel.erasing
    while erasing.asked is not None and not erasing.waits and host.goes_on:
        try:
            await _do_next(host, inbox)
        except (StoreError, *FAULTS) as error:
            if host.goes_on:
                _log.error("an erasure is tried again: %s", error)
                await asyncio.sleep(_AGAIN_SECONDS)
        except Exception:  # noqa: BLE001 a connection's own code may raise anything
            _log.exception("an erasure is tried again")
            await asyncio.sleep(_AGAIN_SECONDS)


async def _do_next(host: Host, inbox: Inbox | None) -> None:
    erasing = host.kernel.erasing
    if erasing.has_step:
        await host.submit(erasing.step)
    elif (outside := erasing.outside) is not None:
        told = await host.hands.erase(outside.sought, outside.runs)
        await host.submit(partial(erasing.told_outside, outside.number, told))
    elif (number := erasing.wants_files) is not None:
        if not host.reads_inbox and host.kernel.write_files_anew(inbox):
            await host.submit(partial(erasing.done, number))
        else:  # somebody reads at this moment, or the letter that asked lies there still
            await asyncio.sleep(_LOOK_SECONDS)


async def follow(reader: Reader, number: int, timeout: float) -> Erasure:
    """Wait until an erasure is done, at most so many seconds; return what it has done, or where it stands."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while not (found := reader.erasure(number)).done and loop.time() < end:  # noqa: ASYNC110 nothing rings for clients
        await asyncio.sleep(_LOOK_SECONDS)
    return found


def found_of(path: Path, shop: str, definitions: Definitions, subject: str, also: Iterable[str]) -> Erasure:
    """Return what an erasure would find; nothing is written, no engine is needed.

    Raises:
        RefusedError: that is no subject.
        StoreError: the store cannot be read.
    """
    sought, store = Sought.of(subject, also), Store(path, shop, readonly=True)
    try:
        store.run("temp_found")  # of this connection alone, and in memory
        search = Search(store, definitions, 0, sought)
        _all(search.events)
        search.follow()
        _all(search.runs)
        rows: dict[str, Any] = {what: [row[0] for row in store.rows("found_after", 0, what, 0, -1)] for what in (EVENT, RUN)}
        runs = [store.row("run", n, store.shop) for n in rows[RUN]]
        events = [store.row("event", seq) for seq in rows[EVENT]]
    finally:
        store.close()
    return Erasure(
        None, "found", {what: len(found) for what, found in rows.items()},
        runs=tuple((f"r{row[0]}-{row[1]}", row[2], row[6]) for row in runs), events=tuple((row[2], row[3]) for row in events),
    )  # fmt: skip


def _all(search: Any) -> None:
    last = 0
    while (found := search(last)) is not None:
        last = found
