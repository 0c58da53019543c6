"""A process that lives through a scenario and dies at a chosen point: ``child.py SCENARIO PROJECT CASE`` with the point in
``ECOMFLOW_CRASH_AT``; or with ``--serve`` instead of a case: it forks such a process for each line that it reads, so that
nothing is imported and compiled twice.

Points are counted from 1: before and after each commit, and before and after each call of an action. What dies is the
production kernel on a real file, its actions call real servers; only time is virtual, and kept in a file of the case.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import aiosmtplib  # noqa: F401 imported before the forks, as the next one
import httpx2  # noqa: F401
from scenarios import SCENARIOS, START, Scenario

from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.runtime import simulated
from ecomflow.runtime.base import Answer, Call
from ecomflow.runtime.hands import Hands
from ecomflow.runtime.simulated import SimulatedRuntime
from ecomflow.store import Store

if TYPE_CHECKING:
    from ecomflow.language import Project

CRASH_AT = "ECOMFLOW_CRASH_AT"
DIED = 1
PASSING = ("duplicate", "held")
"""Outcomes that a late start may have before the one that counts: an event sent again, a moment that waits for the run before."""


_warm: dict[str, Any] = {}
"""Connections that were opened, and not used, before a fork."""


class Points:
    """Counts the points of a life, and ends it at the chosen one."""

    count = 0
    die_at = 0
    clock: Path
    runtime: SimulatedRuntime | None = None

    @classmethod
    def reach(cls) -> None:
        cls.count += 1
        if cls.count == cls.die_at:
            cls.keep_time()
            os._exit(DIED)

    @classmethod
    def keep_time(cls) -> None:
        """Write down what time it is: the world's clock goes on where a process ends."""
        if cls.runtime is not None:
            cls.clock.write_text(cls.runtime.now.isoformat(), "utf-8")


class DyingStore(Store):
    """A store whose commits are points."""

    def commit(self) -> None:
        Points.reach()
        super().commit()
        Points.reach()


class DyingHands:
    """Calls actions for real, with a point on either side; answers come after up to three seconds of virtual time."""

    def __init__(self, hands: Hands) -> None:
        self._hands, self._loop = hands, asyncio.new_event_loop()

    def perform(self, call: Call) -> Answer:
        Points.reach()
        data = self._loop.run_until_complete(self._hands.call(call))
        Points.reach()
        return Answer(data, takes=float(crc32(call.key.encode()) % 4))


class World(SimulatedRuntime):
    """The simulated runtime, with run ids that a second life repeats."""

    def _open(self) -> None:
        Points.runtime = self
        super()._open()

    def _suffix(self) -> str:
        return "run"


def live(scenario: Scenario, project: Project, registry: Registry, case: Path) -> None:
    """Live from where the life before ended until the story's end, and leave a report."""
    Points.die_at, Points.clock = int(os.environ.get(CRASH_AT, "0")), case / "clock"
    simulated.Store = DyingStore  # the runtime makes its own
    late = timedelta(days=float(os.environ.get("ECOMFLOW_DAYS_LATER", "0")))
    now = datetime.fromisoformat(Points.clock.read_text("utf-8")) + late if Points.clock.exists() else START
    hands = Hands(registry, replace(project, root=case))
    hands.connections.opened.update(_warm)
    _keep_records(scenario, hands)
    world = World(
        project, start=now, performer=DyingHands(hands), catalog=registry.catalog, path=str(case / "store.db")
    )
    for number, arrival in enumerate(scenario.arrivals):
        if arrival.time > world.now:
            world.advance(arrival.time)
        world.emit(arrival.type, arrival.data, id=f"arrival-{number}", source="shop", time=arrival.time)
    world.advance(max(scenario.end, world.now) + late)
    (case / "report.json").write_text(json.dumps({**report(world), "records": _records(hands)}), "utf-8")


def _keep_records(scenario: Scenario, hands: Hands) -> None:
    if not Points.clock.exists():  # a later life finds what the one before has left
        for kind, record in scenario.records:
            hands.connections.open_now("desk").put(kind, record)


def _records(hands: Hands) -> list[list[Any]]:
    """Return what the desk keeps, without the moments at which it came to be."""
    kinds = {"discount": (), "refund": ("order_id",), "return": ("status",), "stock_alert": (), "order": ("tags",)}
    found = [(kind, record, names) for kind, names in kinds.items() for record in hands.connections.open_now("desk").find(kind)]
    return [[kind, each["id"], bool(each.get("notified_at")), *(each.get(name) for name in names)] for kind, each, names in found]


def report(world: World) -> dict[str, Any]:
    """Return what must not depend on how often the process died, and how many points there were."""
    ends = [[r.id, r.workflow, r.subject, r.status, r.reason, str(r.error), str(r.output), r.event_id] for r in world.runs()]
    taken = {(d.event_id, d.workflow, d.outcome, d.run_id or "") for d in world.decisions() if d.outcome not in PASSING}
    return {"points": Points.count, "runs": ends, "decisions": sorted(map(list, taken), key=str), "waits": served(world)}


def served(world: World) -> dict[str, int]:
    """Return how often each wait was served by its timer; the timers of retries stand at paths of actions."""
    rows = list(world._store.db.execute("select run, path, kind from journal"))
    actions = {(run, path) for run, path, kind in rows if kind == "attempt"}
    counts: dict[str, int] = {}
    for run, path, kind in rows:
        if kind == "timer" and (run, path) not in actions:
            counts[f"{run} {path}"] = counts.get(f"{run} {path}", 0) + 1
    return counts


def serve(scenario: Scenario, project: Project, registry: Registry) -> None:
    """Fork a process for each line of ``{case, crash_at, days_later}``; answer with its exit code."""
    _warm["hook"] = Hands(registry, project).connections.open_now("hook")
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.environ[CRASH_AT] = str(asked["crash_at"])
            os.environ["ECOMFLOW_DAYS_LATER"] = str(asked["days_later"])
            _live_and_exit(scenario, project, registry, Path(asked["case"]))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def _live_and_exit(scenario: Scenario, project: Project, registry: Registry, case: Path) -> None:
    try:
        live(scenario, project, registry, case)
    except BaseException:  # noqa: BLE001 told on stderr, and by the exit code
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(2)
    os._exit(0)


def main(name: str, folder: str, case: str) -> None:
    """Load the project, then live once or serve."""
    registry = Registry.load()
    project = load_project(Path(folder), registry.catalog)
    if project.faulty or not project.workflows:
        sys.exit("\n".join(str(fault) for fault in project.diagnostics))
    if case == "--serve":
        print("ready", flush=True)
        serve(SCENARIOS[name], project, registry)
    else:
        live(SCENARIOS[name], project, registry, Path(case))


if __name__ == "__main__":
    main(*sys.argv[1:])
