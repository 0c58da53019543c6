"""Playing a case, on a runtime that only writes down what it is asked."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ecomflow.errors import CaseError, RefusedError
from ecomflow.model import Leaf, Outcome, Run, RunStatus
from ecomflow.runtime.base import DecisionRecord, Explanation, Receipt
from ecomflow.testing.player import Player
from ecomflow.testing.scenario import parse_given

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Recorder:
    """A runtime on which nothing happens but time."""

    def __init__(self, runs=(), refuses=()):
        self.now, self.asked, self._runs, self._refuses = START, [], list(runs), set(refuses)

    def __getattr__(self, name):
        def ask(*values, **more):
            if values and isinstance(values[0], str) and values[0] in self._refuses:
                raise RefusedError(f"{values[0]} is decided")
            self.asked.append((self.hours, name, *values, *more.values()))

        return ask

    @property
    def hours(self):
        return (self.now - START).total_seconds() / 3600

    def emit(self, type, data, **more):
        self.asked.append((self.hours, "emit", type, data, more))
        return Receipt(more.get("id", f"e{len(self.asked)}"))

    def start_workflow(self, workflow, data, **more):
        if workflow in self._refuses:
            raise RefusedError(f"{workflow} is decided")
        self.asked.append((self.hours, "start_workflow", workflow, data, *more.values()))
        return Receipt(f"e{len(self.asked)}")

    def advance(self, to):
        self.now = to

    def runs(self):
        return self._runs

    def decisions(self):
        return [DecisionRecord(START, "late", "other.happened", "x", Outcome.STARTED), DecisionRecord(START, "e1", "a.b", "w", Outcome.HELD)]

    def why(self, event):
        found = [Explanation(event, "y", Outcome.NOT_MATCHED, "", leaves=[Leaf("a > 3", False, "1 > 3")])]
        return found if event == "e1" else []


class Folder:
    faults = ()

    def __init__(self, deploy="auto"):
        self._deploy = deploy

    def deploy(self, body):
        return SimpleNamespace(body=body, deploy=self._deploy)


def run(id, status, workflow="w"):
    return Run(id, workflow, "v", None, RunStatus(status), START)


def play(runtime, *entries, folder=None):
    player = Player(runtime, folder or Folder())
    player.play(parse_given(list(entries)))
    return player


def test_entries_are_played_at_their_moment():
    runtime = Recorder()

    play(
        runtime,
        {"event": "a.b", "data": {"n": 1}, "time": "2026-03-02T08:00:00Z"},
        {"at": "2h", "restart": True, "down": "30m"},
        {"at": "2h", "pause": {"all": True}},
        {"advance": "1h"},
        {"resume": {"workflow": "w"}},
    )

    assert runtime.asked == [
        (0, "emit", "a.b", {"n": 1}, {"time": datetime(2026, 3, 2, 8, tzinfo=UTC)}),
        (2, "restart", 1800),
        (2, "pause", None),
        (3, "resume", "w"),
    ]


def test_time_does_not_go_back():
    with pytest.raises(CaseError, match="at 1h the case is already at 2h"):
        play(Recorder(), {"at": "0h", "advance": "2h"}, {"at": "1h", "event": "a.b"})


def test_people_reach_the_runs_that_are_meant():
    runtime = Recorder([run("r1", "failed"), run("r2", "waiting"), run("r3", "waiting", "x"), run("r4", "blocked")])

    play(
        runtime,
        {"cancel": {"workflow": "w", "reason": "closed"}},
        {"retry": {"workflow": "w", "from": "pay"}},
        {"skip": {"workflow": "w", "result": {"ok": True}}},
        {"decide": {"workflow": "x", "approved": True, "by": "ana"}},
    )

    assert [asked[1:] for asked in runtime.asked] == [
        ("cancel", "r2", "closed"),
        ("cancel", "r4", "closed"),
        ("retry", "r4", "pay"),
        ("skip", "r4", {"ok": True}),
        ("decide", "r3", True, "ana", ""),
    ]


def test_a_decision_goes_to_the_first_run_that_does_not_refuse_it():
    runtime = Recorder([run("r1", "waiting"), run("r2", "waiting")], refuses=["r1"])

    player = play(runtime, {"decide": {"approved": False, "by": "ana"}})

    assert runtime.asked == [(0, "decide", "r2", False, "ana", "")]
    assert player.observed([], ask=False).notes == []


def test_a_refusal_is_noted():
    player = play(Recorder([run("r1", "waiting")], refuses=["r1"]), {"at": "1h", "decide": {"approved": True, "by": "bo"}})

    assert player.observed([], ask=False).notes == ["1h decide: refused: r1 is decided"]


@pytest.mark.parametrize(("deploy", "expected"), [("auto", ["restart", "deploy"]), ("manual", ["restart"])])
def test_edited_files_count_when_the_project_is_opened_again(deploy, expected):
    runtime = Recorder()

    play(runtime, {"edit": "other.yaml"}, {"at": "1h", "restart": True}, folder=Folder(deploy))

    assert [asked[1] for asked in runtime.asked] == expected


def test_what_why_says_is_placed_at_its_event():
    player = play(Recorder(), {"at": "1h", "event": "a.b", "id": "e1"})

    seen = player.observed([], ask=True).decisions

    assert [(one.event, one.workflow, one.outcome, one.asked) for one in seen] == [
        (1, "x", "started", False),
        (0, "w", "held", False),
        (0, "y", "not_matched", True),
    ]
    assert seen[2].reason == "a > 3 1 > 3"
    assert (seen[2].at - START).total_seconds() == 3600


def test_a_start_by_hand_is_asked_for_and_a_refusal_is_noted():
    runtime = Recorder(refuses=["x"])

    player = play(runtime, {"run": "w", "data": {"n": 1}, "force": True}, {"run": "x"})

    assert runtime.asked == [(0, "start_workflow", "w", {"n": 1}, True)]
    assert player.observed([], ask=False).notes == ["0h run: refused: x is decided"]
