"""docs/rules.md has every rule once, each with cases in the contract; no page cites a rule that is none."""

import re

import pytest
from pages import PAGES, ROOT, page

from ecomflow.model import Outcome, RunStatus

LAST = {"E": 8, "X": 6, "S": 6, "T": 9, "W": 6, "P": 12, "V": 9}
NUMBERS = [f"{letter}{number}" for letter, last in LAST.items() for number in range(1, last + 1)]
WITHOUT_CASES = {"V3", "V7", "V8"}
"""Rules about what cases cannot show: what is kept for `why`, copies of a store, the wall clock."""
RULES = page("docs/rules.md").text
CASES = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "contract").rglob("*.yaml")))


def rule(number):
    return next(part for part in RULES.split("\n\n") if part.startswith(f"**{number}** "))


@pytest.mark.parametrize("number", NUMBERS)
def test_every_rule_stands_once(number):
    assert len(re.findall(rf"^\*\*{number}\*\* \S", RULES, re.MULTILINE)) == 1


@pytest.mark.parametrize("number", [number for number in NUMBERS if number not in WITHOUT_CASES])
def test_every_rule_has_a_case(number):
    assert re.search(rf"rule: .*\b{number}\b", CASES)


def test_no_rule_is_cited_that_is_none():
    cited = {found for each in PAGES for found in re.findall(r"\b[EXSTWPV]\d{1,2}\b", each.prose)}

    assert cited <= set(NUMBERS)


@pytest.mark.parametrize(("number", "words"), [("V1", RunStatus), ("V2", Outcome)])
def test_every_state_and_outcome_has_its_place(number, words):
    assert set(words) - set(re.findall(r"\w+", rule(number))) == set()
