"""An engine killed at random moments under load loses nothing that it acknowledged, and does nothing twice; `make kills` does 100."""

from kills import kills


def test_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path):
    # Given two programs that emit all the time, When the engine is killed again and again,
    count = kills(tmp_path, rounds=3, seed=20260302)
    print("", *count.lines(), sep="\n")

    # Then every acknowledged event has had all its effects once, and its run is where it should be.
    assert count.acknowledged
    assert count.effects
    assert (count.lost, count.doubled, count.wrong) == ([], [], [])
