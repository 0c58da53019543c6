"""A disk that fills under a running shop, and files that somebody deletes meanwhile (attacks 71 and 73)."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from kit import CART, seen, started

from ecomflow import Engine, StoreError

FILLING = str(Path(__file__).parent / "filling.py")
IN_A_SPACE = ["unshare", "--user", "--map-root-user", "--mount"]
MOUNT = 'mount -t tmpfs -o size=3m tmpfs "$0" && exec "$@"'


@pytest.fixture(scope="module")
def spaces():
    """Skip where this machine lets nobody mount a file system of his own."""
    try:
        done = subprocess.run([*IN_A_SPACE, "sh", "-c", "mount -t tmpfs tmpfs /tmp"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("unshare is not installed: the limit on files stands for the full disk")
    if done.returncode:
        pytest.skip(f"no file system can be mounted here ({done.stderr.decode().strip()}): the limit on files stands for it")


@pytest.fixture(params=["tmpfs", "limit"])
def filling(request, tmp_path):
    """Return what plays a story of a full disk, on a small file system or under a limit on the size of files."""
    if request.param == "tmpfs":
        request.getfixturevalue("spaces")

    def play(story):
        command = [sys.executable, FILLING, str(tmp_path), request.param, story]
        if request.param == "tmpfs":
            command = [*IN_A_SPACE, "sh", "-c", MOUNT, str(tmp_path), *command]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        told["reason"] = "the disk is full: make room" if request.param == "tmpfs" else "disk I/O error"
        return told

    return play


@pytest.mark.attack(71)
def test_full_disk_refuses_what_clients_leave_and_all_goes_on_when_there_is_room(filling):
    # Given an engine in a process of its own, with a call and a timer under way, When the disk fills,
    told = filling("client")

    # Then events that were taken are kept, the next is refused by library and command with a reason, no run fails,
    assert told["taken"] > 0
    assert all(told["reason"] in said for said in [*told["refused"], told["command"]["err"]])
    assert told["command"]["code"] == 1
    assert "failed" not in told["while_full"]

    # And when there is room the same process goes on: calls and timers are served, each effect is there once.
    assert (told["ends"], told["after"]) == (["completed", "completed"], "waiting")
    assert told["effects"] == [["/held/pick", "p1"], ["/label", "p1"], ["/nudge", "n1"]]
    assert (told["code"], told["crashed"]) == (0, False)


@pytest.mark.attack(71)
def test_full_disk_refuses_what_a_program_emits_and_all_goes_on_when_there_is_room(filling):
    told = filling("library")

    assert told["taken"] > 0
    assert all(told["reason"] in said for said in told["refused"])
    assert "failed" not in told["while_full"]
    assert (told["ends"], told["after"], told["all_there"]) == (["completed"], "waiting", True)
    assert told["effects"] == [["/held/pick", "p1"], ["/label", "p1"]]


@pytest.mark.attack(71)
def test_engine_that_is_told_to_end_while_the_disk_is_full_ends_well(filling):
    # Given a full disk and a call whose result cannot be kept, When the engine is told to end, Then it does,
    told = filling("ending")
    assert (told["code"], told["crashed"]) == (0, False)

    # And the next one, with room, has every event that was taken, and repeats the call under its key.
    assert told["taken"] > 0
    assert told["ends"] == ["completed"]
    assert told["effects"] == [["/held/pick", "p1"], ["/label", "p1"]]


# --- files that are gone ---


def move(shop, there):
    """Move the store's files aside, or back."""
    for name in ("ecomflow.db", "ecomflow.db-wal", "ecomflow.db-shm"):
        file, aside = shop / "var" / name, shop / f"aside-{name}"
        source, target = (file, aside) if there else (aside, file)
        if source.exists():
            source.rename(target)


@pytest.mark.attack(73)
def test_store_that_is_moved_away_takes_nothing_until_it_is_back(shop):
    async def story():
        async with Engine.open(shop, role="engine") as engine:
            await started(engine, "cart.left", CART, id="before", subject="c1")
            move(shop, there=True)
            for name in "ab":
                with pytest.raises(StoreError, match="moved away"):
                    await engine.emit("cart.left", CART, id=name, subject="c2")
            assert not (shop / "var" / "ecomflow.db").exists(), "an empty store was put in its place"
            move(shop, there=False)
            receipt = await engine.emit("cart.left", CART, id="after", subject="c3")
            assert [d.outcome for d in receipt.decisions] == ["started"]
            return {run.subject async for run in engine.runs()}

    # Given an engine whose store is moved away, Then nothing is taken that would be lost, and all goes on when it is back.
    assert asyncio.run(asyncio.wait_for(story(), 60)) >= {"c1", "c3"}


@pytest.mark.attack(73)
def test_an_empty_file_in_the_place_of_the_store_takes_nothing_until_the_store_is_back(shop):
    async def story():
        async with Engine.open(shop, role="engine") as engine:
            await started(engine, "cart.left", CART, id="before", subject="c1")
            move(shop, there=True)
            (shop / "var" / "ecomflow.db").touch()
            for name in "ab":
                with pytest.raises(StoreError):
                    await engine.emit("cart.left", CART, id=name, subject="c2")
            for file in (shop / "var").glob("ecomflow.db*"):
                file.unlink()
            move(shop, there=False)
            receipt = await engine.emit("cart.left", CART, id="after", subject="c3")
            return [d.outcome for d in receipt.decisions]

    # Given an engine whose store gives way to an empty file, Then whoever emits is told, and all goes on when it is back.
    assert asyncio.run(asyncio.wait_for(story(), 60)) == ["started"]


@pytest.mark.attack(73)
def test_store_that_was_deleted_takes_nothing_and_the_next_engine_begins_anew(shop):
    async def story():
        async with Engine.open(shop, role="engine") as engine:
            for file in (shop / "var").glob("ecomflow.db*"):
                file.unlink()
            with pytest.raises(StoreError, match="deleted"):
                await engine.emit("cart.left", CART, id="a", subject="c1")
        async with Engine.open(shop, role="engine") as engine:
            return (await engine.emit("cart.left", CART, id="a", subject="c1")).duplicate

    assert asyncio.run(story()) is False


@pytest.mark.attack(73)
def test_inbox_that_was_deleted_is_made_anew_by_whoever_needs_it(processes, shop):
    # Given an engine and a client that have the inbox open, When it is deleted,
    processes.serve().wait_for('"ready"')

    async def story():
        async with Engine.open(shop, role="client") as client:
            await started(client, "cart.left", CART, id="before", subject="c1")
            for file in (shop / "var").glob("inbox.db*"):
                file.unlink()

            # Then what is left afterwards, by this client and by one that comes later, reaches the engine all the same.
            await started(client, "cart.left", CART, id="after", subject="c2")
        async with Engine.open(shop, role="client") as later:
            return await started(later, "cart.left", CART, id="later", subject="c3")

    assert asyncio.run(story())


@pytest.mark.attack(73)
def test_inbox_that_cannot_be_opened_for_a_while_is_looked_at_again(shop, caplog):
    async def told():
        return "looked at again" in caplog.text

    async def story():
        async with Engine.open(shop, role="engine"):
            # Given an engine whose inbox is gone, with something in its place that is none,
            for file in (shop / "var").glob("inbox.db*"):
                file.unlink()
            (shop / "var" / "inbox.db").mkdir()
            await seen(told)

            # When it can be made again, Then what is left there is carried out.
            (shop / "var" / "inbox.db").rmdir()
            async with Engine.open(shop, role="client") as client:
                return await started(client, "cart.left", CART, id="after", subject="c2")

    assert asyncio.run(story())
