"""Every row of the list of attacks is held by a test that names it, or says what it waits for."""

from rows import ROWS, WAITING, held


def test_every_row_is_held_or_says_what_it_waits_for():
    assert [row for row in ROWS if row not in held() and row not in WAITING] == []


def test_no_test_names_a_row_that_is_none():
    assert set(held()) <= set(ROWS)


def test_no_row_that_is_held_is_said_to_wait():
    assert [row for row in WAITING if row in held()] == []
