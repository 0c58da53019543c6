"""Copies that are made while the shop works: the inbox first, then the store, as docs/library.md says."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ecomflow import Engine


def copy(file, folder):
    """Copy as another program does, with the backup of SQLite."""
    with (
        closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(folder / file.name)) as to,
    ):
        source.backup(to)


def leave(shop, name):
    with Engine.open(shop, role="client").in_thread() as client:
        client.emit("cart.left", {"cart": {"id": name}}, id=name)


def take_all(shop):
    """Be the engine until it has taken all that was left, and return what the runs are about."""
    with Engine.open(shop).in_thread() as engine, Engine.open(shop, role="client").in_thread() as client:
        client.emit("nothing.happened", {}).decided(timeout=30)
        return [engine.run(run.id).event_id for run in engine.runs()]


@pytest.mark.parametrize("taken", ["before the copies", "between the copies", "after the copies"])
def test_an_event_that_was_there_before_the_copies_is_in_them_once(shop, tmp_path, taken):
    store = Path(Engine.open(shop).store_path)
    copies = tmp_path / "copies"
    copies.mkdir()
    take_all(shop)
    leave(shop, "e1")

    for moment, file in (("before", store.with_name("inbox.db")), ("between", store)):
        if taken.startswith(moment):
            take_all(shop)
        copy(file, copies)
    for each in store.parent.iterdir():
        each.unlink()
    for each in copies.iterdir():
        each.rename(store.parent / each.name)

    assert take_all(shop) == ["e1"]
