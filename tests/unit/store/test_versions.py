"""Stores of other versions, of other programs, and damaged ones: brought to today's schema, or refused and left as they are."""

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from ecomflow.errors import StoreError, StoreVersionError
from ecomflow.store import Inbox, Store, versions

LOCKS = Path("/proc/locks")
STEP = "alter table run add column colour text; create table paint (name text primary key)"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "var" / "store.db"


@pytest.fixture
def next_step(monkeypatch):
    """Return what lets this program know one step more, as the next release would."""

    def know(sql):
        number = versions.VERSIONS["schema"] + 1
        monkeypatch.setitem(versions.STEPS, number, sql)
        monkeypatch.setitem(versions.VERSIONS, "schema", number)
        return number

    return know


def everything(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(("db", "-wal"))}


def schema_of(path):
    with closing(sqlite3.connect(path)) as db:
        tables = {name for (name,) in db.execute("select name from sqlite_schema where type = 'table'")}
        return db.execute("select value from meta where key = 'schema'").fetchone()[0], "paint" in tables


def test_an_older_store_takes_the_step_and_keeps_its_rows(path, next_step):
    # Given a store of today with a row, When the next release opens it, Then it has the step and the row.
    store = Store(path, "acme")
    store.run("pause", store.shop, "w", 1)
    store.close()
    number = next_step(STEP)

    store = Store(path, "acme")

    assert store.rows("paused", store.shop) == [("w",)]
    assert store.db.execute("select colour from run").fetchall() == []
    store.close()
    assert schema_of(path) == (number, True)


def test_a_new_store_takes_the_same_steps(path, next_step):
    number = next_step(STEP)

    Store(path, "acme").close()

    assert schema_of(path) == (number, True)


def test_a_step_that_is_cut_short_leaves_the_store_as_it_was(path, next_step):
    # Given a step whose second statement fails, When it is tried, Then nothing of it is there, and the next try goes through.
    Store(path, "acme").close()
    before = versions.VERSIONS["schema"]
    number = next_step("create table paint (name text); insert into nowhere values (1)")

    with pytest.raises(StoreError, match="nowhere"):
        Store(path, "acme")

    assert schema_of(path) == (before, False)
    versions.STEPS[number] = STEP
    Store(path, "acme").close()
    assert schema_of(path) == (number, True)


def test_a_reader_takes_no_step(path, next_step):
    Store(path, "acme").close()
    before = versions.VERSIONS["schema"]
    next_step(STEP)

    Store(path, "acme", readonly=True).close()

    assert schema_of(path) == (before, False)


def test_a_newer_store_with_an_open_log_is_left_as_it_is(path, next_step, monkeypatch):
    # Given a store of a newer program that was killed: its version is in the log alone.
    next_step(STEP)
    store = Store(path, "acme")
    copy = path.parent.parent / "copy"
    shutil.copytree(path.parent, copy)
    store.close()
    monkeypatch.undo()
    before = everything(copy)
    assert "store.db-wal" in before

    with pytest.raises(StoreVersionError, match=r"newer ecomflow \(schema 2, this one knows 1\).*put back a backup"):
        Store(copy / path.name, "acme")

    assert everything(copy) == before


def test_a_foreign_file_with_an_open_log_is_left_as_it_is(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("create table notes (text)")
        db.commit()
        before = everything(path.parent)
        assert before["store.db-wal"]

        with pytest.raises(StoreVersionError, match=r"another program.*Name another file"):
            Store(path, "acme")

        assert everything(path.parent) == before


def test_a_damaged_store_is_left_as_it_is_and_the_error_says_what_to_do(path):
    Store(path, "acme").close()
    content = bytearray(path.read_bytes())
    content[100:3000] = b"\xff" * 2900
    path.write_bytes(content)

    with pytest.raises(StoreError, match=r"store\.db is no store of ecomflow, or is damaged .* it was left as it is"):
        Store(path, "acme")

    assert path.read_bytes() == content


def test_a_log_that_was_cut_off_loses_only_what_was_not_whole(path):
    # Given a log whose last commit is torn, When the store is opened, Then all that was committed before is there.
    store = Store(path, "acme")
    store.run("pause", store.shop, "first", 1)
    store.run("pause", store.shop, "second", 2)
    copy = path.parent.parent / "copy"
    shutil.copytree(path.parent, copy)
    store.close()
    log = copy / "store.db-wal"
    log.write_bytes(log.read_bytes()[:-100])

    store = Store(copy / path.name, "acme")

    assert store.rows("paused", store.shop) == [("first",)]
    assert store.db.execute("pragma integrity_check").get == "ok"


def test_an_empty_file_becomes_a_store(path):
    path.parent.mkdir()
    path.touch()

    assert Store(path, "acme").shop == 1


def test_a_folder_in_the_place_of_the_store_is_refused(path):
    path.mkdir(parents=True)

    with pytest.raises(StoreError, match=r"no file but a folder.*name a file"):
        Store(path, "acme")


def test_all_that_lies_in_the_folder_is_the_owners_alone(path):
    store, inbox = Store(path, "acme"), Inbox(path, "acme")
    store.run("pause", store.shop, "w", 1)
    inbox.put("event", "r1", "{}", 1)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert len(modes) == 6
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(not LOCKS.exists(), reason="this system does not list its locks")
def test_opening_a_store_twice_in_a_process_keeps_the_locks_of_the_first(path):
    # Given an open store, When it is opened again and closed, Then another process still finds the first one's lock.
    first = Store(path, "acme")

    Store(path, "acme").close()

    assert f":{path.stat().st_ino} " in LOCKS.read_text("ascii")
    first.close()
