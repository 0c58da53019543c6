"""docs/language.md names every key, kind, filter and test."""

import re

from pages import page

from ecomflow.expressions.calls import FILTERS
from ecomflow.expressions.named_tests import TESTS
from ecomflow.expressions.selecting import SELECTING
from ecomflow.language.grammar import CONDITIONS, PROJECT, STEPS_OF_KIND, TRIGGERS, WORKFLOW
from ecomflow.registry import Registry

LANGUAGE = page("docs/language.md")


def test_every_key_is_named():
    schemas = (WORKFLOW, PROJECT, *TRIGGERS.values(), *(spec.settings for spec in Registry.load().triggers.values()), *STEPS_OF_KIND.values(), *CONDITIONS.values())
    keys = {key for schema in schemas for key in schema["properties"]}

    assert keys - set(re.findall(r"\w+", LANGUAGE.text)) == set()


def test_every_filter_and_test_is_named():
    names = {*FILTERS, *SELECTING, *(name for name in TESTS if name.isalpha())}

    assert names - set(re.findall(r"\w+", LANGUAGE.section("Expressions"))) == set()
