"""Play random shops on the engine and on the model, and compare what was decided, asked for and reached.

``against_model.py [SEEDS [FROM]]``; a seed that differs is shrunk, and its smallest plan printed.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import tempfile
from collections import Counter
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import apsw
from model import Model
from modelled import CAPS, SECOND, answer, write_plan

from ecomflow.errors import RefusedError
from ecomflow.language import load_project
from ecomflow.model import ActionSpec, Catalog, Effect
from ecomflow.registry import Registry
from ecomflow.runtime.base import Answer, Call
from ecomflow.runtime.simulated import SimulatedRuntime

START = "2026-03-02T09:00:00+00:00"
LONG, SHORT = 40 * 86_400 * SECOND, 3 * 86_400 * SECOND
MAX_STARTS = 6
MANY = ("delivered", "exited", "duplicate", "started", "queued")
KEPT = Path(__file__).with_name("kept_plans.json")
Seen = dict[str, Any]


@cache
def catalog() -> Catalog:
    """Return what is installed, with three actions that take anything."""
    effects = {"probe.read": Effect.READS, "probe.send": Effect.SENDS, "probe.write": Effect.WRITES}
    found = Registry.load().catalog
    return replace(found, actions={**found.actions, **{n: ActionSpec(n, e, params={"type": "object"}) for n, e in effects.items()}})


class Engine:
    """A plan on the real kernel and a real file."""

    def __init__(self, plan: dict[str, Any], folder: Path) -> None:
        self.seed, self.calls, self.names = plan["seed"], [], {}
        self.start = beginning(plan)
        (folder / "workflows").mkdir()
        (folder / "ecomflow.yaml").write_text(json.dumps({"shop": "acme", "timezone": zone_of(plan), "caps": CAPS, "max_starts": MAX_STARTS}), "utf-8")
        for flow in plan["flows"]:
            (folder / "workflows" / f"{flow['name']}.yaml").write_text(json.dumps(flow), "utf-8")
        project = load_project(folder, catalog())
        assert not project.faulty, [d for d in project.diagnostics if d.severity == "error"]
        self._file = folder / "store.db"
        kept = (0, 2, 1000)[self.seed % 3]  # a run that stays in memory does what one that is brought back does
        self.runtime = SimulatedRuntime(project, start=self.start, performer=self, catalog=catalog(), path=str(self._file), kept=kept)

    def perform(self, call: Call) -> Answer:
        """Answer as the plan's seed says."""
        name = self.name(call.run_id)
        how, result, takes = answer(self.seed, name, call.path, call.attempt)
        self.calls.append((name, call.path, call.action, dict(call.params), call.attempt, self.micros(call.at)))
        data = {"ok": True, "result": result} if how == "ok" else {"ok": False, "class": how, "type": "probe", "message": "it failed"}
        return Answer(data, takes / SECOND)

    def name(self, run_id: str) -> str:
        """Return what the model calls a run: its workflow, with its event or its caller."""
        if run_id not in self.names:
            for row in self._rows("select r.workflow, e.id, r.trigger, c.path, r.n, r.suffix from run r join event e on e.seq = r.event left join child c on c.child = r.n"):
                workflow, event, trigger, path, n, suffix = row
                told = json.loads(trigger)
                caller = told.get("call", {}).get("caller")
                which = f"#{told['id']}" if told["id"] else ""
                self.names[f"r{n}-{suffix}"] = f"{workflow}<{self.event(event)}{which}" if caller is None else f"{workflow}^{self.names[caller]}:{path}"
        return self.names[run_id]

    def event(self, id_: str) -> str:
        """Return what the model calls an event."""
        if found := re.fullmatch(r"acme/([^/]+)/(.*)/0", id_):
            return f"{self.name(found[1])}/{found[2]}"
        made = re.fullmatch(r"([\w-]+/\w+)/(r\d+-\w+)", id_)
        return f"{made[1]}/{self.name(made[2])}" if made else id_

    def _rows(self, sql: str) -> list[Any]:
        # By a connection of its own: the engine asks for answers already while it is opened.
        with closing(apsw.Connection(str(self._file), flags=apsw.SQLITE_OPEN_READONLY)) as db:
            return list(db.execute(sql))

    def do(self, op: list[Any]) -> None:
        """Let one thing happen."""
        at, kind, *rest = op
        if kind != "restart":
            self.runtime.advance(self.moment(at))
        getattr(self, f"_{kind}")(*rest)

    def _event(self, id_: str, type_: str, data: Any, subject: str | None, time: int) -> None:
        self.runtime.emit(type_, data, id=id_, source="shop", subject=subject, time=self.moment(time))

    def _start(self, name: str, id_: str, data: Any, subject: str | None, force: bool) -> None:
        self.runtime.start_workflow(name, data, force=force, id=id_, subject=subject)

    def _restart(self, down: int) -> None:
        self.runtime.restart(down / SECOND)

    def _pause(self, name: str) -> None:
        self.runtime.pause(None if name == "*" else name)

    def _resume(self, name: str) -> None:
        self.runtime.resume(None if name == "*" else name)

    def _cancel(self, number: int) -> None:
        found = {self.name(run.id): run.id for run in self.runtime.runs() if not run.status.ended}
        if found:
            self._ask(lambda: self.runtime.cancel(found[chosen(found, number)]))

    def _decide(self, number: int, approved: bool) -> None:
        found = {self.name(f"r{n}-{s}"): f"r{n}-{s}" for n, s in self._rows("select r.n, r.suffix from run r where exists (select 1 from approval a where a.run = r.n)")}
        if found:
            self._ask(lambda: self.runtime.decide(found[chosen(found, number)], approved=approved, by="ana@shop.example"))

    @staticmethod
    def _ask(what: Any) -> None:
        # Of a paused workflow the first request counts, and a second of the same is refused.
        with suppress(RefusedError):
            what()

    def seen(self) -> Seen:
        """Return what is compared."""
        runs = {}
        for run in self.runtime.runs():
            step = run.error["step"] if run.error else None
            # To the model an open run runs; what it waits for shows in what it does next.
            status = "running" if run.status.value == "waiting" else run.status.value
            runs[self.name(run.id)] = (status, step)
        decisions = [(self.event(d.event_id), d.workflow, d.outcome.value, self.micros(d.at)) for d in self.runtime.decisions()]
        return {"calls": self.calls, "decisions": listed(decisions), "runs": sorted(runs.items())}

    def moment(self, at: int) -> datetime:
        """Return the moment so many microseconds after the start."""
        return self.start + timedelta(microseconds=at)

    def micros(self, at: datetime) -> int:
        """Return the microseconds from the start."""
        return (at - self.start) // timedelta(microseconds=1)


def chosen(found: Any, number: int) -> str:
    """Return one name of those that may be meant."""
    return sorted(found)[number % len(found)]


def beginning(plan: dict[str, Any]) -> datetime:
    """Return the moment at which a plan begins."""
    return datetime.fromisoformat(plan.get("start", START))


def zone_of(plan: dict[str, Any]) -> str:
    """Return the zone of workflows that name none."""
    return str(plan.get("timezone", "UTC"))


def listed(decisions: list[Any]) -> list[Any]:
    """Return the decisions that are compared: where several triggers of a workflow say the same of an event, it counts once."""
    found = [d for d in decisions if d[2] != "not_matched"]
    return [d for n, d in enumerate(found) if d[2] in MANY or d not in found[:n]]


class Keys(dict[str, str]):
    """Keys of runs; a run that the engine does not know has its own name."""

    def __missing__(self, name: str) -> str:
        return name


class Modelled:
    """A plan on the model."""

    def __init__(self, plan: dict[str, Any], keys: dict[str, str]) -> None:
        self.model = Model(plan["flows"], CAPS, lambda *call: answer(plan["seed"], *call), Keys(keys), beginning(plan), MAX_STARTS, zone_of(plan))

    def do(self, op: list[Any]) -> None:
        """Let one thing happen."""
        at, kind, *rest = op
        model = self.model
        if kind == "event":
            model.advance(at)
            model.emit(*rest)
        elif kind == "restart":
            model.restart(*rest)
        else:
            model.advance(at)
            getattr(self, f"_{kind}", getattr(model, "by_hand" if kind == "start" else kind, None))(*rest)

    def _cancel(self, number: int) -> None:
        found = [run.name for run in self.model.runs if run.open]
        if found:
            self.model.cancel(chosen(found, number))

    def _decide(self, number: int, approved: bool) -> None:
        found = [run.name for run in self.model.runs if any(wait.kind == "person" for wait in run.pending)]
        if found:
            self.model.decide_approval(chosen(found, number), approved)

    def seen(self) -> Seen:
        """Return what is compared."""
        return {"calls": self.model.calls, "decisions": listed(self.model.decisions), "runs": sorted((r.name, (r.status, r.error)) for r in self.model.runs)}


def operations(plan: dict[str, Any]) -> list[list[Any]]:
    """Return what happens, and the time after it, in which runs end; less of it where ever new ones start."""
    triggers = [each for flow in plan["flows"] for each in (flow["trigger"] if isinstance(flow["trigger"], list) else [flow["trigger"]])]
    # A clock, or a workflow that starts itself, goes on for as long as it is let.
    endless = any({"schedule", "every"} & each.keys() for each in triggers) or any(flow.get("own_events") for flow in plan["flows"])
    last, tail = plan["ops"][-1][0] if plan["ops"] else 0, SHORT if endless else LONG
    return [*plan["ops"], [last + tail, "resume", "*"], [last + 2 * tail, "resume", "*"]]


def play(plan: dict[str, Any]) -> tuple[Seen, Seen]:
    """Return what the engine and what the model makes of a plan."""
    with tempfile.TemporaryDirectory() as folder:
        engine, ops = Engine(plan, Path(folder)), operations(plan)
        for op in ops:
            engine.do(op)
        found = engine.seen()
        keys = {name: f"acme/{run_id}" for run_id, name in engine.names.items()}
        engine.runtime.close()
    modelled = Modelled(plan, keys)
    for op in ops:
        modelled.do(op)
    return found, modelled.seen()


def differences(plan: dict[str, Any]) -> list[str]:
    """Return what differs, the earliest first; nothing where engine and model agree."""
    engine, model = play(plan)
    found = []
    for what, at in (("calls", -1), ("decisions", -1), ("runs", 0)):
        left, right = Counter(map(repr, engine[what])), Counter(map(repr, model[what]))
        found += [(one[at] if at else 1 << 62, f"{who} {what}: {one!r}") for who, mine, theirs, all_ in (("engine", left, right, engine[what]), ("model ", right, left, model[what]))
                  for one in all_ if mine[repr(one)] > theirs[repr(one)]]  # fmt: skip
    return [text for _, text in sorted(found)]


def shrink(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a smaller plan that still differs: without what it does not need."""
    changed = True
    while changed:
        changed = False
        for smaller in list(_smaller(plan)):
            try:
                if differences(smaller):
                    plan, changed = smaller, True
                    break
            except Exception:  # noqa: BLE001 what cannot be loaded any more is no smaller plan
                continue
    return plan


def _smaller(plan: dict[str, Any]) -> Any:
    for n in reversed(range(len(plan["ops"]))):
        yield {**plan, "ops": plan["ops"][:n] + plan["ops"][n + 1 :]}
    for n, flow in enumerate(plan["flows"]):
        yield {**plan, "flows": plan["flows"][:n] + plan["flows"][n + 1 :]}
        for less in _without(flow):
            yield {**plan, "flows": [*plan["flows"][:n], less, *plan["flows"][n + 1 :]]}


def _without(value: Any) -> Any:
    if isinstance(value, list):
        for n, inner in enumerate(value):
            if isinstance(inner, dict | list):
                yield value[:n] + value[n + 1 :]
                for less in _without(inner):
                    yield [*value[:n], less, *value[n + 1 :]]
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("name", "event", "trigger", "actions", "action", "with", "match", "wait_for", "ask_approval", "for_each", "as", "try", "repeat", "title", "to"):
                yield {key: one for key, one in value.items() if key != name}
            for less in _without(inner):
                yield {**value, name: less}


def kept() -> list[dict[str, Any]]:
    """Return the plans that differed once; they are always played."""
    return json.loads(KEPT.read_text("utf-8"))


def main(seeds: int = 200, first: int = 0) -> None:
    """Compare many seeds and tell which differ; of a single one print the smallest plan, to be kept in ``kept_plans.json``."""
    logging.disable(logging.CRITICAL)
    bad = []
    for seed in range(first, first + seeds):
        plan = write_plan(seed)
        try:
            found = differences(plan)
        except Exception as error:  # noqa: BLE001 it is told, with its seed
            found = [f"{type(error).__name__}: {error}"]
        if found and seeds == 1:
            plan = shrink(plan)
            print(json.dumps(plan), *map(json.dumps, plan["flows"]), *plan["ops"], *differences(plan)[:20], sep="\n")
        if found:
            bad.append(seed)
            print(f"seed {seed}: python {__file__} 1 {seed}", *found[:3], sep="\n")
    print(f"{seeds} seeds from {first}: {len(bad)} differ {bad}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
