"""When a failed attempt is made again (R:P10), in seconds after the moment of its failure."""

from datetime import UTC, datetime, timedelta

import pytest

from ecomflow.model import Retry
from ecomflow.policies.retry import jitter, next_attempt

FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
JITTER = 0.5908584434493027


def seconds(retry, attempt, *, spent=0.0, retry_after=None):
    """Return how long it waits, or None where it gives up."""
    now = FIRST + timedelta(seconds=spent)
    due = next_attempt(retry, "acme/run1/actions/0", attempt, now, FIRST, retry_after)
    return None if due is None else (due - now).total_seconds()


@pytest.mark.parametrize(("attempt", "least"), [(1, 10), (2, 20), (3, 40), (7, 640), (9, 2560), (10, 3600), (40, 3600)])
def test_the_delay_doubles_up_to_its_limit_and_chance_adds_up_to_a_tenth(attempt, least):
    assert least < seconds(Retry(attempts=50), attempt) <= least * 1.1


def test_doubling_ends_before_a_number_overflows():
    # Given more attempts than a float can double, Then the limit still counts.
    assert 3600 <= seconds(Retry(attempts=10_000), 5_000) <= 3960
    assert 2**30 <= seconds(Retry(attempts=100, delay=1, max_delay=2.0**40), 90) <= 2**30 * 1.1


@pytest.mark.parametrize(("attempt", "again"), [(1, True), (2, True), (3, False), (4, False)])
def test_there_are_so_many_attempts_and_no_more(attempt, again):
    assert (seconds(Retry(attempts=3), attempt) is not None) is again


def test_what_the_other_side_asks_for_counts_where_it_is_longer():
    assert seconds(Retry(), 1, retry_after=7200.0) == 7200
    assert 10 <= seconds(Retry(), 1, retry_after=5.0) <= 11
    assert seconds(Retry(), 1, retry_after=0.5) == seconds(Retry(), 1)
    assert seconds(Retry(delay=0), 1) == 0


def test_an_attempt_at_the_deadline_is_made_and_one_after_it_is_not():
    # Given an attempt that is due 100 seconds after the first one was asked for
    def due(deadline):
        return seconds(Retry(deadline=deadline), 1, spent=40.0, retry_after=60.0)

    assert due(100.0) == 60
    assert due(99.9) is None
    assert due(0.0) is None


def test_chance_depends_on_key_and_attempt_alone_and_spreads():
    # Given what was drawn for a key before, which a restart must draw again
    assert jitter("acme/run1/actions/0", 1) == JITTER
    assert jitter("acme/run1/actions/0", 1) != jitter("acme/run1/actions/0", 2)
    assert jitter("acme/run1/actions/0", 1) != jitter("acme/run2/actions/0", 1)
    drawn = [jitter(str(number), 1) for number in range(1000)]
    assert 0 <= min(drawn) < 0.01
    assert 0.99 < max(drawn) < 1
    assert seconds(Retry(), 1) == pytest.approx(10 * (1 + JITTER / 10), abs=1e-5)
