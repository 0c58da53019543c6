"""A client that waits while an engine makes the store, or after one died in the making."""

import asyncio
import shutil
from pathlib import Path

import apsw
import pytest

from ecomflow import Engine, StoreError

CART = {"cart": {"id": "c1"}}


def nothing(store: Path) -> None:
    """As the file is before anything is written."""
    store.touch()


def no_table(store: Path) -> None:
    """As it is when its first page is there, and no table."""
    db = apsw.Connection(str(store))
    db.execute("pragma auto_vacuum = incremental; pragma user_version = 1").fetchall()
    db.close()
    assert store.stat().st_size


def half_written(store: Path) -> None:
    """As the file and its journal are where a process dies in the middle of making the tables."""
    other = store.with_name("other.db")
    db = apsw.Connection(str(other))
    db.execute("pragma cache_size = 1; begin immediate; create table meta (key text)").fetchall()
    db.executemany("insert into meta values (?)", [("x" * 4000,)] * 50)
    shutil.copy(other, store)
    shutil.copy(f"{other}-journal", f"{store}-journal")
    db.close()
    assert store.stat().st_size
    assert Path(f"{store}-journal").stat().st_size


@pytest.mark.parametrize("state", [nothing, no_table, half_written])
def test_a_client_waits_for_a_store_that_is_being_made(shop, state):
    # Given a store whose making has begun, When a client emits and waits, Then nobody has answered yet, and that is all;
    # And when an engine has made the store, Then it is told what was decided.
    (shop / "var").mkdir(exist_ok=True)
    state(shop / "var" / "ecomflow.db")

    async def story():
        async with Engine.open(shop, role="client") as client:
            receipt = await client.emit("cart.left", CART, subject="c1")
            with pytest.raises(TimeoutError, match="no engine has answered"):
                await receipt.decided(0.05)
            async with Engine.open(shop, role="engine"):
                assert [d.outcome for d in (await receipt.decided(60)).decisions] == ["started"]

    asyncio.run(story())


def test_a_client_is_told_of_a_file_that_is_no_store(shop):
    # Given a file of another kind where the store belongs, When a client waits for an answer,
    # Then it is told, for no engine will ever begin there.
    (shop / "var").mkdir(exist_ok=True)
    (shop / "var" / "ecomflow.db").write_text("a letter to a friend, in many words. " * 40, "utf-8")

    async def story():
        async with Engine.open(shop, role="client") as client:
            receipt = await client.emit("cart.left", CART, subject="c1")
            with pytest.raises(StoreError, match="is no store of ecomflow"):
                await receipt.decided(5)

    asyncio.run(story())
