"""examples/scripts: one that leaves events for an engine elsewhere, one that does all by itself; both end quietly."""

import shutil
from pathlib import Path

import pytest
from kit import PATIENCE, Processes

from ecomflow import Engine

EXAMPLE = Path(__file__).parents[2] / "examples" / "scripts"
STRICT = ("-X", "dev", "-W", "error")


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(EXAMPLE, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__", "var"))


@pytest.fixture
def scripts(folder):
    with Processes(folder) as processes:
        yield processes


def complaints(process):
    return [line for line in process.said["err"].splitlines() if "Warning" in line or "Traceback" in line]


def test_a_script_for_cron_may_be_run_again_and_needs_no_engine(folder, scripts):
    # Given no engine, When the script runs, and runs again, as after a failure, Then it ends at once, both times,
    for _ in range(2):
        done = scripts.start(*STRICT, str(folder / "emit_stock.py"), "2026-03-02", str(folder / "stock.csv"))
        assert done.end() == 0, done.said
        assert done.said["out"] == "told of lamp\ntold of vase\n"
        assert complaints(done) == []

    # And the engine that starts later decides each event once.
    scripts.serve().wait_for('"ready"')
    with Engine.open(folder, role="client").in_thread() as client:
        client.emit("stock.counted", {"stock": {"sku": "last", "available": 12}}).decided(PATIENCE)
        (run,) = client.runs()
        assert (client.wait(run.id, PATIENCE).status, run.subject) == ("completed", "lamp")


@pytest.mark.parametrize("elsewhere", [False, True], ids=["alone", "beside an engine"])
def test_a_script_that_does_all_by_itself(folder, scripts, elsewhere):
    if elsewhere:
        scripts.serve().wait_for('"ready"')
    done = scripts.start(*STRICT, str(folder / "count_and_wait.py"))

    assert done.end() == 0, done.said
    assert done.said["out"].splitlines() == [
        "lamp [('reorder', 'completed', {'sku': 'lamp'})]", "vase []", "  reorder: stock.available < 5: 12 < 5",
    ]  # fmt: skip
    assert complaints(done) == []
