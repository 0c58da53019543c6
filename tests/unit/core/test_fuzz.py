"""Random workflows, random histories: every prefix of a journal brings a run to where it was, and it goes on the same."""

import random

import pytest
from fuzzing import History, Maker, PageMaker

MAKERS = pytest.mark.parametrize("maker", [Maker, PageMaker])
"""Workflows of all steps, and such as walk the pages of searches."""


@MAKERS
@pytest.mark.parametrize("seed", range(150))
def test_every_prefix_brings_the_run_to_where_it_was(maker, seed):
    # Given a random workflow, When its run is fed what a runtime could, Then a replay of each prefix equals the live run.
    flow = maker(seed).workflow()

    log = History(flow, seed).play(check=True)

    assert log


@MAKERS
@pytest.mark.parametrize("seed", range(150))
def test_a_run_that_is_dropped_and_brought_back_goes_on_as_one_that_was_not(maker, seed):
    flow, when = maker(seed).workflow(), random.Random(seed)

    kept = History(flow, seed).play()
    dropped = History(flow, seed, evict=lambda: when.random() < 0.4).play()

    assert dropped == kept
