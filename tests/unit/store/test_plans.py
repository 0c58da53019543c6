"""What an engine asks at each turn, and at its start, costs what is due and not what waits: how SQLite looks for it."""

import pytest

from ecomflow.store import Store
from ecomflow.store.queries import SQL


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "store.db", "acme")
    yield opened
    opened.close()


def plan(store, name):
    """Return the steps in which SQLite carries out a query of the timers, and of what triggers remember."""
    text = SQL[name]
    given = dict.fromkeys(("shop", "now", "settled"), 1) if ":now" in text else (1,) * max(text.count("?"), 1)
    numbered = (1,) * max((n for n in range(1, 5) if f"?{n}" in text), default=0)
    return [row[3] for row in store.db.execute(f"explain query plan {text}", numbered or given)]


@pytest.mark.parametrize("name", ["due_timers", "next_fire", "due_watches", "settle_timers", "settle_watches", "resume_timers", "resume_watches"])
def test_those_that_are_not_due_are_not_looked_at(store, name):
    # When SQLite is asked how it would look
    steps = plan(store, name)

    # Then not through all timers of a shop, nor through all that its triggers remember
    through_all = [step for step in steps if step.endswith(("PRIMARY KEY (shop=?)", "SCAN timer", "SCAN watch"))]
    assert not through_all, steps


@pytest.mark.parametrize("name", ["due_timers", "next_fire"])
def test_they_are_read_in_order_so_that_a_portion_of_many_is_read_alone(store, name):
    assert not [step for step in plan(store, name) if "TEMP B-TREE" in step]
