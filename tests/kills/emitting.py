"""A program of the shop: ``emitting.py SHOP NAME FIRST ROLE`` emits events until its input closes; ``engine`` is killed meanwhile.

It says each event on its standard output once ``emit`` has returned, so what is said there must not be lost. FIRST is the
number of the first event: after a kill that is the one that was under way, emitted again under the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from random import Random
from typing import Any

from story import KINDS, event, paid

from ecomflow import Engine

PACE_SECONDS = 0.2


def say(word: str) -> None:
    """Say a line with one write, which a kill cannot cut."""
    os.write(1, f"{word}\n".encode())


class Emitter:
    """Emits by one engine or client, and does what people do with what it began."""

    def __init__(self, engine: Engine, name: str, first: int) -> None:
        self._engine, self._name, self._next = engine, name, first
        self._deciding: list[asyncio.Task[None]] = []

    async def one(self) -> None:
        """Emit the next event, and the payment where it is a parcel that is paid."""
        # What an event of a number is does not depend on how often the program was killed.
        kind = Random(f"{self._name}{self._next}").choice(KINDS)
        id = f"{kind}-{self._name}-{self._next}"
        receipt: Any = await self._emit(id, *event(id))
        if kind == "parcel":
            await self._emit(f"paid-{id}", *paid(id))
        say(str(self._next))
        self._next += 1
        if kind == "refund" and not self._engine.is_engine:
            self._deciding.append(asyncio.create_task(self._decide(receipt)))

    async def _emit(self, id: str, type: str, data: dict[str, Any]) -> Any:
        receipt = await self._engine.emit(type, data, id=id, source="web", subject=id)
        say(id)
        return receipt

    async def _decide(self, receipt: Any) -> None:
        await receipt.decided(300)
        (decision,) = receipt.decisions
        # One that is not answered in time is kept, and carried out by an engine that comes later.
        with contextlib.suppress(TimeoutError):
            await self._engine.decide(decision.run_id, approved=True, by="ana")

    async def finish(self) -> None:
        """Wait until all that it began to decide is decided."""
        await asyncio.gather(*self._deciding)


async def main(shop: str, name: str, first: int, role: str) -> None:
    """Emit until the standard input closes."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, stop.set)
    async with Engine.open(shop, role=role) as engine:
        emitter = Emitter(engine, name, first)
        say("open")
        while not stop.is_set():
            await emitter.one()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PACE_SECONDS)
        await emitter.finish()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
