"""Test files beside workflows."""

import pytest

from ecomflow import action
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing import render, run_tests

WORKFLOW = """
name: greeter
trigger: {event: thing.happened}
conditions:
  - thing.size > 3
actions:
  - id: person
    action: person.find
    with: {id: "{{ thing.id }}"}
  - if: person.friendly
    then:
      - {action: log.write, with: {message: "hello {{ person.name }}"}}
    else:
      - {action: log.write, with: {message: rude}}
"""
ANOTHER = """
name: another
trigger: {event: thing.happened}
actions:
  - {action: log.write, with: {message: from another}}
"""
CASES = """
workflow: greeter
answers:
  person.find: {name: Ana, friendly: true}
cases:
  - name: greets
    start: 2026-03-02T09:00:00+01:00
    given:
      - {event: thing.happened, data: {thing: {id: 1, size: 5}}}
      - {at: 1h, restart: true}
    expect:
      - only: true
      - {at: 0h, action: person.find, with: {id: 1}}
      - {at: 0h, action: log.write, with: {message: hello Ana}}
      - run: {status: completed}
  - name: too small
    given:
      - {event: thing.happened, data: {thing: {id: 1, size: 1}}}
    expect:
      - decision: {outcome: not_matched}
      - not: {action: log.write}
"""


@action("person.find", effect="reads")
def find(id: int) -> dict:
    """Look a person up."""
    return {"id": id}


@pytest.fixture
def registry():
    return Registry.load(extra=[find])


@pytest.fixture
def run(tmp_path, registry):
    (tmp_path / "greeter.yaml").write_text(WORKFLOW)
    (tmp_path / "another.yaml").write_text(ANOTHER)

    def play(cases, **files):
        for name, text in files.items():
            (tmp_path / f"{name}.txt").write_text(text)
        (tmp_path / "greeter.test.yaml").write_text(cases)
        project = load_project(tmp_path, registry.catalog)
        assert not [fault for fault in project.diagnostics if fault.severity == "error"]
        return run_tests(project, [tmp_path], registry)

    return play


def test_cases_pass_and_tell_what_none_has_reached(run):
    report = run(CASES)

    assert [(result.name, result.differences) for result in report.results] == [("greets", ()), ("too small", ())]
    assert [entry.text for entry in report.unreached["greeter"]] == ["`else` of if"]
    assert "2 cases passed" in render(report)
    assert "no case reaches" in render(report)


def test_a_difference_is_told_with_what_happened(run):
    report = run(CASES.replace("hello Ana", "hello Bo"))

    assert not report.passed
    text = render(report)
    assert "FAIL  greeter.test.yaml: greets" in text
    assert "{at: 0h, action: log.write, with: {message: hello Bo}}, was not called" in text
    assert "{message: hello Ana}" in text
    assert "2 cases, 1 failed" in text


def test_a_look_up_without_an_answer_gives_one_to_paste(run):
    report = run(CASES.replace("person.find: {name: Ana, friendly: true}", "log.write: null"))

    (line, *_) = report.results[0].differences
    assert "      answers:\n        person.find: " in line
    assert report.results[1].passed


def test_another_file_can_take_the_place_of_the_workflow(run):
    changed = WORKFLOW.replace("hello", "good day")
    cases = CASES.replace("{at: 1h, restart: true}", "{at: 1h, deploy: changed.txt}\n      - {at: 2h, event: thing.happened, data: {thing: {id: 1, size: 5}}}")
    cases = cases.replace("      - run: {status: completed}", "      - {at: 2h, action: person.find}\n      - {at: 2h, action: log.write, with: {message: good day Ana}}")

    (result, _) = run(cases, changed=changed).results

    assert result.differences == ()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("- {event: thing.happened, data: {thing: {id: 1, size: 1}}}", "`given` is a list"),
        ("workflow: greeter", "there is no workflow nobody"),
        ("cases:", "unknown key `case`"),
        ("expect:", "unknown key `expects`"),
        ("decision: {outcome: not_matched}", "unknown key `result`"),
        ("{at: 1h, restart: true}", "no entry of `given`"),
    ],
)
def test_a_file_that_is_written_otherwise_fails_with_a_sentence(run, written, told):
    wrong = {
        "- {event: thing.happened, data: {thing: {id: 1, size: 1}}}": "{event: thing.happened}",
        "workflow: greeter": "workflow: nobody",
        "cases:": "case:",
        "expect:": "expects:",
        "decision: {outcome: not_matched}": "decision: {result: not_matched}",
        "{at: 1h, restart: true}": "{at: 1h, reboot: true}",
    }

    report = run(CASES.replace(written, wrong[written]))

    assert any(told in line for result in report.results for line in result.differences)
