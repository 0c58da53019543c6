"""What an engine asks at each turn, and at its start, costs what is due and not what waits: how SQLite looks for it."""

import apsw
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


@pytest.fixture
def planned(store):
    """What SQLite has planned since it was cleared: it asks this authorizer whenever it plans a statement."""
    asked = []
    store.db.authorizer = lambda *what: asked.append(what) or apsw.SQLITE_OK
    return asked


@pytest.mark.parametrize("name", ["due_timers", "due_watches", "journal", "open_of_mode", "recent_starts", "look_back"])
def test_how_it_is_looked_for_is_found_out_once(store, planned, name):
    # Given a query that was asked before
    given = dict.fromkeys(("shop", "key", "since", "time", "trigger"), 1) if ":key" in SQL[name] else (1,) * SQL[name].count("?")
    store.db.execute(SQL[name], given).fetchall()
    planned.clear()

    # When it is asked again
    store.db.execute(SQL[name], given).fetchall()

    # Then SQLite does not plan it anew
    assert not planned


def test_a_query_that_is_seldom_asked_stays_prepared(store, planned):
    # Given a query that was asked, and after it another one many times
    store.row("last_run")
    for _ in range(300):
        store.row("lease", 1)
    planned.clear()

    # When it is asked again, Then it is not planned anew
    store.row("last_run")
    assert not planned


def test_an_index_that_cost_much_is_left_out_of_an_earlier_store_too(store):
    # Given a store that an earlier version made
    store.db.execute("create index run_open on run (n) where status in ('waiting', 'blocked', 'ending')").fetchall()
    store.db.execute("drop index run_idle").fetchall()

    # When it is opened
    Store(store.path, "acme").close()

    # Then what waits is found by the cheaper one, in order
    assert not store.db.execute("select 1 from sqlite_schema where name = 'run_open'").fetchall()
    query = f"explain query plan {SQL['newest_open_runs']}"
    steps = [row[3] for row in store.db.execute(query, dict.fromkeys(("shop", "status", "since", "limit"), 1))]
    assert [step for step in steps if "run_idle" in step], steps
    assert not [step for step in steps if "TEMP B-TREE" in step], steps
