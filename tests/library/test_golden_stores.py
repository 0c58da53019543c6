"""Stores that earlier releases left: each is opened by this one, and its runs go on."""

import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecomflow import Engine

GOLDEN = Path(__file__).parents[1] / "golden_stores"
STORES = sorted(GOLDEN.glob("schema-*.db.gz"))
TWO_DAYS_LATER = int(datetime(2026, 1, 7, 9, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize("golden", STORES, ids=lambda file: file.name)
def test_runs_of_an_old_store_go_on(golden, tmp_path):
    # Given a store in which runs wait for a time, a person and an event
    shop = Path(shutil.copytree(GOLDEN / "shop", tmp_path / "shop"))
    (shop / "var").mkdir()
    (shop / "var" / "ecomflow.db").write_bytes(gzip.decompress(golden.read_bytes()))
    now = TWO_DAYS_LATER

    # When this program is its engine, later, and what they wait for comes
    with Engine.open(shop, role="engine", clock=lambda: now).in_thread() as engine:
        runs = {run.event_id: run for run in engine.runs()}
        before = {id: str(run.status) for id, run in runs.items() if id.startswith("e")}
        engine.decide(runs["e4"].id, approved=True, by="ana")
        engine.emit("parcel.arrived", {"parcel": {"id": "p1"}}, id="e7")
        again = engine.emit("cart.left", {"cart": {"id": "c1"}}, id="e1")
        now += 180_000_000  # what fell due during the stop waits for two minutes
        engine.emit("nothing.happened", {})
        done = {id: engine.wait(runs[id].id, 20) for id in before}
        why = engine.why("e6", "parcel")

    # Then each has done what its file says, once
    assert before == {"e1": "waiting", "e2": "stopped", "e4": "waiting", "e5": "waiting"}
    assert {id: str(run.status) for id, run in done.items()} == {"e1": "completed", "e2": "stopped", "e4": "completed", "e5": "completed"}
    assert again.duplicate
    assert [(one.outcome, one.reason) for one in why] == [("not_matched", "parcel.weight < 30: 40 < 30")]
