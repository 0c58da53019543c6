"""Every YAML block loads: whole workflows, fragments of them, project files, and cases, which pass."""

import json
from textwrap import indent

import pytest
from pages import BLOCKS, ROOT

from ecomflow.language import load_project, read_yaml
from ecomflow.testing import render, run_tests

YAML = [block for block in BLOCKS if block.language == "yaml"]
WORKFLOWS = [block for block in YAML if not {"project", "test", "file"} & block.marks.keys()]
REST = {
    "trigger": "trigger: {event: order.created}\n",
    "actions": "actions: [{action: log.write, with: {message: hello}}]\n",
}


def workflow_of(block):
    """Return the text of the workflow that a block is, or is a part of."""
    if "fragment" not in block.marks:
        return block.text
    key = block.marks["fragment"]
    text = f"{key}:\n{indent(block.text, '  ')}" if key else block.text
    return text + "".join(
        line for name, line in REST.items() if f"{name}:" not in {line.partition(" ")[0] for line in text.splitlines()}
    )


def errors_of(project):
    return [fault for fault in project.diagnostics if fault.severity == "error"]


@pytest.mark.parametrize("block", WORKFLOWS, ids=str)
def test_workflow_loads(block, documented_shop, registry):
    (documented_shop / "workflows" / "shown.yaml").write_text(
        workflow_of(block).replace("name: abandoned-cart", "name: shown", 1)
    )

    errors = errors_of(load_project(documented_shop, registry.catalog))

    expected = block.marks.get("expect", "")
    assert {f"error {fault.code}" for fault in errors} == ({expected} if expected else set()), "\n".join(
        f"{fault.file}:{fault.line} {fault.code} {fault.message}" for fault in errors
    )


@pytest.mark.parametrize("block", [block for block in YAML if "same as" in block.marks], ids=str)
def test_block_says_what_the_file_says(block):
    file = ROOT / block.marks["same as"]

    shown, kept = read_yaml(block.text, str(block)).value, read_yaml(file.read_text(), str(file)).value

    assert json.dumps(shown, default=str) == json.dumps(kept, default=str)


@pytest.mark.parametrize("block", [block for block in YAML if "project" in block.marks], ids=str)
def test_project_file_loads(block, shop, registry):
    (shop / "ecomflow.yaml").write_text(block.text)

    project = load_project(shop, registry.catalog)

    assert errors_of(project) == []
    assert project.workflows


@pytest.mark.parametrize("block", [block for block in YAML if "test" in block.marks], ids=str)
def test_cases_pass(block, shop, registry):
    file = shop / "workflows" / "abandoned-cart.test.yaml"
    file.write_text(block.text)

    report = run_tests(load_project(shop, registry.catalog), [file], registry)

    assert report.passed, render(report)
    assert report.results
