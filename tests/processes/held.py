"""A program whose store is held at a chosen commit: ``held.py SHOP``, then lines of JSON, one life each.

A life forks a process that becomes the engine and begins a run. Before and after each commit from there on is a point;
at the one that the line names it says so and waits for a line: ``go`` on, ``emit`` what it is given from a thread of its
own while the store stands still, or ``die`` as a process does that is killed. A life without a point takes up what is there.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import datetime
from threading import Thread
from typing import Any, ClassVar

import apsw

from ecomflow import Engine
from ecomflow.registry import Registry
from ecomflow.runtime import seat
from ecomflow.store import Store

STATUS = "select status from run order by n desc limit 1"
ASKED = """
select exists (select 1 from subscription where sub like 'actions/%' and run = (select max(n) from run))
    or exists (select 1 from approval where run = (select max(n) from run))
"""
"""Whether the newest run has asked for what counts from its step on only."""


class Points:
    """Counts the points of a life, and holds at the chosen one."""

    count = hold_at = 0
    only_asked = False
    armed = False
    left: ClassVar[list[Any]] = []
    engine: Engine
    loop: asyncio.AbstractEventLoop

    @classmethod
    def reach(cls, store: Store) -> None:
        if not cls.armed:
            return
        asked = bool(store.db.execute(ASKED).get)
        cls.count += asked or not cls.only_asked
        if cls.count < cls.hold_at:
            return
        cls.armed = False
        other = apsw.Connection(store.path, flags=apsw.SQLITE_OPEN_READONLY)
        say(held=cls.count, asked=asked, status=store.db.execute(STATUS).get, on_disk=other.execute(STATUS).get)
        other.close()
        word, *arrivals = hear()
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "emit":
            thread = Thread(target=cls.leave, args=(arrivals,))
            thread.start()
            thread.join()

    @classmethod
    def leave(cls, arrivals: list[list[Any]]) -> None:
        """Ask the engine's loop, which stands still, to take what arrives as soon as it can."""
        for what, data in arrivals:
            asked = cls.engine.decide(data, approved=True, by="ana") if what == "decide" else cls.engine.emit(what, data)
            cls.left.append(asyncio.run_coroutine_threadsafe(asked, cls.loop))


class HeldStore(Store):
    """A store whose commits are points."""

    def commit(self) -> None:
        Points.reach(self)
        super().commit()
        Points.reach(self)


def say(**what: Any) -> None:
    """Print a line."""
    os.write(1, json.dumps(what).encode() + b"\n")


def hear() -> Any:
    """Read a line, and nothing behind it."""
    line = b""
    while not line.endswith(b"\n"):
        char = os.read(0, 1)
        if not char:
            sys.exit()
        line += char
    return json.loads(line)


async def live(shop: str, registry: Registry, asked: dict[str, Any]) -> None:
    """Be the engine until the run of a subject has ended, and tell how."""
    async with Engine.open(shop, role="engine", registry=registry) as engine:
        Points.engine, Points.loop = engine, asyncio.get_running_loop()
        Points.hold_at, Points.only_asked, Points.armed = asked["hold_at"], asked["only_asked"], asked["hold_at"] > 0
        type_, data = asked["event"]
        # A shop sends again what it was not told of: a second arrival is a duplicate.
        await engine.emit(type_, data, id=asked["id"], time=datetime.fromisoformat(asked["time"]))
        (run,) = [run async for run in engine.runs(workflow=asked["workflow"]) if run.event_id == asked["id"]]
        await engine.ended(run.id, asked["patience"])
        run = await engine.run(run.id)
        say(status=run.status, reason=run.reason, output=run.output, points=Points.count)


def main(shop: str) -> None:
    """Fork a process for each line; say where one has died."""
    seat.Store = HeldStore  # type: ignore[misc] the seat makes its own
    registry = Registry.load()
    say(ready=True)
    while True:
        asked = hear()
        pid = os.fork()
        if pid == 0:
            asyncio.run(live(shop, registry, asked))
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
            say(died=True)


if __name__ == "__main__":
    main(sys.argv[1])
