"""A store in which many runs wait for their timers: some made by the engine, all others copied from them row by row.

The engine makes some thousand runs a second, so a million of them would take minutes. Here it makes SEED runs from events; their
rows in each table are then copied with new ids, subjects and due times. Of an engine's tables all that a run of this workflow
writes is copied, and :func:`check` holds that none was forgotten.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import apsw

from ecomflow import Engine, action
from ecomflow.registry import Registry

SEED = 2_000
IN_FLIGHT = 500
FAR_APART = 3 * 3600 * 10**6
"""Microseconds between a due time and that of the next copy of the same run: a million lie in two months."""

PROJECT = "shop: bench\n"
WORKFLOW = """name: remind
trigger: {event: order.created}
conditions: [order.total >= 0]
actions:
  - wait: 30d
  - action: bench.note
    with: {text: "{{ order.id }}"}
"""
begun: list[tuple[str, float]] = []
"""What the action was called with, and when."""


@action("bench.note", effect="sends", idempotent=True)
async def note(text: str) -> str:
    """Note a text.

    Args:
        text: what to note.
    """
    begun.append((text, time.time()))
    return text


def open_engine(folder: Path) -> Engine:
    """Return an engine of the project, to be entered."""
    return Engine.open(folder, registry=Registry.load([note]))


def make_project(folder: Path) -> Path:
    """Make a project without a store."""
    (folder / "workflows").mkdir(parents=True)
    (folder / "workflows" / "remind.yaml").write_text(WORKFLOW, "utf-8")
    (folder / "ecomflow.yaml").write_text(PROJECT, "utf-8")
    return folder


def store_of(folder: Path) -> Path:
    """Return where the store of a project lies."""
    return folder / "var" / "ecomflow.db"


def order(number: int) -> bytes:
    """Return an order as the shop sends it."""
    return json.dumps({
        "order": {
            "id": f"o{number}", "number": f"#{number}", "total": number % 90, "currency": "EUR", "email": f"buyer{number}@example.com",
            "customer": {"id": f"c{number}", "tags": ["new"]}, "lines": [{"id": "1", "sku": "mug", "title": "A mug", "quantity": 2}],
        }
    }, separators=(",", ":")).encode()  # fmt: skip


# --- made by the engine ---


async def make_runs(folder: Path, count: int) -> tuple[float, float]:
    """Let so many runs begin to wait; return how many a second of the clock, and of processor time."""
    async with open_engine(folder) as engine:
        numbers = iter(range(1, count + 1))

        async def shopper() -> None:
            for number in numbers:
                await engine.emit("order.created", order(number), id=f"o{number}")

        clock, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(shopper() for _ in range(IN_FLIGHT)))
        return count / (time.perf_counter() - clock), count / (time.process_time() - cpu)


# --- copied ---

_MOMENT = "strftime('%Y-%m-%dT%H:%M:%S', {0} / 1000000, 'unixepoch') || printf('.%06d+00:00', {0} % 1000000)"
_COPY = f"""
create temp table copy as with recursive c (c) as (select 1 union all select c + 1 from c where c < :copies)
  select c * :seed as n, c, '-' || c as tail, c * {FAR_APART} as later from c;
insert into event (seq, shop, source, id, type, subject, time, arrived, data, hop, cause, cause_event, state, mark)
  select e.seq + n, shop, source, id || tail, type, subject, time, arrived,
    cast(replace(cast(data as text), '"id":"' || id || '"', '"id":"' || id || tail || '"') as blob), hop, cause, cause_event, state, mark
  from copy cross join event e where e.seq <= :seed;
insert into decision (shop, event, n, at, workflow, outcome, run, reason)
  select shop, event + copy.n, d.n + copy.n, at, workflow, outcome, run + copy.n, reason
  from copy cross join decision d where d.event <= :seed;
insert into run (n, shop, suffix, workflow, version, kind, subject, status, live, event, trigger, started, priority)
  select r.n + copy.n, shop, lower(hex(randomblob(8))), workflow, version, kind, subject || tail, status, live, event + copy.n, trigger,
    started, priority from copy cross join run r where r.n <= :seed;
insert into journal (shop, run, seq, at, kind, path, data, trail, closed)
  select j.shop, j.run + n, j.seq, j.at, j.kind, j.path, j.data,
    cast(replace(cast(j.trail as text), {_MOMENT.format("t.due")}, {_MOMENT.format("(t.due + later)")}) as blob), j.closed
  from copy cross join journal j join timer t on t.shop = j.shop and t.run = j.run where j.run <= :seed;
insert into timer (shop, run, path, due, fire)
  select shop, run + n, path, due + later, fire + later from copy cross join timer t where t.run <= :seed;
drop table copy;
"""
_COPIED = {"event", "decision", "run", "journal", "timer"}
_NOT_OF_RUNS = {"meta", "shop", "lease", "definition", "deployment"}


def fill(folder: Path, waiting: int) -> None:
    """Copy the runs that the engine has made until so many wait."""
    db = apsw.Connection(str(store_of(folder)))
    # Bigger than what an engine has: rows of an index come in no order.
    db.execute("pragma cache_size = -1000000").fetchall()
    db.execute("pragma synchronous = off").fetchall()
    with db:
        seed = db.execute("select count(*) from run").get
        check(db, seed)
        for statement in _COPY.split(";\n"):
            db.execute(statement, {"copies": waiting // seed - 1, "seed": seed}).fetchall()


def check(db: apsw.Connection, seed: int) -> None:
    """Hold that the engine's rows are those that are copied: one a run in each of the tables, and none in another."""
    tables = {row[0]: db.execute(f"select count(*) from {row[0]}").get for row in db.execute("select name from sqlite_schema where type = 'table'").fetchall()}
    assert {name for name, rows in tables.items() if rows} == _COPIED | _NOT_OF_RUNS, tables
    assert all(tables[name] == seed for name in _COPIED), tables
    assert db.execute(f"select count(*) from journal j join timer t on t.run = j.run where instr(j.trail, {_MOMENT.format('t.due')})").get == seed


def let_be_due(folder: Path, count: int, due: int, turn: int = 0) -> int:
    """Move the timers of so many runs, which lie all over the store, to one instant; return how many there were.

    Args:
        folder: the project; its engine does not run.
        count: how many.
        due: when, in microseconds.
        turn: others for each number.
    """
    with apsw.Connection(str(store_of(folder))) as db:
        # No divisor of SEED, so that copies of every run are among them.
        every = max(db.execute("select max(n) from run").get // count - 1, 1)
        db.execute("create temp table chosen as select run, due from timer where run % ? = ? limit ?", (every, turn % every, count)).fetchall()
        moved = f"cast(replace(cast(trail as text), {_MOMENT.format('c.due')}, {_MOMENT.format(':due')}) as blob)"
        db.execute(f"update journal set trail = {moved} from chosen c where journal.run = c.run", {"due": due}).fetchall()
        db.execute("update timer set due = :due, fire = :due where run in (select run from chosen)", {"due": due}).fetchall()
        found: int = db.execute("select count(*) from timer where fire = ?", (due,)).get
        return found


def completed(folder: Path) -> int:
    """Return how many runs have come to their end."""
    found: int = apsw.Connection(str(store_of(folder))).execute("select count(*) from run where status = 'completed'").get
    return found
