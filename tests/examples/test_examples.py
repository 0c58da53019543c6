"""The examples: faultless, tested, listed, and the same as what `ecomflow init` can write."""

from pathlib import Path

import pytest

from ecomflow.cli.template import ALL, TEMPLATES, template_files
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing import run_tests
from ecomflow.testing.casefile import case_files, read_cases

EXAMPLES = Path(__file__).parents[2] / "examples"
REGISTRY = Registry.load()
PROJECT = load_project(EXAMPLES, REGISTRY.catalog)
CASES = [(path, case) for path in case_files([EXAMPLES / "workflows"]) for case in read_cases(path)]


@pytest.fixture(scope="module")
def report():
    """Return what became of all cases."""
    return run_tests(PROJECT, [EXAMPLES / "workflows"], REGISTRY)


def test_no_example_has_a_fault():
    assert PROJECT.diagnostics == ()
    assert PROJECT.workflows


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{path.stem}-{case.name}" for path, case in CASES])
def test_every_case_of_an_example_passes(report, number):
    result = report.results[number]

    assert (result.file, result.name) == (str(CASES[number][0]), CASES[number][1].name)
    assert result.passed, "\n".join([*result.differences, result.story])


def test_every_step_of_every_example_is_reached_by_a_case(report):
    assert set(report.unreached) == set(PROJECT.workflows)
    assert {name: missing for name, missing in report.unreached.items() if missing} == {}


def test_every_workflow_is_listed_with_its_row():
    rows = [line.split("|") for line in (EXAMPLES / "workflows" / "README.md").read_text("utf-8").splitlines()]
    listed = {cells[2].split("]")[0].strip(" [") for cells in rows if len(cells) > 4 and cells[1].strip()[1:].isdigit()}

    assert listed == {path.name for path in PROJECT.sources.values()}


def project_files():
    """Return the files of the sample project, without the page about its workflows; other folders are examples of their own."""
    found = [path for part in ("events", "templates", "workflows") for path in (EXAMPLES / part).rglob("*") if path.is_file()]
    return {"ecomflow.yaml", *(path.relative_to(EXAMPLES).as_posix() for path in found)} - {"workflows/README.md"}


def test_what_init_can_write_is_the_same():
    packaged = {name: content for name, content in template_files() if not name.startswith(".")}

    assert set(packaged) == project_files()
    assert [name for name, content in packaged.items() if (EXAMPLES / name).read_bytes() != content] == []


def test_each_workflow_is_a_template_of_its_own():
    whole = {name for name, _ in template_files()}

    assert set(TEMPLATES) == {*PROJECT.workflows, ALL}
    assert set().union(*({name for name, _ in template_files(each)} for each in PROJECT.workflows)) == whole
