"""The same timers on APScheduler with its SQLite store, in an environment of its own.

python benchmarks/peer_timers.py make FOLDER WAITING        schedule SEED jobs, copy them until so many wait; a line of JSON
python benchmarks/peer_timers.py due FOLDER DUE COUNT       move COUNT of them to one instant
python benchmarks/peer_timers.py serve FOLDER DUE COUNT     serve COUNT of them that are due at one instant; a line of JSON
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from sqlalchemy import text

SEED = 500
PATIENCE = 120
"""Seconds after which those that have not begun are not waited for."""

begun: list[tuple[str, float]] = []
removed: list[float] = []


def job(name: str) -> None:
    """What is due."""
    begun.append((name, time.time()))


class Jobs(SQLAlchemyJobStore):
    """The store, which notes when a job that went off has left it."""

    def remove_job(self, job_id: str) -> None:
        super().remove_job(job_id)
        removed.append(time.time())


def scheduler(folder: Path) -> tuple[BackgroundScheduler, Jobs]:
    """Return a scheduler, not started, whose file writes ahead as ours does."""
    jobs = Jobs(url=f"sqlite:///{folder}/aps.sqlite")
    with jobs.engine.connect() as connection:
        connection.execute(text("pragma journal_mode = wal")).fetchall()
    kind = {"misfire_grace_time": None}
    return BackgroundScheduler(jobstores={"default": jobs}, executors={"default": ThreadPoolExecutor(10)}, job_defaults=kind, timezone=UTC), jobs


def make(folder: Path, waiting: int) -> dict[str, Any]:
    """Schedule some, as a program does; copy one of them until so many wait."""
    made, jobs = scheduler(folder)
    made.start(paused=True)
    far = datetime.now(UTC) + timedelta(days=30)
    clock, cpu = time.perf_counter(), time.process_time()
    for number in range(SEED):
        last = made.add_job("peer_timers:job", DateTrigger(far), args=[str(number)], id=str(number))
    rates = SEED / (time.perf_counter() - clock), SEED / (time.process_time() - cpu)
    with jobs.engine.begin() as connection:
        rows = [row_of(last, jobs, number, far + timedelta(seconds=number)) for number in range(SEED, waiting)]
        if rows:
            connection.execute(jobs.jobs_t.insert(), rows)
    made.shutdown()
    return {"rates": rates}


def row_of(like: Any, jobs: Jobs, number: int, due: datetime) -> dict[str, Any]:
    """Return the row of a job as the store writes it."""
    state = like.__getstate__() | {"id": str(number), "trigger": DateTrigger(due), "args": (str(number),), "next_run_time": due}
    return {"id": str(number), "next_run_time": due.timestamp(), "job_state": pickle.dumps(state, jobs.pickle_protocol)}


def let_be_due(folder: Path, due: float, count: int) -> None:
    """Move so many to one instant."""
    made, jobs = scheduler(folder)
    made.start(paused=True)
    like = made.get_job("0")
    moment = datetime.fromtimestamp(due, UTC)
    with jobs.engine.begin() as connection:
        for number in range(count):
            row = row_of(like, jobs, number, moment)
            connection.execute(jobs.jobs_t.update().where(jobs.jobs_t.c.id == row["id"]).values(**row))
    made.shutdown()


def serve(folder: Path, due: float, count: int) -> dict[str, Any]:
    """Serve what is due."""
    began = time.perf_counter()
    made, _ = scheduler(folder)
    made.start()
    opened = time.perf_counter() - began
    time.sleep(max(due - time.time(), 0))
    cpu = time.process_time()
    while len(begun) < count and time.time() < due + PATIENCE:
        time.sleep(0.05)
    return {
        "open": opened, "claimed": [each - due for each in removed], "begun": [each - due for _, each in begun],
        "acted": len({name for name, _ in begun}), "cpu": time.process_time() - cpu, "peak": peak(),
    }  # fmt: skip


def peak() -> float:
    """Return the megabytes of memory that this process has had at most."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    folder = Path(sys.argv[2])
    if sys.argv[1] == "make":
        found = make(folder, int(sys.argv[3]))
    elif sys.argv[1] == "due":
        let_be_due(folder, float(sys.argv[3]), int(sys.argv[4]))
        found = {}
    else:
        found = serve(folder, float(sys.argv[3]), int(sys.argv[4]))
    print(json.dumps(found), flush=True)
    os._exit(0)  # what has not begun would be waited for


if __name__ == "__main__":
    # The store names what it calls by module: here, and not `__main__`.
    import peer_timers

    peer_timers.main()
