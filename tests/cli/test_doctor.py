"""doctor: what is wrong with an installation is told with what to do, and nothing is changed."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import termios
import threading
import time
from contextlib import closing

import pytest

from ecomflow import Engine
from ecomflow.cli.doctor import installation, work

ORDER = json.dumps({"order": {"id": "o1", "email": "ana@shopper.example"}})


def store_of(shop):
    return shop / "var" / "ecomflow.db"


def change(file, sql, *values):
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(sql, values)


def still(shop):
    """Everything under a folder, as it is to the last byte."""
    return {path.relative_to(shop): path.read_bytes() if path.is_file() else None for path in shop.rglob("*")}


def dead_process():
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


@pytest.fixture
def doctor(ecomflow):
    """Return what runs the command and gives its findings: level and text of each, by the check's name."""

    def call(*words):
        result = ecomflow("doctor", "--json", *words)
        found = {}
        for each in result.of("check"):
            told = "\n".join([each["message"], *each["details"], each["remedy"]])
            found.setdefault(each["check"], []).append((each["level"], told))
        assert result.code == int(any(level == "fail" for each in found.values() for level, _ in each))
        return found

    return call


@pytest.fixture
def asked(ecomflow, refunds):
    """Return a project that has one run, which asks for a refund; its engine has stopped."""
    with Engine.open(refunds, role="engine").in_thread() as engine:
        engine.emit("order.created", json.loads(ORDER), id="e1")
    return refunds


def only(findings, level):
    return [told for each, told in findings if each == level]


# --- what there is ---


def test_a_fresh_project_has_nothing_to_mend(ecomflow, shop):
    # Given a project of which no engine has run, When it is looked over,
    before = still(shop)
    result = ecomflow("doctor")

    # Then only the engine is missing, what to do is said, and not a byte was changed
    assert result.code == 0
    assert "warn  engine       no engine has run yet" in result.out
    assert "-> start one: `ecomflow serve`" in result.out
    assert result.out.splitlines()[-1] == "1 to look at, 9 fine"
    assert result.err == ""
    assert still(shop) == before


def test_beside_a_running_engine_all_is_fine_and_nothing_is_changed(doctor, refunds, engine):
    # Given a running engine with a run that waits
    engine(refunds).emit("order.created", json.loads(ORDER), id="e1")
    before = {path.name for path in (refunds / "var").iterdir()}

    # When the shop is looked over, Then every check is fine, the engine is named, and no file was made
    found = doctor()
    assert {level for each in found.values() for level, _ in each} == {"ok"}
    assert f"process {os.getpid()} on {socket.gethostname()} is the engine" in found["engine"][0][1]
    assert "1 run open, none blocked" in found["runs"][0][1]
    assert {path.name for path in (refunds / "var").iterdir()} == before


def test_a_store_at_rest_is_left_as_it_is(doctor, asked):
    before = still(asked)

    assert only(doctor()["store"], "ok")

    assert still(asked) == before


def test_findings_and_their_sum_are_json(ecomflow, asked):
    records = ecomflow("doctor", "--json").records

    assert all(set(each) == {"v", "kind", "check", "level", "message", "remedy", "details"} for each in records[:-1])
    assert all(each["remedy"] for each in records[:-1] if each["level"] != "ok")
    assert records[-1] == {"v": 1, "kind": "summary", "fail": 0, "warn": 1, "ok": len(records) - 2}


def test_lines_fit_the_terminal_and_commands_stay_whole(shop):
    # Given a terminal of sixty columns, When a shop is looked over in it,
    leader, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (24, 60))
    done = subprocess.run([sys.executable, "-m", "ecomflow.cli", "doctor"], stdout=terminal, stderr=subprocess.PIPE, check=True, cwd=shop)
    os.close(terminal)
    printed = os.read(leader, 8192).decode()
    os.close(leader)

    # Then no line is longer, but for paths, and what is to be typed is in one line.
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines()
    assert done.stderr == b""
    assert [line for line in lines if len(line) > 60 and "/" not in line] == []
    assert any("-> start one: `ecomflow serve`, or the" in line for line in lines)
    assert any(line.strip() == "program that opens the engine" for line in lines)


# --- project ---


def test_a_folder_without_a_project_is_told_where_the_project_is(doctor, shop, tmp_path, monkeypatch):
    # Given a folder with nothing in it, and one inside a project, When they are looked over, Then both are told what to do.
    (tmp_path / "empty").mkdir()
    assert "`ecomflow init`" in only(doctor("--project", tmp_path / "empty")["project"], "fail")[0]
    assert f"go there, or say --project {shop}" in only(doctor("--project", shop / "events")["project"], "fail")[0]
    assert f"inside the project in {shop}" in only(doctor("--project", shop / "workflows")["project"], "warn")[0]


def test_a_project_file_that_cannot_be_read_keeps_no_other_check_away(doctor, shop):
    (shop / "ecomflow.yaml").write_text("shop: [")

    found = doctor()
    assert "ecomflow.yaml:1: EF101" in only(found["project"], "fail")[0]
    assert set(found) == {"python", "time zones", "plugins", "project", "clock"}


def test_faults_of_files_are_counted_and_named(doctor, refunds):
    refund = refunds / "workflows" / "refund.yaml"
    refund.write_text(refund.read_text().replace("email.send", "email.sendd"))

    (told,) = only(doctor()["project"], "fail")
    assert "1 error" in told
    assert "workflows/refund.yaml:10: EF115 unknown action `email.sendd`" in told
    assert "`ecomflow check`" in told


def test_a_store_of_another_kind_is_told(doctor, shop):
    project = shop / "ecomflow.yaml"
    project.write_text(project.read_text().replace("sqlite:///var/ecomflow.db", "postgres://db/shop"))

    assert any("not in postgres://db/shop" in told for told in only(doctor()["store"], "fail"))


# --- connections ---


def with_secret(shop):
    project = shop / "ecomflow.yaml"
    project.write_text(project.read_text().replace("starttls: false}", "starttls: false, username: shop, password: {secret: SHOP_SMTP}}"))


def test_a_secret_that_is_not_there_is_named_and_no_value_is_printed(ecomflow, doctor, refunds, monkeypatch):
    # Given a connection with a secret that is nowhere, When the shop is looked over, Then its name and its places are said
    with_secret(refunds)
    (told,) = only(doctor()["connections"], "fail")
    assert "mail (smtp), used by refund: the secret SHOP_SMTP is neither in the environment nor a file" in told
    assert "set SHOP_SMTP in the environment" in told

    # And one that is there is never printed, whatever is wrong with it.
    monkeypatch.setenv("SHOP_SMTP", "")
    assert "is empty" in only(doctor()["connections"], "fail")[0]
    monkeypatch.setenv("SHOP_SMTP", "q7#zz")
    assert "fewer than 8 characters" in only(doctor()["connections"], "warn")[0]
    assert "q7#zz" not in ecomflow("doctor").out
    monkeypatch.setenv("SHOP_SMTP", "correct-horse-battery")
    assert only(doctor()["connections"], "ok")[0].startswith("mail (smtp), used by refund")


def test_a_file_of_a_secret_that_others_may_read_is_told(doctor, refunds):
    with_secret(refunds)
    (refunds / "secrets").mkdir()
    file = refunds / "secrets" / "SHOP_SMTP"
    file.write_bytes(b"correct-horse-battery\n")
    file.chmod(0o644)
    assert "chmod 600" in only(doctor()["connections"], "warn")[0]

    file.write_bytes(b"\xff\xfe no text")
    assert "is no text in UTF-8" in only(doctor()["connections"], "fail")[0]


def test_an_action_without_a_connection_is_told(doctor, refunds):
    project = refunds / "ecomflow.yaml"
    project.write_text("\n".join(line for line in project.read_text().splitlines() if "plugin: smtp" not in line))

    assert any("email.send (refund) needs a connection of kind smtp" in told for told in only(doctor()["connections"], "fail"))


def test_a_missing_extra_is_told_with_what_to_install(doctor, refunds, monkeypatch):
    monkeypatch.setitem(sys.modules, "aiosmtplib", None)

    (told,) = only(doctor()["connections"], "fail")
    assert "aiosmtplib is not installed" in told
    assert "pip install 'ecomflow[mail]'" in told


def test_settings_that_a_connection_does_not_take_are_told(doctor, refunds, monkeypatch):
    # Given a port that stands in a secret, and is no number there, When the shop is looked over, Then the setting is named.
    project = refunds / "ecomflow.yaml"
    project.write_text(project.read_text().replace("port: 1,", "port: {secret: SHOP_PORT},"))
    monkeypatch.setenv("SHOP_PORT", "harbour-of-hamburg")

    (told,) = [told for level, told in doctor()["connections"] if level == "fail"]
    assert "port" in told
    assert "harbour" not in told


# --- plugins ---


def test_plugins_that_cannot_be_loaded_or_do_not_fit_are_told(doctor, shop, installed, tmp_path):
    installed("broken-plugin", "raise RuntimeError('no licence')")
    installed("modern-plugin", "from ecomflow import filter\n\nmodern_plugin = None\n")
    meta = tmp_path / "modern_plugin-1.0.dist-info" / "METADATA"
    meta = next(tmp_path.glob("modern*.dist-info")) / "METADATA"
    meta.write_text(meta.read_text() + "Requires-Dist: ecomflow>=99,<100\nRequires-Dist: nowhere-to-be-found ; extra == 'x'\n")

    told = "\n".join(only(doctor()["plugins"], "fail"))
    assert "no licence" in told
    assert "python -m pip uninstall broken-plugin" in told
    assert "modern-plugin wants ecomflow>=99,<100, and 0." in told
    assert "nowhere" not in told


def test_a_plugin_that_does_not_come_back_from_its_import_is_named(doctor, shop, installed, monkeypatch):
    # Given a plugin that hangs, When the shop is looked over, Then the plugin is named, and the command comes to its end.
    released = threading.Event()
    monkeypatch.setattr(threading, "hanging_plugin_released", released, raising=False)
    monkeypatch.setattr(installation, "_PATIENCE", 0.5)
    installed("hanging-plugin", "import threading\nthreading.hanging_plugin_released.wait()")
    try:
        found = doctor()
    finally:
        released.set()
        [thread.join() for thread in threading.enumerate() if thread.name == "plugins"]

    assert "hanging-plugin 1.0 does not come back from its import" in only(found["plugins"], "fail")[0]
    assert "project" not in found


# --- the store ---


def damaged(file):
    data = bytearray(file.read_bytes())
    data[4096 * 3 : 4096 * 30] = b"\xff" * len(data[4096 * 3 : 4096 * 30])
    file.write_bytes(data)


def newer(file):
    change(file, "update meta set value = 999 where key = 'schema'")


def foreign(file):
    file.unlink()
    change(file, "create table t (a)")
    file.chmod(0o600)


def no_store(file):
    file.write_bytes(b"no store at all\n" * 1000)


def folder(file):
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("spoil", "told", "remedy"),
    [
        (damaged, "is damaged", "`ecomflow store restore FILE`"),
        (newer, "a newer ecomflow (schema 999", "install that version again"),
        (foreign, "of another program", "name another file as `store:`"),
        (no_store, "is no store of ecomflow", "`ecomflow store restore FILE`"),
        (folder, "is no file but a folder", "name a file as `store:`"),
    ],
)
@pytest.mark.attack(73)
def test_what_is_no_store_of_ours_is_told_and_left_alone(doctor, asked, spoil, told, remedy):
    # Given a file that is damaged, newer or foreign, When the shop is looked over,
    spoil(store_of(asked))
    before = still(asked)
    found = doctor()

    # Then it is said with what to do, nothing else is said of what the store holds, and the file is as it was
    assert any(told in each and remedy in each for each in only(found["store"], "fail"))
    assert not {"runs", "events", "paused", "deployed", "engine"} & set(found)
    assert still(asked) == before


def test_the_store_of_another_shop_is_told(doctor, asked):
    project = asked / "ecomflow.yaml"
    project.write_text(project.read_text().replace("shop: acme", "shop: bolt"))

    assert "holds no shop bolt, but acme" in only(doctor()["store"], "warn")[0]


def test_a_copy_is_told_with_what_would_go_on(doctor, asked):
    change(store_of(asked), "update meta set value = 'elsewhere:/old.db' where key = 'place:acme'")

    (told,) = only(doctor()["store"], "fail")
    assert "it was at elsewhere:/old.db" in told
    assert "what would go on: 1 is due later" in told
    assert "`ecomflow resume --adopt`" in told


def test_a_disk_that_is_full_is_told(doctor, asked, monkeypatch):
    # Given a disk with little room (its limits are raised here, not the disk filled), When the shop is looked over, Then this is said.
    monkeypatch.setattr("ecomflow.cli.doctor.files._FULL", 2**60)
    assert "new events are refused" in only(doctor()["files"], "fail")[0]


# --- clock and engine ---


def test_a_clock_that_went_back_is_told(doctor, asked):
    change(store_of(asked), "update lease set seen = seen + 3600 * 1000000")

    (told,) = only(doctor()["clock"], "fail")
    assert "the clock has gone back" in told
    assert "before the store was last written" in told
    assert "h before" in told or "min" in told


def test_an_engine_that_was_killed_and_what_waits_for_the_next_one_are_told(ecomflow, doctor, asked):
    # Given an engine that was killed, and an event that was left since
    change(store_of(asked), "update lease set holder = ?", f"{socket.gethostname()}:{dead_process()}:ab")
    ecomflow("emit", "order.created", "--data", "-", stdin=ORDER)

    # When the shop is looked over, Then both are said.
    (told,) = only(doctor()["engine"], "fail")
    assert "and was killed: 1 request of other processes waits" in told
    assert "`ecomflow serve`" in told


def test_an_engine_that_hangs_is_told(doctor, asked):
    change(store_of(asked), "update lease set holder = ?, seen = ?", f"{socket.gethostname()}:{os.getpid()}:ab", time.time_ns() // 1000 - 60_000_000)

    (told,) = only(doctor()["engine"], "fail")
    assert "has not been heard of for 1 min" in told


def test_an_engine_that_does_not_take_what_is_left_is_told(ecomflow, doctor, asked):
    # Given a letter that has waited for a minute, and a lease that was renewed just now
    now = time.time_ns() // 1000
    ecomflow("emit", "order.created", "--data", "-", stdin=ORDER)
    change(asked / "var" / "inbox.db", "update inbox set at = ?", now - 60_000_000)
    change(store_of(asked), "update lease set holder = ?, seen = ?", f"{socket.gethostname()}:{os.getpid()}:ab", now + 1_000_000)

    assert "does not take what others leave: 1 request" in only(doctor()["engine"], "fail")[0]


def test_an_inbox_that_cannot_be_read_is_told(doctor, asked):
    (asked / "var" / "inbox.db").write_bytes(b"no inbox at all\n" * 1000)

    assert "inbox.db cannot be read" in only(doctor()["engine"], "fail")[0]


def test_an_engine_that_is_late_is_told(doctor, asked):
    now = time.time_ns() // 1000
    change(store_of(asked), "update timer set due = ?1, fire = ?1", now - 600_000_000)
    assert "1 wait is overdue" in only(doctor()["engine"], "fail")[0]

    change(store_of(asked), "update lease set holder = ?, seen = ?", f"{socket.gethostname()}:{os.getpid()}:ab", now + 1_000_000)
    assert "is late: 1 wait should have ended" in only(doctor()["engine"], "warn")[0]


# --- what people have to see to ---


def test_what_is_paused_is_told_with_how_it_goes_on(doctor, refunds, engine):
    running = engine(refunds)
    running.pause("refund", by="ana")
    running.pause(connection="mail", by="ana")
    running.emit("order.created", json.loads(ORDER), id="e1")
    told = "\n".join(only(doctor()["paused"], "warn"))
    assert "refund is paused since " in told
    assert "1 thing that came for it is kept" in told
    assert "`ecomflow resume refund`" in told
    assert "`ecomflow resume --connection mail`" in told

    running.pause(by="ana")
    assert any("the whole shop is paused" in each and "`ecomflow resume --all`" in each for each in only(doctor()["paused"], "warn"))


def test_runs_that_are_blocked_or_failed_are_told(doctor, asked):
    change(store_of(asked), "update run set status = 'blocked'")
    (told,) = only(doctor()["runs"], "fail")
    assert "1 run is blocked and needs a person" in told
    assert "refund: 1, the newest is r1" in told
    assert "`ecomflow show r1`" in told

    change(store_of(asked), "update run set status = 'failed', ended = ?", time.time_ns() // 1000)
    (told,) = only(doctor()["runs"], "warn")
    assert "1 run failed in the last 7 days" in told
    assert "`ecomflow retry RUN`" in told

    change(store_of(asked), "update run set ended = ?", time.time_ns() // 1000 - 8 * 86400 * 1_000_000)
    assert only(doctor()["runs"], "warn") == []


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("delete from definition", "1 run of refund cannot go on: the store has no definition"),
        ("update definition set bundle = replace(bundle, 'email.send', 'email.gone')", "unknown action `email.gone`"),
    ],
)
def test_runs_whose_version_cannot_go_on_are_told(doctor, asked, sql, told):
    # Given a run on a version that is not that of the file any more, and that is gone or names what is not installed
    change(store_of(asked), sql)
    with (asked / "workflows" / "refund.yaml").open("a") as file:
        file.write("# edited\n")

    # When the shop is looked over, Then the run is told.
    assert told in only(doctor()["runs"], "fail")[0]


def test_runs_whose_file_is_gone_are_told_to_go_on(doctor, asked):
    (asked / "workflows" / "refund.yaml").unlink()

    assert "the file of refund is gone: its open runs go on" in only(doctor()["runs"], "ok")[0]


def test_files_that_are_not_what_runs_are_told(doctor, refunds, engine):
    # Given a running engine, When a file is edited, Then it is said that it does not run yet.
    running = engine(refunds)
    file = refunds / "workflows" / "refund.yaml"
    text = file.read_text()
    file.write_text(text + "# edited\n")
    assert any("refund is edited" in told and "`ecomflow deploy`" in told for told in only(doctor()["deployed"], "warn"))

    # And of one that has a fault now, that the version from before runs on.
    file.write_text(text.replace("email.send", "email.sendd"))
    assert any("refund: the file has errors" in told for told in only(doctor()["deployed"], "warn"))
    file.write_text(text)
    running.deploy()
    assert only(doctor()["deployed"], "ok") == ["the files are what runs\n"]


def test_events_that_were_set_aside_are_told_until_they_are_decided(doctor, asked):
    decide = "insert into decision (shop, event, n, at, workflow, outcome, reason) select shop, seq, ?, 0, 'refund', ?, 'boom' from event where id = 'e1'"
    change(store_of(asked), decide, 900, "error")
    (told,) = only(doctor()["events"], "fail")
    assert "1 event could not be decided" in told
    assert "e1 for refund: boom" in told
    assert "`ecomflow retry --event ID`" in told

    change(store_of(asked), decide, 901, "started")
    assert only(doctor()["events"], "fail") == []


def test_events_that_nobody_listens_to_are_told_and_mistyped_ones_stand_out(doctor, refunds, engine):
    running = engine(refunds)
    for type_ in ("order.craeted", "order.craeted", "customer.blinked", "order.created"):
        running.emit(type_, json.loads(ORDER))

    found = doctor()["events"]
    (told,) = only(found, "warn")
    assert "2 events of type order.craeted" in told
    assert "did who emits it mean order.created?" in told
    (fine,) = only(found, "ok")
    assert "customer.blinked: 1 event, no workflow listens to this type" in fine
    assert "order.created" not in fine


def test_a_check_that_cannot_be_carried_out_keeps_no_other_from_it(doctor, asked):
    change(store_of(asked), "drop table event")

    found = doctor()
    assert "could not be looked at" in only(found["events"], "fail")[0]
    assert "runs" in found


def test_where_all_would_take_too_long_the_newest_are_looked_at_and_it_is_said(doctor, asked, monkeypatch):
    # Given a store with many events, and no time to look at them all
    change(
        store_of(asked),
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) insert into event (shop, source, id, type, time, arrived, data, state)"
        " select 1, 'shop', 'x' || i, 'order.craeted', 0, 0, '{}', 1 from n",
    )
    monkeypatch.setattr(work, "_PATIENCE", -1)
    monkeypatch.setattr(work, "_NEWEST", 500)

    # When they are looked at, Then it is said of how many it is told.
    assert "500 events of type order.craeted among the newest 500 events" in only(doctor()["events"], "warn")[0]
