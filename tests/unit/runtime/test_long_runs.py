"""Runs with long journals: kept in memory while they wait, and brought back with what matters alone."""

from datetime import UTC, datetime, timedelta

import pytest

from ecomflow.language import load_project
from ecomflow.model import Catalog
from ecomflow.runtime.simulated import SimulatedRuntime

WAITS = """
name: w
trigger: {event: thing.happened}
actions:
  - for_each: thing.items
    do:
      - {wait: 1m}
"""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def runtime(tmp_path):
    (tmp_path / "w.yaml").write_text(WAITS, "utf-8")
    made = SimulatedRuntime(load_project(tmp_path, Catalog()), start=START, performer=None, catalog=Catalog(), path=str(tmp_path / "store.db"))
    yield made
    made.close()


def test_a_loop_with_many_waits_is_not_brought_back_for_each(runtime, monkeypatch):
    # Given a run with a long journal, When it waits again and again, Then it stays in memory.
    runtime.emit("thing.happened", {"thing": {"items": list(range(300))}})
    runtime.advance(START + timedelta(minutes=250))
    loads = []
    load = runtime.kernel.runs.loader.load
    monkeypatch.setattr(runtime.kernel.runs.loader, "load", lambda n: loads.append(n) or load(n))

    runtime.advance(START + timedelta(minutes=290))

    assert loads == []


def test_a_short_run_that_waits_costs_its_row_alone(runtime):
    runtime.emit("thing.happened", {"thing": {"items": [1, 2]}})

    assert runtime.kernel.runs.live == {}


def test_only_some_runs_with_long_journals_stay(runtime, monkeypatch):
    monkeypatch.setattr("ecomflow.runtime.runs._KEPT", 2)
    monkeypatch.setattr("ecomflow.runtime.runs.LONG", 20)
    for number in range(4):
        runtime.emit("thing.happened", {"thing": {"id": number, "items": list(range(30))}})

    runtime.advance(START + timedelta(minutes=25))

    assert len(runtime.kernel.runs.live) == 2


def test_a_run_with_a_long_journal_goes_on_after_a_restart_and_ends(runtime):
    runtime.emit("thing.happened", {"thing": {"items": list(range(260))}})
    runtime.advance(START + timedelta(minutes=240))

    runtime.restart()
    runtime.advance(START + timedelta(minutes=261))

    (run,) = runtime.runs()
    assert run.status == "completed"
    assert runtime.kernel.runs.live == {}
