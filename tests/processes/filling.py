"""A story of a disk that fills: ``filling.py FOLDER ROOM``, run inside the namespace where ROOM is ``tmpfs``; prints what was seen.

ROOM is where there is no more of it: a small file system of its own under FOLDER, or a limit on how large files may grow, for
machines that allow no such file system.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from kit import Process, Processes, Receiver, parcel, seen, started, write_project

from ecomflow import Engine, StoreError

NUDGE = """
name: nudge
trigger: {event: nudge.wanted}
actions:
  - wait: 1s
  - {action: http.request, with: {method: POST, path: /nudge, json: {nudge: "{{ nudge.id }}"}}}
"""
TEXT = "y" * 2000
LITTLE = 64 * 1024
"""Bytes of the room that is left: for some events, and no more."""


class Tmpfs:
    """A file system that is filled by a file beside the store's."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self, _: list[int]) -> None:
        """Leave room for little."""
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                file.truncate(file.tell() - LITTLE)

    def free(self, _: list[int]) -> None:
        """Make room."""
        self._ballast.unlink()


class Limit:
    """A limit on how large files may grow, laid on each process that writes."""

    def __init__(self, folder: Path) -> None:
        self._var = folder / "shop" / "var"

    def fill(self, pids: list[int]) -> None:
        """Leave room for little."""
        largest = max(file.stat().st_size for file in self._var.glob("*db*")) + LITTLE
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    def free(self, pids: list[int]) -> None:
        """Make room."""
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def refused(engine: Engine, name: str, taken: list[str]) -> str:
    """Emit until an event is refused; return what was said."""
    for n in range(2000):
        id = f"{name}{n}"
        try:
            await engine.emit("cart.left", {"cart": {"id": id, "text": TEXT}}, id=id, source="web", subject=id)
        except StoreError as error:
            return str(error)
        taken.append(id)
    return "nothing was refused"


async def client_story(shop: Path, room: Any, receiver: Receiver, processes: Processes) -> dict[str, Any]:
    """An engine in a process of its own: clients are refused, and it goes on when there is room again."""
    engine = processes.serve().wait_for('"ready"')
    pids, taken = [engine.pid, os.getpid()], []
    async with Engine.open(shop, role="client") as client:
        held = await started(client, "parcel.ordered", parcel("p1", how="held"), id="p1")
        receiver.wait_for(1)
        nudged = await started(client, "nudge.wanted", {"nudge": {"id": "n1"}}, id="n1")
        room.fill(pids)
        said = [await refused(client, "full-", taken)]
        receiver.let_go.set()
        engine.wait_for(" ERROR ")
        command = _cli(processes, shop)
        statuses = [str((await client.run(run)).status) for run in (held, nudged)]
        room.free(pids)
        last = await started(client, "cart.left", {"cart": {"id": "room"}}, id="room", source="web", subject="room")
        ends = [str((await client.wait(run, 15)).status) for run in (held, nudged)]
        await seen(lambda: _all_there(client, taken))
        return {
            "refused": said, "command": command, "while_full": statuses, "ends": ends, "taken": len(taken),
            "after": str((await client.run(last)).status), "effects": receiver.seen, "code": engine.end(signal.SIGTERM),
            "crashed": "Traceback" in engine.said["err"],
        }  # fmt: skip


async def library_story(shop: Path, room: Any, receiver: Receiver, processes: Processes) -> dict[str, Any]:
    """The engine inside the program: ``emit`` raises, and the engine goes on when there is room again."""
    pids, taken = [os.getpid()], []
    async with Engine.open(shop, role="engine") as engine:
        held = await started(engine, "parcel.ordered", parcel("p1", how="held"), id="p1")
        await asyncio.to_thread(receiver.wait_for, 1)
        room.fill(pids)
        said = [await refused(engine, "full-", taken), await refused(engine, "more-", taken)]
        receiver.let_go.set()
        statuses = [str((await engine.run(held)).status)]
        room.free(pids)
        last = await started(engine, "cart.left", {"cart": {"id": "room"}}, id="room", source="web", subject="room")
        ends = [str((await engine.wait(held, 15)).status)]
        found = await _all_there(engine, taken)
        return {
            "refused": said, "while_full": statuses, "ends": ends, "taken": len(taken), "all_there": found,
            "after": str((await engine.run(last)).status), "effects": receiver.seen,
        }  # fmt: skip


async def ending_story(shop: Path, room: Any, receiver: Receiver, processes: Processes) -> dict[str, Any]:
    """An engine that is told to end while there is no room ends well; the next one repeats what was under way."""
    engine = processes.serve().wait_for('"ready"')
    async with Engine.open(shop, role="client") as client:
        held = await started(client, "parcel.ordered", parcel("p1", how="held"), id="p1")
        receiver.wait_for(1)
        pids = [engine.pid, os.getpid()]
        room.fill(pids)
        taken: list[str] = []
        await refused(client, "full-", taken)
        receiver.let_go.set()
        engine.wait_for(" ERROR ")
        code = engine.end(signal.SIGTERM)
        room.free([os.getpid()])
        processes.serve().wait_for('"ready"')
        await seen(lambda: _all_there(client, taken))
        return {"code": code, "taken": len(taken), "ends": [str((await client.wait(held, 15)).status)], "effects": receiver.seen,
                "crashed": "Traceback" in engine.said["err"]}  # fmt: skip


def _cli(processes: Processes, shop: Path) -> dict[str, Any]:
    process: Process = processes.start("-m", "ecomflow.cli", "emit", "cart.left", "--data", str(shop / "ecomflow.json"), "--project", str(shop))
    return {"code": process.end(), **process.said}


async def _all_there(engine: Engine, taken: list[str]) -> bool:
    return set(taken) <= {run.subject async for run in engine.runs("remind")}


STORIES = {"client": client_story, "library": library_story, "ending": ending_story}
ROOMS = {"tmpfs": Tmpfs, "limit": Limit}


def main(folder: Path, room: str, story: str) -> None:
    """Play a story and print what was seen."""
    with Receiver() as receiver:
        shop = write_project(folder / "shop", receiver.port)
        (shop / "workflows" / "nudge.yaml").write_text(NUDGE, "utf-8")
        (shop / "ecomflow.json").write_text(json.dumps({"cart": {"id": "cli", "text": TEXT}}), "utf-8")
        with Processes(shop) as processes:
            print(json.dumps(asyncio.run(STORIES[story](shop, ROOMS[room](folder), receiver, processes))), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
