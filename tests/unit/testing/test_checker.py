"""What was seen against what was expected."""

from datetime import UTC, datetime, timedelta

import pytest

from ecomflow.errors import CaseError
from ecomflow.model import Diagnostic, Run, RunStatus
from ecomflow.testing.answers import FakedCall
from ecomflow.testing.checker import asks_why, differences
from ecomflow.testing.expectations import parse_expectations
from ecomflow.testing.observed import Observed, SeenDecision, tell
from ecomflow.testing.ordering import assign

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def call(hours, message, run="r1", key=None, attempt=1):
    return FakedCall(START + timedelta(hours=hours), "w", run, "s", "log.write", {"message": message}, "", key or f"{run}/{message}", attempt)


def decision(outcome, event=0, workflow="w", reason="", asked=False):
    return SeenDecision(START, event, "thing.happened", workflow, outcome, reason, asked)


def run(status, subject="thing:t1"):
    return Run("r", "w", "v", subject, RunStatus(status), START)


def check(expect, **seen):
    return differences(parse_expectations(expect), Observed(START, **seen))


def written(message, **more):
    return {"action": "log.write", "with": {"message": message}, **more}


def test_actions_stand_in_order_of_time_with_others_between():
    calls = [call(0, "a"), call(1, "x"), call(2, "b")]

    assert not check([written("a", at="0h"), written("b", at="2h")], calls=calls)
    assert check([written("b"), written("a")], calls=calls)


def test_calls_of_different_runs_at_one_moment_stand_in_any_order():
    assert not check([written("b"), written("a")], calls=[call(0, "a", "r1"), call(0, "b", "r2")])
    assert check([written("b"), written("a")], calls=[call(0, "a", "r1"), call(0, "b", "r1")])


def test_each_expectation_wants_a_call_of_its_own():
    (line,) = check([written("a"), written("a")], calls=[call(0, "a")])

    assert "expected action 2 of 2" in line


def test_the_moment_is_exact():
    (line,) = check([written("a", at="1h")], calls=[call(2, "a")])

    assert "nearest: {at: 2h" in line


def test_a_further_attempt_is_no_other_call():
    calls = [call(0, "a", key="k"), call(1, "a", key="k", attempt=2)]

    assert not check([{"only": True}, written("a")], calls=calls)
    assert not check([{"attempts": {"action": "log.write", "count": 2, "same_key": True}}], calls=calls)
    assert check([{"attempts": {"action": "log.write", "count": 2, "same_key": False}}], calls=calls)
    assert check([{"attempts": {"action": "log.write", "count": 1}}], calls=calls)


def test_only_forbids_other_actions():
    (line,) = check([{"only": True}, written("a")], calls=[call(0, "a"), call(1, "b")])

    assert line.startswith("`only` forbids {at: 1h, action: log.write, with: {message: b}")


def test_not_holds_anywhere():
    assert check([{"not": written("a")}], calls=[call(0, "a")])
    assert not check([{"not": written("a", at="1h")}], calls=[call(0, "a")])
    assert check([{"not": {"decision": {"outcome": "throttled"}}}], decisions=[decision("throttled")])
    assert check([{"not": {"run": {"status": "completed"}}}], runs=[run("completed")])


def test_decisions_stand_in_order():
    seen = [decision("started"), decision("refused", 1, reason="single")]

    assert not check([{"decision": {"outcome": "started"}}, {"decision": {"outcome": "refused", "reason_contains": "ing"}}], decisions=seen)
    assert check([{"decision": {"outcome": "refused"}}, {"decision": {"outcome": "started"}}], decisions=seen)
    assert check([{"decision": {"outcome": "refused", "reason_contains": "other"}}], decisions=seen)


def test_what_why_says_is_ordered_by_event_alone():
    seen = [decision("started", 0), decision("started", 1, "x"), decision("not_matched", 0, "y", asked=True)]

    not_matched, second = {"decision": {"workflow": "y", "outcome": "not_matched"}}, {"decision": {"workflow": "x", "outcome": "started"}}
    assert not check([not_matched, {"decision": {"workflow": "w", "outcome": "started"}}, second], decisions=seen)
    assert check([second, not_matched], decisions=seen)


def test_why_is_asked_only_where_it_is_needed():
    assert asks_why(parse_expectations([{"not": {"decision": {"outcome": "not_matched"}}}]))
    assert not asks_why(parse_expectations([{"decision": {"outcome": "started"}}]))


def test_runs_are_looked_at_each_for_itself():
    runs = [run("superseded"), run("completed")]

    assert not check([{"run": {"subject": "t1", "status": "completed"}}, {"run": {"status": "superseded"}}, {"runs": 2}], runs=runs)
    assert check([{"run": {"status": "completed"}}, {"run": {"status": "completed"}}], runs=runs)
    assert check([{"run": {"subject": "t2"}}], runs=runs)
    assert check([{"runs": 1}], runs=runs) == ["expected 1 runs, there are 2"]


def test_faults_are_expected_or_reported():
    fault = Diagnostic("EF112", "unknown action log.wrte", "workflows/bad.yaml", 3, workflow="bad", help="did you mean log.write?")

    assert not check([{"load_error": {"workflow": "bad", "contains": "log.wrte"}}], faults=[fault])
    assert check([{"load_error": {"workflow": "bad", "contains": "other"}}], faults=[fault])
    assert check([], faults=[fault]) == ["workflows/bad.yaml:3 does not load: EF112 unknown action log.wrte"]


@pytest.mark.parametrize(
    "expect",
    [{}, [5], [{"acton": "x"}], [{"action": "x", "wth": {}}], [{"decision": {}}], [{"runs": True}], [{"runs": 1}, {"only": True}], [{"not": {"runs": 1}}]],
)
def test_other_shapes_are_refused(expect):
    with pytest.raises(CaseError):
        parse_expectations(expect)


def test_the_story_shows_calls_decisions_and_runs():
    story = tell(Observed(START, [call(24, "a")], [decision("started", reason="why")], [run("completed")], notes=["1h retry: refused"]))

    assert "24h  w  log.write  {message: a}" in story
    assert "thing.happened  w  started  why" in story
    assert "w  thing:t1  completed" in story
    assert "1h retry: refused" in story


def test_an_assignment_that_cannot_be_ends_soon():
    assert len(assign([range(30)] * 31, lambda _earlier, _later: True)) == 30
