"""The public kit on real workflows."""

from datetime import UTC, datetime, timedelta

import pytest

from ecomflow.errors import Permanent, ProjectError
from ecomflow.testing import Simulation

REMINDER = """
name: reminder
trigger: {event: thing.happened}
conditions:
  - thing.size > 3
actions:
  - wait: 24h
  - id: note
    action: log.write
    with: {message: "size {{ thing.size }}"}
    on_error:
      - {action: log.write, with: {message: instead}}
"""


@pytest.fixture
def sim(tmp_path):
    (tmp_path / "reminder.yaml").write_text(REMINDER)
    with Simulation.load(tmp_path, start="2026-01-01T00:00:00Z") as loaded:
        yield loaded


def test_days_pass_at_once(sim):
    sim.emit("thing.happened", {"thing": {"size": 5}})
    assert sim.actions == ()
    assert [run.status for run in sim.runs] == ["waiting"]

    sim.advance("24h")

    (call,) = sim.actions
    assert call.at == sim.now == datetime(2026, 1, 2, tzinfo=UTC)
    assert (call.workflow, call.action, call.step, call.params) == ("reminder", "log.write", "note", {"message": "size 5"})
    assert call.plan
    assert call.run_id == sim.runs[0].id
    assert sim.runs[0].status == "completed"


def test_decisions_tell_what_became_of_events(sim):
    sim.emit("thing.happened", {"thing": {"size": 5}})
    receipt = sim.emit("thing.happened", {"thing": {"size": 1}}, id="small")

    assert receipt.event_id == "small"
    assert [decision.outcome for decision in sim.decisions] == ["started"]
    assert [answer.outcome for answer in sim.why("small")] == ["not_matched"]


def test_what_a_faked_action_answers_can_be_said(sim):
    sim.on("log.write", raises=Permanent("no"), takes="5s")
    sim.emit("thing.happened", {"thing": {"size": 5}})

    sim.advance(timedelta(days=2))

    first, second = sim.actions
    assert second.params == {"message": "instead"}
    assert second.at - first.at == timedelta(seconds=5)


def test_a_restart_loses_nothing(sim):
    sim.emit("thing.happened", {"thing": {"size": 5}})

    sim.restart(down="1h")
    sim.advance("23h")

    assert len(sim.actions) == 1


def test_a_faulty_file_is_told_at_once(tmp_path):
    (tmp_path / "bad.yaml").write_text("name: bad\ntrigger: {event: thing.happened}\nactions:\n  - {action: no.such}\n")

    with pytest.raises(ProjectError, match=r"no\.such"):
        Simulation.load(tmp_path)
