"""The story of a run that went to another version: what was done before is told by the version it was done on."""

from datetime import UTC

from ecomflow.cli.again import sent_again
from ecomflow.cli.story import Story
from ecomflow.errors import NotFoundError
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing import Simulation

HEAD = "name: w\ntrigger: {event: thing.made}\nactions:\n"
OLD = f"""{HEAD}
  - {{name: tells, action: log.write, with: {{message: first}}}}
  - {{id: answer, wait_for: {{event: part.made, match: {{part.n: thing.n}}, timeout: 5h}}}}
"""
NEW = f"""{HEAD}
  - {{name: another, wait: 1h}}
  - {{name: more, action: log.write, with: {{message: more}}}}
  - {{id: answer, wait_for: {{event: bill.made, match: {{bill.n: thing.n}}, timeout: 1h}}}}
  - {{name: last, action: log.write, with: {{message: last}}}}
  - {{fail: enough}}
"""


def moved(folder):
    """Return the simulation of a run that moved, was answered and failed."""
    (folder / "w.yaml").write_text(OLD)
    sim = Simulation.load(folder, start="2026-03-02T09:00:00Z")
    sim.emit("thing.made", {"thing": {"n": 1}})
    (folder / "w.yaml").write_text(NEW)
    sim.runtime.deploy(load_project(folder, Registry.load().catalog), "migrate")
    sim.emit("part.made", {"part": {"n": 1}})
    return sim


def test_each_version_tells_its_own_addresses(tmp_path):
    sim = moved(tmp_path)
    run, version = sim.runtime.run(sim.runs[0].id), sim.runtime.kernel.definitions.version

    lines = [line.text for line in Story(run, version(run.version), UTC, "thing.made", definition=version).lines()]

    assert run.status == "failed"
    assert lines[1] == "log.write (tells) with {message: first}"
    assert lines[2].startswith("log.write (tells): done")
    moving = next(number for number, line in enumerate(lines) if line.startswith("goes on at answer in version "))
    assert lines[moving + 1] == "answer waits for part.made, until 2026-03-02 14:00:00 at the latest"
    assert any(line.startswith("log.write (last): done") for line in lines[moving:])
    assert not any("another" in line or "(more)" in line for line in lines)


def test_a_retry_from_before_the_wait_says_what_was_done_on_the_older_version(tmp_path):
    sim = moved(tmp_path)
    run, version = sim.runtime.run(sim.runs[0].id), sim.runtime.kernel.definitions.version

    def told(step):
        return list(sent_again(run, version(run.version), step, version))

    assert told("actions/3") == ["happens again, under a new key: log.write (last)"]
    assert told("answer") == told("actions/0") == [
        "was done on an older version, and may happen again: log.write (tells)", "happens again, under a new key: log.write (last)",
    ]  # fmt: skip


def test_a_version_that_cannot_be_read_any_more_is_told_by_addresses(tmp_path):
    sim = moved(tmp_path)
    run, version = sim.runtime.run(sim.runs[0].id), sim.runtime.kernel.definitions.version

    def gone(_):
        raise NotFoundError("gone")

    lines = Story(run, version(run.version), UTC, "thing.made", definition=gone).lines()

    assert lines[2].text.startswith("actions/0: done")
    assert any(line.text.startswith("goes on at answer") for line in lines)
