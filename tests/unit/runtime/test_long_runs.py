"""Runs with long journals: kept in memory while they wait, and brought back with what matters alone."""

from contextlib import closing
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


def opened(folder, kept):
    (folder / "w.yaml").write_text(WAITS, "utf-8")
    path = str(folder / "store.db")
    return SimulatedRuntime(load_project(folder, Catalog()), start=START, performer=None, catalog=Catalog(), path=path, kept=kept)


@pytest.fixture
def runtime(tmp_path):
    made = opened(tmp_path, 0)
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
    monkeypatch.setattr("ecomflow.runtime.staying._KEPT", 2)
    monkeypatch.setattr("ecomflow.runtime.staying.LONG", 20)
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


def test_a_runtime_that_keeps_runs_keeps_those_that_did_something_last_and_brings_back_the_others(tmp_path):
    # Given three runs where two may stay, one of them ended, When time goes on, Then the rest ends as if all had stayed.
    with closing(opened(tmp_path, 2)) as runtime:
        for number, items in enumerate([[1, 2], [1, 2], [1], [1, 2]]):
            runtime.emit("thing.happened", {"thing": {"id": number, "items": items}})
        assert list(runtime.kernel.runs.live) == [3, 4]

        runtime.advance(START + timedelta(minutes=1))
        assert len(runtime.kernel.runs.live) == 2
        assert 3 not in runtime.kernel.runs.live

        runtime.restart()
        runtime.advance(START + timedelta(minutes=2))
        assert [run.status for run in runtime.runs()] == ["completed"] * 4
        assert runtime.kernel.runs.live == {}
