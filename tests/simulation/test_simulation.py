"""Two hundred seeds of the simulator, and every case that failed once; ``make simulate`` runs as many as one likes."""

import logging

import pytest
from kept import kept_cases, line_of
from simulate import simulate

SEEDS = 200
_AT_ONCE = 20


@pytest.fixture(autouse=True)
def quiet():
    """The engine tells of each fault; there are hundreds."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", range(0, SEEDS, _AT_ONCE))
def test_shops_of_twenty_seeds_keep_every_promise(first):
    # Given random shops, When events come, time passes, disks fail and processes die, Then every check holds.
    counts = [simulate(seed) for seed in range(first, first + _AT_ONCE)]

    for what in ("calls", "events", "faults", "deaths", "power cuts", "held"):
        assert sum(count[what] for count in counts) > 0, f"nothing of {what} has happened"


@pytest.mark.parametrize("case", kept_cases(), ids=line_of)
def test_case_that_failed_once_stays_mended(case):
    # Given a shop that broke a promise once, When it lives again, Then every check holds, and it comes to its end.
    counts = simulate(case)

    assert counts["ends"] == 1
