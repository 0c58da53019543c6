"""The store's file: what it refuses, how it keeps writers apart, what clients leave."""

import sqlite3
import stat

import apsw
import apsw.ext
import pytest

from ecomflow.errors import LeaseLostError, StoreError, StoreVersionError
from ecomflow.store import Inbox, Lease, Store
from ecomflow.store.queries import SQL


@pytest.fixture
def path(tmp_path):
    return tmp_path / "var" / "store.db"


@pytest.mark.attack(72)
def test_new_store_is_private_and_says_its_versions(path):
    # Given no file, When a store is opened, Then it is the owner's alone and carries its versions.
    store = Store(path, "acme")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [store.value("meta", key) for key in ("schema", "interpreter", "encoding")] == [1, 1, 1]
    assert store.db.execute("pragma journal_mode").get == "wal"
    assert store.db.execute("pragma synchronous").get == 2


@pytest.mark.attack(73)
@pytest.mark.parametrize("key", ["schema", "interpreter", "encoding"])
def test_store_of_a_newer_program_is_refused_and_left_alone(path, key):
    Store(path, "acme").close()
    db = apsw.Connection(str(path))
    db.execute("update meta set value = 99 where key = ?", (key,))
    db.close()
    before = path.read_bytes()

    with pytest.raises(StoreVersionError, match=f"newer ecomflow \\({key} 99"):
        Store(path, "acme")

    assert path.read_bytes() == before


@pytest.mark.attack(73)
def test_file_of_another_program_is_refused_and_left_alone(path):
    path.parent.mkdir()
    db = sqlite3.connect(path)
    db.execute("create table notes (text)")
    db.commit()
    db.close()
    before = path.read_bytes()

    with pytest.raises(StoreVersionError, match="another program"):
        Store(path, "acme")

    assert path.read_bytes() == before


@pytest.mark.attack(73)
def test_file_that_is_no_database_is_refused_and_left_alone(path):
    path.parent.mkdir()
    path.write_text("name: abandoned-cart\n" * 100, encoding="utf-8")

    with pytest.raises(StoreError, match="no store of ecomflow"):
        Store(path, "acme")

    assert path.read_text(encoding="utf-8").startswith("name: abandoned-cart")


@pytest.mark.attack(72)
def test_folder_that_cannot_be_written_gives_a_clear_error(tmp_path):
    (tmp_path / "var").write_text("a file where a folder should be", encoding="utf-8")

    with pytest.raises(StoreError, match="cannot be written"):
        Store(tmp_path / "var" / "store.db", "acme")


def test_transaction_holds_the_writers_lock_from_its_beginning(path):
    # Given a transaction that has only begun, When another process begins one, Then it waits at its beginning.
    first, second = Store(path, "acme"), Store(path, "acme")
    second.db.set_busy_timeout(0)
    first.begin()

    with pytest.raises(apsw.BusyError):
        second.begin()

    first.rollback()
    second.begin()
    second.commit()
    assert not second.db.in_transaction


def test_two_shops_share_a_file_and_see_their_own_rows(path):
    one, other = Store(path, "acme"), Store(path, "bolt")

    one.run("pause", one.shop, "w", 1)

    assert one.rows("paused", one.shop) == [("w",)]
    assert other.rows("paused", other.shop) == []


def test_stores_in_memory_are_made_alike_and_share_nothing(path):
    # Given stores in memory, of which only the first is made and the others are copied, and one in a file,
    stores = [*(Store(":memory:", "acme") for _ in range(3)), Store(path, "acme")]
    *copies, _ = stores

    # When something is written into one of them,
    copies[1].run("pause", copies[1].shop, "w", 1)

    # Then the others do not have it; all have the same tables and settings, and each is an installation of its own.
    assert [store.rows("paused", store.shop) for store in stores] == [[], [("w",)], [], []]
    for asked in ("select sql from sqlite_schema order by sql", "pragma auto_vacuum", "pragma page_size", "pragma application_id"):
        assert len({tuple(store.db.execute(asked).fetchall()) for store in stores}) == 1
    assert len({store.value("meta", "installation") for store in stores}) == len(stores)


def test_all_named_queries_compile():
    store = Store(":memory:", "acme")

    compiled = {name: apsw.ext.query_info(store.db, sql) for name, sql in SQL.items()}

    assert set(compiled) == set(SQL)


# --- the lease ---


@pytest.mark.attack(74)
def test_second_process_does_not_become_the_engine(path):
    first, second = Lease(Store(path, "acme"), "one"), Lease(Store(path, "acme"), "two")

    assert first.take(1_000_000)
    assert not second.take(2_000_000)


@pytest.mark.attack(74)
def test_lease_that_was_not_renewed_is_taken_over_and_fences_the_old_engine(path):
    old_store = Store(path, "acme")
    old, new = Lease(old_store, "one"), Lease(Store(path, "acme"), "two")
    old.take(1_000_000)

    assert new.take(5_000_000)

    assert new.last_seen == 1_000_000
    with pytest.raises(LeaseLostError):
        old.renew(5_000_001)
    with pytest.raises(LeaseLostError):
        old.check()


def test_lease_of_a_process_that_is_gone_is_taken_at_once(path):
    old, new = Lease(Store(path, "acme"), "one"), Lease(Store(path, "acme"), "two")
    old.take(1_000_000)

    assert new.take(1_000_001, alive=lambda holder: holder != "one")


def test_lease_given_back_is_free(path):
    old, new = Lease(Store(path, "acme"), "one"), Lease(Store(path, "acme"), "two")
    old.take(1_000_000)
    old.free()

    assert new.take(1_000_001)


# --- the inbox ---


def test_inbox_keeps_letters_in_order_until_they_are_done(path):
    inbox = Inbox(path, "acme")
    for number in range(3):
        inbox.put("event", f"r{number}", "{}", number)
    inbox.put("event", "r1", "{}", 9)

    letters = inbox.letters()
    inbox.done([letters[0].n])

    assert [letter.request for letter in letters] == ["r0", "r1", "r2"]
    assert [letter.request for letter in Inbox(path, "acme").letters()] == ["r1", "r2"]


def test_inbox_of_another_shop_is_not_read(path):
    Inbox(path, "bolt").put("event", "r1", "{}", 1)

    assert Inbox(path, "acme").letters() == []
