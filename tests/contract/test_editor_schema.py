"""Every workflow of the contract that loads also fits the schema that editors check with."""

import json

import jsonschema
import pytest
from case import HERE, read
from folder import catalog

from ecomflow.language import load_project, project_schema, read_yaml, workflow_schema

INSTALLED = catalog()
FILES = sorted([*(HERE / "cases").glob("*.yaml"), *(HERE / "own").glob("*.yaml")])


def plain(text, name):
    """Return what a YAML text says, as JSON has it."""
    return json.loads(json.dumps(read_yaml(text, name).value, default=float))


def refused(schema, value):
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in jsonschema.Draft7Validator(schema).iter_errors(value)]


def errors(faults):
    return {fault.code for fault in faults if fault.severity == "error"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_loads_fits(path, tmp_path):
    for number, case in enumerate(read(path.name, path.read_text("utf-8"))):
        # Given the files of a case
        folder = tmp_path / str(number)
        (folder / "workflows").mkdir(parents=True)
        (folder / "ecomflow.yaml").write_text(case.files.project, "utf-8")
        for name, text in case.files.workflows.items():
            (folder / "workflows" / f"{name}.yaml").write_text(text, "utf-8")
        project = load_project(folder, INSTALLED)

        # Then those without a fault fit the schemas of this project
        schema = workflow_schema(INSTALLED, project)
        for name, text in case.files.workflows.items():
            if not errors(project.faulty.get(name, ())):
                assert refused(schema, plain(text, name)) == [], (case.name, name)
        if not errors(fault for fault in project.diagnostics if fault.file == "ecomflow.yaml"):
            assert refused(project_schema(INSTALLED), plain(case.files.project, "project")) == [], case.name
