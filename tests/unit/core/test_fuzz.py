"""Random workflows, random histories: every prefix of a journal brings a run to where it was, and it goes on the same."""

import random

import pytest
from fuzzing import History, Maker


@pytest.mark.parametrize("seed", range(150))
def test_every_prefix_brings_the_run_to_where_it_was(seed):
    # Given a random workflow, When its run is fed what a runtime could, Then a replay of each prefix equals the live run.
    flow = Maker(seed).workflow()

    log = History(flow, seed).play(check=True)

    assert log


@pytest.mark.parametrize("seed", range(150))
def test_a_run_that_is_dropped_and_brought_back_goes_on_as_one_that_was_not(seed):
    flow, when = Maker(seed).workflow(), random.Random(seed)

    kept = History(flow, seed).play()
    dropped = History(flow, seed, evict=lambda: when.random() < 0.4).play()

    assert dropped == kept
