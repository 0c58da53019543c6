"""Fifty seeds of the simulator; ``make simulate`` runs as many as one likes."""

import logging

import pytest
from simulate import simulate

SEEDS = 50


@pytest.fixture(autouse=True)
def quiet():
    """The kernel tells of each fault; there are hundreds."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", range(0, SEEDS, 10))
def test_shops_of_ten_seeds_keep_every_promise(first):
    # Given random shops on a disk that fails, When events come, time passes and processes die, Then every check holds.
    counts = [simulate(seed) for seed in range(first, first + 10)]

    assert sum(c["calls"] for c in counts) > 0
    assert sum(c["faults"] for c in counts) > 0
    assert sum(c["restarts"] for c in counts) > 0
