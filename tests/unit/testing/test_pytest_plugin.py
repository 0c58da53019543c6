"""Test files of workflows under pytest."""

import subprocess
import sys

WORKFLOW = """
name: greeter
trigger: {event: thing.happened}
actions:
  - {action: log.write, with: {message: hello}}
"""
CASES = """
workflow: greeter
cases:
  - name: greets
    given: [{event: thing.happened, data: {thing: {id: 1}}}]
    expect: [{action: log.write, with: {message: hello}}]
  - name: is rude
    given: [{event: thing.happened, data: {thing: {id: 1}}}]
    expect: [{action: log.write, with: {message: go away}}]
"""


def test_each_case_is_an_item(tmp_path):
    (tmp_path / "ecomflow.yaml").write_text("shop: acme\nworkflows: workflows/\n")
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "greeter.yaml").write_text(WORKFLOW)
    (folder / "greeter.test.yaml").write_text(CASES)

    command = [sys.executable, "-m", "pytest", "-p", "ecomflow.testing.pytest_plugin", "-q", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert "{action: log.write, with: {message: go away}}, was not called" in done.stdout
