"""A real kernel on a real file, with the test in the place of clock and loop."""

from __future__ import annotations

import itertools
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ecomflow.language import load_project
from ecomflow.model import ActionSpec, Effect
from ecomflow.registry import Registry
from ecomflow.runtime.accept import make_event
from ecomflow.runtime.clock import SECOND, to_micros, to_moment
from ecomflow.runtime.kernel import Kernel
from ecomflow.runtime.reading import Reader
from ecomflow.store import Lease, Store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_NUMBERS = itertools.count(1)
_PROBES = {
    name: ActionSpec(name, effect, params={"type": "object"})
    for name, effect in (("probe.read", Effect.READS), ("probe.send", Effect.SENDS), ("probe.charge", Effect.CHARGES))
}


@pytest.fixture(scope="session")
def catalog():
    """What is installed, with probes that take anything."""
    found = Registry.load().catalog
    return replace(found, actions={**found.actions, **_PROBES})


@pytest.fixture
def project(tmp_path, catalog):
    """Return what writes workflows, each with a trigger on ``thing.happened`` unless it says otherwise, and loads them."""
    numbers = itertools.count()

    def write(**workflows):
        folder = tmp_path / f"project-{next(numbers)}"
        (folder / "workflows").mkdir(parents=True)
        (folder / "ecomflow.yaml").write_text("shop: acme\n", "utf-8")
        for name, text in workflows.items():
            trigger = "" if "trigger:" in text else "trigger: {event: thing.happened}\nsubject: thing.id\n"
            (folder / "workflows" / f"{name}.yaml").write_text(f"name: {name}\n{trigger}{text}", "utf-8")
        loaded = load_project(folder, catalog)
        assert not loaded.faulty, loaded.faulty
        return loaded

    return write


class Desk:
    """A kernel as a process has it: opened on the file, with a clock that the test moves."""

    def __init__(self, path, project, *, catalog, now=START, holder="desk", takes_over=True, secrets=(), clock=None):
        self.micros = to_micros(now) if clock is None else clock()
        self.store = Store(path, project.shop)
        self.lease = Lease(self.store, holder)
        self.is_engine = self.lease.take(self.micros, alive=lambda _: not takes_over)
        if self.is_engine:
            self.kernel = Kernel(self.store, catalog, clock=clock or (lambda: self.micros), suffix=lambda: "x", secrets=secrets, lease=self.lease)
            self.kernel.open(project)

    def event(self, type_="thing.happened", id_=None, **thing):
        """Return a unit that takes an event about a thing."""
        id_ = id_ or f"e{next(_NUMBERS)}"
        noun = type_.split(".")[0]
        event, raw = make_event(type_, {noun: thing or {"id": "a"}}, id_=id_, source="test", now=to_moment(self.micros))
        return self.kernel.taking(event, raw)

    def emit(self, *args, **thing):
        """Take an event in a turn of its own."""
        return self.kernel.do(self.event(*args, **thing))

    def answer(self, call, **data):
        """Give an answer to a call."""
        self.kernel.do(lambda: self.kernel.answered(call, data or {"ok": True, "result": None}))

    def wait(self, **span):
        """Let time pass, and serve what is due."""
        self.micros += timedelta(**span) // timedelta(microseconds=1)
        self.kernel.turn([])
        while not self.kernel.draining and (self.kernel.next_fire or self.micros + 1) <= self.micros:  # a portion a turn, as the host does
            self.kernel.turn([])

    def pass_time(self, seconds):
        """Let time pass without a turn."""
        self.micros += seconds * SECOND

    def runs(self):
        """All runs, as people see them."""
        return list(Reader(self.store, self.kernel.definitions, self.kernel.events).runs())

    def statuses(self):
        return [str(run.status) for run in self.runs()]

    def outcomes(self, event_id=None):
        """The outcomes of all decisions, or of an event's."""
        records = Reader(self.store, self.kernel.definitions, self.kernel.events).decisions()
        return [str(record.outcome) for record in records if event_id in (None, record.event_id)]

    def kill(self):
        """Let the process die: its memory is gone, its file is closed."""
        self.store.close()


@pytest.fixture
def open_desk(tmp_path, catalog):
    """Return what opens a kernel on the test's file; again after a kill, or beside another."""
    opened = []

    def open_(project, **arguments):
        given = {"catalog": catalog, **arguments}
        opened.append(Desk(tmp_path / "var" / "store.db", project, **given))
        return opened[-1]

    yield open_
    for desk in opened:
        desk.store.close()


@pytest.fixture
def told(caplog):
    """What the engine logs, which a test that breaks something looks for."""
    caplog.set_level(logging.WARNING, logger="ecomflow")
    return caplog
