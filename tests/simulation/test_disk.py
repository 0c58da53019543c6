"""A disk that fails, and a machine that stops: the files that are left can be opened, and have what was promised."""

import asyncio
from contextlib import suppress
from random import Random

import pytest
from disk import Died, faulty_disk

from ecomflow.errors import StoreError
from ecomflow.language import load_project
from ecomflow.registry import Registry
from ecomflow.runtime.seat import Seat
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


class Bench:
    """A shop's folder, and its engine's seat."""

    def __init__(self, folder):
        (folder / "workflows").mkdir(parents=True)
        (folder / "ecomflow.yaml").write_text("shop: acme\n", "utf-8")
        self.registry, self.path = Registry.load(), folder / "var" / "store.db"
        self.project = load_project(folder, self.registry.catalog)

    async def sit(self, clock=lambda: 1_000_000):
        """Become the engine and leave again; return whether it was taken."""
        seat = Seat.take(self.project, self.registry, clock, lambda: self.project, self.path, self.path.with_name("bell"))
        if seat is not None:
            await seat.leave(0.0)
        return seat is not None


def test_engine_whose_opening_or_leaving_failed_at_some_write_can_be_opened_afterwards(tmp_path):
    # Given a disk that fails at the n-th write, When an engine opens and leaves, Then it says so, and the next one opens.
    with faulty_disk() as disk:
        bench = Bench(tmp_path)
        for n in range(0, 1000, 5):
            disk.files.clear()
            before = disk.failed
            disk.fail(n, "io")
            with suppress(StoreError):
                asyncio.run(bench.sit())
            disk.heal()
            assert asyncio.run(bench.sit(lambda: 10_000_000))
            if disk.failed == before:
                break

    assert n > 30


@pytest.mark.parametrize("error", ["io", "full"])
def test_commit_that_returned_survives_a_power_cut_at_any_write(tmp_path, error):
    # Given a store whose machine stops at the n-th write, Then all that was committed before is there, nothing half of it.
    with faulty_disk() as disk:
        for n in range(0, 60, 3):
            disk.files.clear()
            store, done = Store(tmp_path / "store.db", "acme"), 0
            disk.die(n)
            with suppress(Died):
                for number in range(1, 40):
                    store.begin()
                    store.run("set_meta", "a", number)
                    store.run("set_meta", "b", number)
                    store.commit()
                    done = number
            disk.stop()
            store.close()
            disk.start()
            store = Store(tmp_path / "store.db", "acme")
            assert store.value("meta", "a") == store.value("meta", "b")
            assert (store.value("meta", "a") or 0) in (done, done + 1)
            store.close()


def test_lost_writes_are_lost_where_nobody_syncs(tmp_path):
    # Given a disk that says it has synced and has not, Then a power cut loses commits: the disk of these tests can tell.
    lost = 0
    with faulty_disk() as disk:
        disk.ignores_sync = True
        for n in range(20):
            disk.files.clear()
            disk.random = Random(n)
            with suppress(Exception):
                store = Store(tmp_path / "store.db", "acme")
                store.run("set_meta", "a", 1)
                disk.stop()
                store.close()
                disk.start()
                store = Store(tmp_path / "store.db", "acme")
                lost += store.value("meta", "a") is None
                store.close()
    assert lost > 0
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
