"""Inputs that nobody would write: every target ends with a result, a diagnostic or an error of ours.

``ECOMFLOW_FUZZ=20000`` makes that many examples of each; ``make fuzz`` searches by coverage.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seeds import SEEDS, WORDS
from targets import TARGETS

MANY = int(os.environ.get("ECOMFLOW_FUZZ") or 0)
FOUND = sorted((Path(__file__).parent / "found").glob("*"))


@st.composite
def changed(draw, whole):
    """One of the whole inputs with pieces cut out, doubled, moved, or words put in."""
    text = draw(st.sampled_from(whole))
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        put = draw(st.sampled_from(WORDS) | st.binary(max_size=4) | st.just(text[start:end] * 2))
        text = text[:start] + put + text[draw(st.sampled_from((start, min(start + 3, end), end))) :]
    return text


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_in_ends_well(name):
    # Given inputs near to those that are right, When they are taken, Then nothing else is raised than what is ours
    @settings(max_examples=MANY or 200, derandomize=not MANY, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(changed(SEEDS[name]))
    def takes(data):
        assert TARGETS[name](data) is None

    assert takes() is None


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_search_begins_with_ends_well(name):
    for data in SEEDS[name]:
        assert TARGETS[name](data) is None


def test_what_was_found_once_ends_well():
    # Given each input that once raised something else, named after its target, When it is taken, Then it ends well
    for file in FOUND:
        assert TARGETS[file.name.partition("-")[0]](file.read_bytes()) is None, file.name
