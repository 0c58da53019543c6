"""docs/language.md names every key, kind, filter and test; what does not run yet is marked, and nothing else is."""

import re

import pytest
from pages import page

from ecomflow.expressions.calls import FILTERS
from ecomflow.expressions.named_tests import TESTS
from ecomflow.expressions.selecting import SELECTING
from ecomflow.language.grammar import CONDITIONS, PROJECT, STEPS_OF_KIND, TRIGGERS, WORKFLOW
from ecomflow.language.running import NOT_RUNNING
from ecomflow.registry import Registry

LANGUAGE = page("docs/language.md")
UNBUILT = "**not running yet**"
MARKED = [line for line in LANGUAGE.prose.splitlines() if UNBUILT in line]


def test_every_key_is_named():
    schemas = (WORKFLOW, PROJECT, *TRIGGERS.values(), *(spec.settings for spec in Registry.load().triggers.values()), *STEPS_OF_KIND.values(), *CONDITIONS.values())
    keys = {key for schema in schemas for key in schema["properties"]}

    assert keys - set(re.findall(r"\w+", LANGUAGE.text)) == set()


def test_every_filter_and_test_is_named():
    names = {*FILTERS, *SELECTING, *(name for name in TESTS if name.isalpha())}

    assert names - set(re.findall(r"\w+", LANGUAGE.section("Expressions"))) == set()


@pytest.mark.parametrize("part", NOT_RUNNING)
def test_what_does_not_run_yet_is_marked(part):
    word = part.split()[-1]

    assert any(re.search(rf"\b{word}\b", line) for line in MARKED)
    assert word in page("docs/rules.md").text
    assert f"`{word}`" in page("README.md").section("What does not run yet")


def test_no_trigger_is_marked_that_runs():
    kinds = {
        line.split("|")[1].strip()
        for line in LANGUAGE.section("Triggers").splitlines()
        if line.rstrip().endswith(f"{UNBUILT} |")
    }

    assert kinds == {part.split()[1] for part in NOT_RUNNING if part.startswith("trigger ")}
