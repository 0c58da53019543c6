"""What a start, an event and a look cost does not grow with what the store holds: counted in the steps that SQLite takes."""

from __future__ import annotations

from contextlib import contextmanager

import apsw
import pytest

from ecomflow.testing import Simulation

WORKFLOWS = {
    "thanks": "trigger: {event: order.paid}\nactions:\n  - {action: log.write, with: {message: hello}}\n",
    "seldom": "trigger: {event: shop.opened}\nactions:\n  - {action: log.write, with: {message: open}}\n",
    "patient": "trigger: {event: cart.left}\nactions:\n  - wait: 90d\n",
}
LISTS = {
    "the newest": (None, None, None), "of a workflow": ("thanks", None, None), "of one that seldom starts": ("seldom", None, None),
    "that wait": (None, None, "waiting"), "that failed": (None, None, "failed"), "about somebody": (None, "o3", None),
}  # fmt: skip


def shop_of(folder, orders):
    """Return a shop in which one run waits, one workflow started once, and then nothing but orders were paid."""
    for name, text in WORKFLOWS.items():
        (folder / f"{name}.yaml").write_text(f"name: {name}\n{text}", "utf-8")
    shop = Simulation.load(folder)
    shop.emit("shop.opened", {"shop": {"id": "s1"}}, id="s1", subject="s1")
    shop.emit("cart.left", {"cart": {"id": "c1"}}, id="c1", subject="c1")
    for number in range(orders):
        shop.emit("order.paid", {"order": {"id": f"o{number}"}}, id=f"o{number}", subject=f"o{number}")
    return shop


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """Return a shop with few runs, and one with ten times as many."""
    made = [shop_of(tmp_path_factory.mktemp("shop"), orders) for orders in (100, 1000)]
    yield made
    for shop in made:
        shop.close()


@contextmanager
def counted(shop):
    """Count the steps of all statements meanwhile."""
    steps, db = [], shop.runtime._store.db
    db.trace_v2(apsw.SQLITE_TRACE_PROFILE, lambda told: steps.append(told["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]))
    yield steps
    db.trace_v2(0)


def assert_flat(shops, work):
    taken = []
    for shop in shops:
        work(shop)  # once without being counted: what is asked for the first time is remembered
        with counted(shop) as steps:
            work(shop)
        taken.append(sum(steps))
    assert 0 < taken[1] <= taken[0] * 1.05, f"{taken[0]} steps with few, {taken[1]} with ten times as many"


def test_a_start_reads_what_is_open(shops):
    # When the process dies and is started again, Then it takes as many steps whatever has ended before.
    assert_flat(shops, lambda shop: shop.restart())


def test_an_event_reads_what_it_concerns(shops):
    # When another event comes, Then it takes as many steps until its run has ended.
    assert_flat(shops, lambda shop: shop.emit("order.paid", {"order": {"id": "next"}}))


@pytest.mark.parametrize("which", LISTS)
def test_a_list_reads_what_it_shows(shops, which):
    # When people list runs, Then it takes as many steps, also where those that are meant are few and long ago.
    assert_flat(shops, lambda shop: shop.runtime._reader.newest(*LISTS[which], None, 50))


def test_why_reads_one_event(shops):
    # When people ask why an event did what it did, or for the story of its run, Then it takes as many steps.
    assert_flat(shops, lambda shop: shop.runtime.run(shop.why("o7", "thanks")[0].run_id))
