"""The document on Home Assistant's behaviours has every row of the list, and names only cases and tests that exist."""

import ast
import csv
import re

import pytest
from case import HERE, all_cases

ROOT = HERE.parents[1]
LIST = ROOT.parent / "shared" / "realdata" / "conformance" / "home_assistant_behaviours.tsv"
VERDICTS = ("same", "better", "not wanted")
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (HERE / "home_assistant.md").read_text("utf-8").splitlines()
    if line.startswith("| `")
]


@pytest.mark.skipif(not LIST.is_file(), reason="the list of behaviours is not beside this project")
def test_every_behaviour_of_the_list_has_a_row_and_no_other():
    with LIST.open(encoding="utf-8") as file:
        listed = [row["test"] for row in csv.DictReader(file, delimiter="\t")]

    assert sorted(row[0].strip("`") for row in ROWS) == sorted(listed)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("`"))
def test_a_row_has_a_verdict_with_its_reason_and_names_what_exists(row):
    _, verdict, why, shown = row
    named = re.findall(r"`([^`]+)`", shown)

    assert verdict.startswith(VERDICTS)
    assert why or verdict == "same"
    assert named
    assert [name for name in named if not exists(name)] == []


def exists(name):
    path, _, test = name.partition("::")
    if not test:
        return name in CASES
    file = ROOT / path
    return file.is_file() and test in {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


CASES = {str(case) for case in all_cases()}
