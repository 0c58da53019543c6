"""When requests may go to a connection: the decisions, as tables. Times in microseconds."""

import pytest

from ecomflow.model import Breaker
from ecomflow.policies.breaking import Standing, answered, asked_to_wait, failed, is_idle, opens_at, passed, probe_lost

S = 1_000_000
BREAKER = Breaker(failures=3, cool_down=10, max_cool_down=35)


@pytest.mark.parametrize(
    ("standing", "opens"),
    [
        (Standing(), 0),
        (Standing(failures=2), 0),
        (Standing(paused=True), None),
        (Standing(paused=True, asked=5), None),
        (Standing(trips=1, until=7, asked=5), 7),
        (Standing(trips=1, until=5, asked=7), 7),
        (Standing(trips=1, until=5, probing=True), None),
    ],
)
def test_when_an_attempt_may_be_made(standing, opens):
    assert opens_at(standing) == opens


@pytest.mark.parametrize(
    ("before", "probe", "after"),
    [
        (Standing(), False, Standing(failures=1)),
        (Standing(failures=1), False, Standing(failures=2)),
        (Standing(failures=2), False, Standing(failures=3, trips=1, until=110 * S)),
        # Of what was under way when it opened nothing is learnt.
        (Standing(failures=3, trips=1, until=110 * S), False, Standing(failures=4, trips=1, until=110 * S)),
        (Standing(failures=3, trips=1, until=99 * S, probing=True), False, Standing(failures=4, trips=1, until=99 * S, probing=True)),
        # A probe that fails doubles the cool-down, up to its bound.
        (Standing(failures=3, trips=1, until=99 * S, probing=True), True, Standing(failures=4, trips=2, until=120 * S)),
        (Standing(failures=4, trips=2, until=99 * S, probing=True), True, Standing(failures=5, trips=3, until=135 * S)),
        (Standing(failures=9, trips=999, until=99 * S, probing=True), True, Standing(failures=10, trips=1000, until=135 * S)),
        (Standing(paused=True, failures=2), False, Standing(paused=True, failures=3, trips=1, until=110 * S)),
    ],
)
def test_failures(before, probe, after):
    assert failed(before, BREAKER, 100 * S, probe=probe) == after


def test_an_answer_closes_it_but_neither_a_pause_nor_what_was_asked():
    before = Standing(paused=True, failures=4, trips=2, until=9, asked=11, probing=True)
    assert answered(before) == Standing(paused=True, asked=11)


@pytest.mark.parametrize(("asked", "seconds", "until"), [(0, 2.5, 102.5), (150 * S, 2, 150), (0, 0, 100)])
def test_the_longest_wait_that_was_asked_for_counts(asked, seconds, until):
    assert asked_to_wait(Standing(asked=asked, failures=2), 100 * S, seconds) == Standing(asked=int(until * S))


def test_the_first_after_a_cool_down_is_the_probe():
    assert passed(Standing(trips=1)).probing
    assert not passed(Standing()).probing
    assert probe_lost(Standing(trips=1, probing=True)) == Standing(trips=1)


@pytest.mark.parametrize(
    ("standing", "idle"),
    [
        (Standing(), True), (Standing(asked=5), True), (Standing(asked=6), False), (Standing(failures=1), False),
        (Standing(paused=True), False), (Standing(trips=1), False),
    ],
)
def test_what_is_remembered(standing, idle):
    assert is_idle(standing, 5) is idle
