"""A disk that fails while a store is made: the file that is left can be opened, or made anew."""

import pytest
from disk import faulty_disk

from ecomflow.errors import StoreError
from ecomflow.store import FAULTS, Inbox, Lease, Store


@pytest.mark.attack(71)
@pytest.mark.parametrize("error", ["io", "full"])
def test_store_whose_making_failed_at_any_write_can_be_opened_afterwards(tmp_path, error):
    # Given a disk that fails at the n-th write while a store is made, When it is opened again, Then it is whole.
    with faulty_disk() as disk:
        for n in range(1000):
            path = tmp_path / f"{n}.db"
            disk.fail(n, error)
            before = disk.failed
            try:
                Store(path, "acme").close()
            except (StoreError, *FAULTS):
                pass
            disk.heal()
            store = Store(path, "acme")
            assert store.value("meta", "installation"), f"no installation after a fault at write {n}"
            assert Lease(store, "one").take(1)
            store.close()
            if disk.failed == before:
                break

    assert n > 20


@pytest.mark.parametrize("error", ["io", "full"])
def test_letters_that_could_not_be_dropped_are_dropped_later_and_keep_nobody_out(tmp_path, error):
    # Given letters, When the disk fails while they are dropped, at each write, Then others can be left, and all be dropped.
    for n in range(100):
        with faulty_disk() as disk:
            inbox = Inbox(tmp_path / f"{n}.db" / "store.db", "acme")
            inbox.put("event", "a", "{}", 1)
            disk.fail(n, error)
            try:
                inbox.done([1])
            except (StoreError, *FAULTS):
                pass
            failed = disk.failed
            disk.heal()
            inbox.put("event", "b", "{}", 2)
            inbox.done([letter.n for letter in inbox.letters()])
            assert inbox.letters() == []
            inbox.close()
        if not failed:
            break

    assert n > 1
