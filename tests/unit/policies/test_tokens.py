"""Since when a token of a limit still counts (R:S6)."""

from datetime import UTC, datetime

from ecomflow.model import Duration
from ecomflow.policies.tokens import counted_after

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


def test_a_token_without_a_span_counts_for_ever():
    assert counted_after(NOW, None, "Europe/Berlin") is None


def test_seconds_are_exact_and_days_are_those_of_the_zone():
    # Given a noon after the night in which clocks of Berlin went forward, Then a day ago is 23 hours ago there.
    assert counted_after(NOW, Duration(seconds=90), "Europe/Berlin") == datetime(2026, 3, 29, 11, 58, 30, tzinfo=UTC)
    assert counted_after(NOW, Duration(days=1), "Europe/Berlin") == datetime(2026, 3, 28, 13, tzinfo=UTC)
    assert counted_after(NOW, Duration(days=1), "UTC") == datetime(2026, 3, 28, 12, tzinfo=UTC)
