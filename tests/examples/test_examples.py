"""The examples: faultless, tested, listed, and the same as what `ecomflow init` writes."""

from pathlib import Path

import pytest

from ecomflow.cli.template import template_files
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing import run_tests

EXAMPLES = Path(__file__).parents[2] / "examples"
REGISTRY = Registry.load()
PROJECT = load_project(EXAMPLES, REGISTRY.catalog)
REPORT = run_tests(PROJECT, [EXAMPLES], REGISTRY)


def test_no_example_has_a_fault():
    assert PROJECT.diagnostics == ()
    assert PROJECT.workflows


@pytest.mark.parametrize("result", REPORT.results, ids=lambda result: f"{Path(result.file).stem}-{result.name}")
def test_every_case_of_an_example_passes(result):
    assert result.passed, "\n".join([*result.differences, result.story])


def test_every_step_of_every_example_is_reached_by_a_case():
    assert set(REPORT.unreached) == set(PROJECT.workflows)
    assert {name: missing for name, missing in REPORT.unreached.items() if missing} == {}


def test_every_workflow_is_listed_with_its_row():
    rows = [line.split("|") for line in (EXAMPLES / "workflows" / "README.md").read_text("utf-8").splitlines()]
    listed = {cells[2].split("]")[0].strip(" [") for cells in rows if len(cells) > 4 and cells[1].strip()[1:].isdigit()}

    assert listed == {path.name for path in PROJECT.sources.values()}


@pytest.mark.parametrize(("name", "content"), [pair for pair in template_files() if not pair[0].startswith(".")])
def test_the_packaged_copy_is_the_same(name, content):
    assert (EXAMPLES / name).read_bytes() == content
