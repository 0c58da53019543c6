"""store: copies made while the engine works, copies put back, and what is found wrong with one."""

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from ecomflow import Engine

ORDER = json.dumps({"order": {"id": "o1", "email": "ana@shopper.example"}})


@pytest.fixture
def asked(ecomflow, refunds):
    """Return a project that has one run, which asks for a refund; its engine has stopped."""
    with Engine.open(refunds, role="engine").in_thread() as engine:
        engine.emit("order.created", json.loads(ORDER), id="e1")
    return refunds


def store_of(shop):
    return shop / "var" / "ecomflow.db"


def change(file, sql):
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(sql)


def test_a_backup_is_made_while_the_engine_works(ecomflow, refunds, engine, tmp_path):
    # Given a running engine, with a run and a request that waits in the inbox of a client
    running = engine(refunds)
    running.emit("order.created", json.loads(ORDER), id="e1")

    # When the store is copied
    made = ecomflow("store", "backup", tmp_path / "copy.db", "--json").of("backup")[0]

    # Then the copy is whole, its owner's alone, one file, and the engine goes on
    assert (made["runs"], made["letters"]) == (1, 0)
    assert made["events"] == len(ecomflow("events", "--json").of("event"))
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("copy.db*")] == ["copy.db"]
    assert ecomflow("store", "check", tmp_path / "copy.db").code == 0
    assert [decision.outcome for decision in running.emit("order.created", json.loads(ORDER), id="e2").decisions] == ["started"]


def test_a_backup_that_is_put_back_goes_on_once_it_is_adopted(ecomflow, asked, tmp_path):
    # Given a backup, an event that a client had left before it was made, and a run that was started after it was made
    assert ecomflow("emit", "order.created", "--data", "-", "--id", "e2", stdin=ORDER.replace("o1", "o2")).code == 0
    assert ecomflow("store", "backup", tmp_path / "copy.db", "--json").of("backup")[0]["letters"] == 1
    with Engine.open(asked, role="engine").in_thread() as engine:
        engine.emit("order.created", json.loads(ORDER.replace("o1", "o3")), id="e3")
        assert len(list(engine.runs())) == 3

    # When it is put back
    result = ecomflow("store", "restore", tmp_path / "copy.db")

    # Then the old store is kept and still whole, and the restored one is paused
    assert result.code == 0
    (old,) = store_of(asked).parent.glob("ecomflow.db.before-*Z")
    assert f"{old.relative_to(asked)}." in result.out
    assert ecomflow("store", "check", old).code == 0
    assert stat.S_IMODE(store_of(asked).stat().st_mode) == 0o600
    shown = ecomflow("runs")
    assert len(shown.out.splitlines()) == 1
    assert "This store is a copy: it was at" in shown.err
    assert "(restored at " in shown.err
    with Engine.open(asked, role="engine").in_thread() as engine:
        engine.emit("nothing.happened", {})
        assert len(list(engine.runs())) == 1

        # And once it is adopted, it decides what was kept for it
        engine.resume(adopt=True, by="ana")
        engine.emit("nothing.happened", {})
        assert [run.event_id for run in engine.runs()] == ["e1", "e2"]


def test_nothing_is_put_back_while_an_engine_runs(ecomflow, asked, engine, tmp_path):
    ecomflow("store", "backup", tmp_path / "copy.db")
    engine(asked)

    result = ecomflow("store", "restore", tmp_path / "copy.db")

    assert result.code == 1
    assert "an engine runs (" in result.err
    assert "stop it first" in result.err


def test_a_damaged_store_gives_way_to_a_backup(ecomflow, asked, tmp_path):
    # Given a backup, and a store that is no store any more
    ecomflow("store", "backup", tmp_path / "copy.db")
    store_of(asked).write_bytes(b"\x00" * 8192)
    assert ecomflow("store", "check").code == 1

    # When the backup is put back, Then the run is there again, and the damaged file is kept
    assert ecomflow("store", "restore", tmp_path / "copy.db").code == 0
    assert len(ecomflow("runs").out.splitlines()) == 1
    assert [path.read_bytes() for path in store_of(asked).parent.glob("*.before-*Z")] == [b"\x00" * 8192]


def test_what_is_no_backup_of_this_shop_is_refused(ecomflow, asked, tmp_path):
    # Given files of all kinds, When they are put back, Then each is refused, with the reason, and the store stays as it was.
    before = store_of(asked).read_bytes()
    files = {name: tmp_path / name for name in ("text", "empty", "foreign", "newer", "other")}
    files["text"].write_text("no store at all, but long enough to look like something\n" * 100)
    files["empty"].touch()
    change(files["foreign"], "create table t (a)")
    for name in ("newer", "other"):
        ecomflow("store", "backup", files[name])
    change(files["newer"], "update meta set value = 999 where key = 'schema'")
    change(files["other"], "update shop set name = 'another'")
    said = {name: ecomflow("store", "restore", file) for name, file in files.items()}
    said["missing"] = ecomflow("store", "restore", tmp_path / "missing")
    said["itself"] = ecomflow("store", "restore", store_of(asked))

    assert {name: result.code for name, result in said.items()} == dict.fromkeys(files, 1) | {"missing": 3, "itself": 1}
    words = {
        "text": "is no store of ecomflow", "empty": "is empty", "foreign": "of another program", "newer": "a newer ecomflow",
        "other": "holds another, and this project's shop is ", "missing": "there is no file", "itself": "is the store itself",
    }  # fmt: skip
    assert [name for name, text in words.items() if text not in said[name].err] == []
    assert store_of(asked).read_bytes() == before
    assert [path.name for path in store_of(asked).parent.glob("*before*")] == []


def test_a_backup_overwrites_nothing(ecomflow, asked, tmp_path):
    (tmp_path / "copy.db").write_text("mine")

    result = ecomflow("store", "backup", tmp_path / "copy.db")

    assert (result.code, (tmp_path / "copy.db").read_text()) == (1, "mine")
    assert "is there already" in result.err


def test_a_place_that_cannot_be_written_is_told(ecomflow, asked, tmp_path):
    assert "cannot be written: No such file or directory" in ecomflow("store", "backup", tmp_path / "no" / "copy.db").err


def test_without_a_store_there_is_nothing_to_copy_or_check(ecomflow, shop, tmp_path):
    assert ecomflow("store", "backup", tmp_path / "copy.db").code == 3
    assert ecomflow("store", "check").code == 3


def test_a_whole_store_has_no_faults(ecomflow, asked):
    result = ecomflow("store", "check")

    assert result.code == 0
    assert "checked: nothing found" in result.out


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("update run set ended = 5", "says the contrary of when it ended"),
        ("delete from definition", "which the store does not have"),
        ("delete from event", "was started by event number 1, which the store does not have"),
        ("delete from journal", "has no journal"),
        ("delete from approval", "waits for nothing: it would wait for ever"),
        ("update run set status = 'failed', ended = 5", "has ended or is not there, and asks people at"),
    ],
)
def test_what_does_not_fit_together_is_told(ecomflow, asked, sql, told):
    # Given a store in which something was changed by hand
    change(store_of(asked), "delete from timer")
    change(store_of(asked), sql)

    # When it is checked, Then it says what does not fit
    result = ecomflow("store", "check", "--json")
    assert result.code == 1
    assert any(told in finding["message"] and finding["what"] == "misfit" for finding in result.of("finding"))


def test_a_damaged_page_is_told_with_what_to_do(ecomflow, asked):
    file = store_of(asked)
    Engine.open(asked)
    data = bytearray(file.read_bytes())
    data[4096 * 3 : 4096 * 30] = b"\xff" * len(data[4096 * 3 : 4096 * 30])
    file.write_bytes(data)

    result = ecomflow("store", "check")
    assert result.code == 1
    assert "ecomflow store restore FILE" in result.out + result.err
    backup = ecomflow("store", "backup", Path("copy.db"))
    assert backup.code == 1
    assert not list(Path().glob("copy.db*"))


def test_a_request_to_adopt_one_copy_adopts_no_other(ecomflow, asked, tmp_path):
    # Given a store that was put back and is to be adopted, but no engine has run since; and then it was put back once more
    ecomflow("store", "backup", tmp_path / "copy.db")
    ecomflow("store", "restore", tmp_path / "copy.db")
    assert ecomflow("resume", "--adopt", "--by", "ana").code == 0
    change(tmp_path / "copy.db", "update meta set value = 'elsewhere:/old.db' where key like 'place:%'")
    ecomflow("store", "restore", tmp_path / "copy.db")

    # When an engine carries out what was left
    with Engine.open(asked, role="engine").in_thread() as engine:
        engine.emit("nothing.happened", {})
        with Engine.open(asked, role="client").in_thread() as client:
            client.emit("nothing.happened", {}).decided(10)

    # Then it is still paused
    assert "This store is a copy: it was at elsewhere:/old.db" in ecomflow("runs").err
