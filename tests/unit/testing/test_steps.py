"""What runs have reached of a workflow."""

from datetime import UTC, datetime

import pytest

from ecomflow.model import (
    ActionStep,
    ChooseStep,
    Effect,
    ForEachStep,
    IfStep,
    ParallelStep,
    RepeatStep,
    Run,
    RunStatus,
    StepRecord,
    StopStep,
    TryStep,
    Workflow,
)
from ecomflow.testing.steps import Reached, every_step

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Nothing:
    """A condition, template or expression that nobody asks."""


def act(path, on_error="stop"):
    return ActionStep(path=path, action="log.write", params=Nothing(), effect=Effect.WRITES, idempotent=False, line=len(path), on_error=on_error)


STEPS = (
    act("actions/0", on_error=(act("actions/0/on_error/0"),)),
    IfStep(path="actions/1", condition=Nothing(), then=(act("actions/1/then/0"), act("actions/1/then/1")), otherwise=(act("actions/1/else/0"),)),
    ChooseStep(path="actions/2", branches=((Nothing(), (act("actions/2/0/0"),)), (Nothing(), (act("actions/2/1/0"),)))),
    ForEachStep(path="actions/3", items=Nothing(), name_of_item="line", body=(act("actions/3/do/0"), act("actions/3/do/1"))),
    RepeatStep(path="actions/4", body=(act("actions/4/do/0"),), while_=Nothing()),
    ParallelStep(path="actions/5", branches=((act("actions/5/0/0"),), (act("actions/5/1/0"),))),
    TryStep(path="actions/6", body=(act("actions/6/try/0"),), catch=(act("actions/6/catch/0"),), finally_=(act("actions/6/finally/0"),)),
    StopStep(path="actions/7", reason=Nothing(), id="enough"),
)


def reached(*paths, status=RunStatus.STOPPED):
    found = Reached(Workflow(name="w", version="v", bundle={}, actions=STEPS))
    story = tuple(StepRecord(NOW, path, "action", "") for path in paths)
    found.add(Run("r", "w", "v", None, status, NOW, steps=story))
    return {entry.path for entry in found.missing()}


def test_every_step_is_found_in_the_order_of_the_text():
    paths = [step.path for step in every_step(STEPS)]

    assert paths[:5] == ["actions/0", "actions/0/on_error/0", "actions/1", "actions/1/then/0", "actions/1/then/1"]
    assert len(paths) == 22


def test_nothing_is_reached_without_runs():
    assert reached() == {step.path for step in STEPS}


def test_what_stands_before_a_reached_step_is_reached():
    assert {"actions/1/then", "actions/1/else"} <= reached("actions/2")
    assert "actions/2" not in reached("actions/2")
    assert "actions/3" in reached("actions/2")


@pytest.mark.parametrize(
    ("path", "gone", "left"),
    [
        ("actions/0/on_error/0", "actions/0/on_error", "actions/1"),
        ("actions/1/then/1", "actions/1/then", "actions/1/else"),
        ("actions/2/1/0", "actions/2/1", "actions/2/0"),
        ("actions/3/sku-7/0", "actions/3/do", "actions/3/do/1"),
        ("actions/4/12/0", "actions/4/do", "actions/5"),
        ("actions/5/1/0", "actions/5/1", "actions/5/0"),
        ("actions/6/catch/0", "actions/6/catch", "actions/6/finally"),
    ],
)
def test_branches_are_reached_each_for_itself(path, gone, left):
    missing = reached(path)

    assert gone not in missing
    assert left in missing


def test_a_completed_run_has_passed_every_step_at_the_top():
    missing = reached(status=RunStatus.COMPLETED)

    assert not missing & {step.path for step in STEPS}
    assert "actions/6/catch" in missing


def test_a_missing_branch_is_told_by_its_step():
    found = Reached(Workflow(name="w", version="v", bundle={}, actions=STEPS))
    found.add(Run("r", "w", "v", None, RunStatus.STOPPED, NOW, steps=(StepRecord(NOW, "actions/7", "stop", ""),)))

    texts = {entry.path: entry.text for entry in found.missing()}
    assert texts["actions/1/else"] == "`else` of if"
    assert texts["actions/0/on_error"] == "`on_error` of log.write"
    assert "actions/7" not in texts
