"""Looks at a store that change nothing and end in time."""

import pytest

from ecomflow.store import Inbox, Store
from ecomflow.store.inbox import waiting_letters
from ecomflow.store.looking import in_time, is_still

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "var" / "store.db"


def names(path):
    return sorted(file.name for file in path.parent.iterdir())


def test_a_store_at_rest_is_read_and_no_log_is_made_beside_it(path):
    Store(path, "acme").close()
    assert is_still(path)

    store = Store(path, "acme", readonly=True, still=True)

    assert store.shop == 1
    assert names(path) == ["store.db"]
    store.close()
    assert names(path) == ["store.db"]


def test_a_store_that_is_written_to_is_not_at_rest(path):
    # Given a writer, When it has committed, Then its log counts, and a plain reader sees what it wrote.
    writer = Store(path, "acme")
    writer.run("pause", writer.shop, "w", 1)

    assert not is_still(path)
    assert Store(path, "acme", readonly=True).rows("paused", 1) == [("w",)]


def test_a_look_ends_in_time_and_the_store_can_be_asked_again(path):
    store = Store(path, "acme")

    with pytest.raises(TimeoutError, match="not done within 0 s"), in_time(store, 0):
        store.db.execute(ENDLESS).fetchall()

    assert store.rows("shops") == [("acme",)]


def test_a_shorter_time_inside_a_longer_one_ends_alone(path):
    store = Store(path, "acme")

    with in_time(store, 3600):
        with pytest.raises(TimeoutError), in_time(store, 0):
            store.db.execute(ENDLESS).fetchall()
        assert store.rows("shops") == [("acme",)]


def test_letters_are_counted_and_none_is_made(path):
    assert waiting_letters(path, "acme") == (0, None)
    assert not path.parent.exists()

    inbox = Inbox(path, "acme")
    for n in (7, 5):
        inbox.put("event", f"r{n}", "{}", n)
    assert waiting_letters(path, "acme") == (2, 5)
    assert waiting_letters(path, "bolt") == (0, None)
    inbox.close()
    assert waiting_letters(path, "acme") == (2, 5)
    assert names(path) == ["inbox.db"]
