"""The automations under examples/automations: which row each file is, how two cases differ, and the page that lists them all.

`python tests/examples/automations.py` writes the page anew.
"""

from __future__ import annotations

import re
from pathlib import Path

from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.testing.casefile import SUFFIX, read_cases
from ecomflow.testing.expectations import ExpectedCall, Never, Only, of_kind

FOLDER = Path(__file__).parents[2] / "examples" / "automations"
PAGE = FOLDER / "README.md"
ROW = re.compile(r"# (?P<id>[CM]\d{3})\b")
NOT_AN_EFFECT = {"log.write", "http.request"}
CANNOT_BE_WRITTEN: dict[str, str] = {}
"""Rows that need an action that does not exist: what is missing, by id."""


class Automation:
    """One workflow file with its cases.

    Args:
        path: of the workflow.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.name, self.family = path, path.stem, path.parent.name
        self.tests = path.with_name(f"{path.stem}{SUFFIX}")
        found = ROW.match(path.read_text("utf-8"))
        self.id = found["id"] if found else None

    def cases(self) -> list:
        """Return the cases of the test file."""
        return read_cases(self.tests)

    def shown(self) -> list[str]:
        """Return the actions that one case compares with their parameters, and another one forbids that differs in one field."""
        cases = self.cases()
        pairs = [(acts, idles) for acts in cases for idles in cases if differ_in_one_field(acts, idles)]
        return sorted({action for acts, idles in pairs for action in compared(acts) if forbids(idles, action)})


def automations() -> list[Automation]:
    """Return every workflow of the folder, in order of family and id."""
    return [Automation(path) for path in sorted(FOLDER.rglob("*/*.yaml")) if not path.name.endswith(SUFFIX)]


# --- cases


def compared(case) -> set[str]:
    """Return the actions whose parameters a case compares, without those that are no effect on a shop."""
    return {call.action for call in of_kind(case.expect, ExpectedCall) if call.params} - NOT_AN_EFFECT


def forbids(case, action: str) -> bool:
    """Return whether a case passes only where an action is not called at all."""
    expected = {call.action for call in of_kind(case.expect, ExpectedCall)}
    never = [entry.what for entry in of_kind(case.expect, Never)]
    bare = ExpectedCall(action)
    return bare in never or (bool(of_kind(case.expect, Only)) and action not in expected)


def differ_in_one_field(one, other) -> bool:
    """Return whether what two cases are given differs in one field of an event, an answer or a person's decision."""
    first, second = leaves(given(one)), leaves(given(other))
    paths = {path for path in first.keys() | second.keys() if first.get(path, leaves) != second.get(path, leaves)}
    return len(paths) == 1 and all(is_input(one, path) for path in paths)


def given(case) -> dict:
    """Return all that a case gives."""
    entries = [{"kind": entry.kind, "body": entry.body, "at": entry.at, **entry.rest} for entry in case.given]
    return {"start": case.start, "answers": case.answers, "given": entries}


def is_input(case, path) -> bool:
    """Return whether a field is one that came in; how long a case goes on is none."""
    return path[0] != "given" or case.given[path[1]].kind in ("event", "run", "decide")


def leaves(value, path=()) -> dict:
    """Return the leaves of a value by their paths; what is empty has none."""
    if not isinstance(value, (dict, list)):
        return {path: value}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return {inner: leaf for key, part in pairs for inner, leaf in leaves(part, (*path, key)).items()}


# --- the page


def page(workflows) -> str:
    """Return the text of the page.

    Args:
        workflows: as the project has them, by name.
    """
    return "\n".join([_HEAD, *(_family(family, workflows) for family in sorted({each.family for each in automations()})), _missing()])


def _family(family, workflows) -> str:
    rows = [f"| {each.id} | {workflows[each.name].description} | [{each.name}.yaml]({family}/{each.path.name}) |" for each in automations() if each.family == family]
    return "\n".join([f"## {family.capitalize()}", "", "| row | what it does | file |", "|---|---|---|", *rows, ""])


def _missing() -> str:
    if not CANNOT_BE_WRITTEN:
        return "## Not written\n\nNone: every row is a file.\n"
    rows = [f"| {id} | {missing} |" for id, missing in sorted(CANNOT_BE_WRITTEN.items())]
    return "\n".join(["## Not written", "", "| row | what is missing |", "|---|---|", *rows, ""])


_HEAD = """# What shops automate

Each file is one automation that shops run, without code, with its cases beside it: one shows what it does, by the action and its
parameters, and one that differs from it in a single field shows it not act. They share one shop,
[ecomflow.yaml](ecomflow.yaml); `ecomflow test examples/automations` runs them on virtual time. Each stands by itself: copy the
one that you want into the workflows of your shop, and set its `inputs`.
"""


if __name__ == "__main__":
    PAGE.write_text(page(load_project(FOLDER, Registry.load().catalog).workflows), encoding="utf-8")
