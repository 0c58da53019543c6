"""The store's files and the disk that they lie on: what others could do with them, or the engine could not, is told."""

import json
import logging
import os
import stat

import pytest

from ecomflow import Engine
from ecomflow.cli.running import run
from ecomflow.store import disks

STRANGER = 54321
PROJECT = "shop: acme\n"
WORKFLOW = "name: hello\ntrigger: {event: order.created}\nactions:\n  - action: log.write\n    with: {message: hello}\n"


@pytest.fixture
def shop(tmp_path):
    """Return a project whose engine has run."""
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "hello.yaml").write_text(WORKFLOW)
    (tmp_path / "ecomflow.yaml").write_text(PROJECT)
    with Engine.open(tmp_path, role="engine").in_thread():
        pass
    yield tmp_path
    (tmp_path / "var").chmod(0o700)


@pytest.fixture
def told(capsys):
    """Return what looks a project over and gives what is wrong with its files, with the remedies."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def look(shop):
        capsys.readouterr()
        code = run(["doctor", "--json", "--project", str(shop)])
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        wrong = [each for each in found if each.get("check") == "files" and each["level"] != "ok"]
        assert code == int(any(each.get("level") == "fail" for each in found))
        return "\n".join(f"{each['level']}: {each['message']} {each['details']} -> {each['remedy']}" for each in wrong)

    yield look
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.attack(72)
def test_nothing_is_wrong_with_files_that_the_engine_made(shop, told):
    assert told(shop) == ""
    assert {stat.S_IMODE(file.stat().st_mode) for file in (shop / "var").iterdir()} == {0o600}


@pytest.mark.attack(72)
@pytest.mark.parametrize(("mode", "words"), [(0o644, "fail: everybody may read"), (0o640, "warn: the group may read")])
def test_files_that_others_may_read_are_told(shop, told, mode, words):
    (shop / "var" / "ecomflow.db").chmod(mode)

    found = told(shop)
    assert words in found
    assert f"has mode {mode:04o}" in found
    assert "chmod 600" in found


@pytest.mark.attack(72)
def test_a_folder_in_which_the_engine_cannot_write_is_told(shop, told):
    # Given a store whose owner may not write in its folder: SQLite could not make its log
    if os.geteuid() == 0:
        for file in (shop / "var").iterdir():
            os.chown(file, STRANGER, STRANGER)
    else:
        (shop / "var").chmod(0o500)

    # When the shop is looked over, Then this is said, with what to do.
    found = told(shop)
    assert "fail: " in found
    assert f"may not write in {shop / 'var'}" in found
    assert "chown" in found


@pytest.mark.attack(72)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_files_of_another_owner_are_told(shop, told):
    # Given an inbox that root made, by a command, beside the store of the user who runs the engine
    os.chown(shop / "var", STRANGER, STRANGER)
    os.chown(shop / "var" / "ecomflow.db", STRANGER, STRANGER)

    # When the shop is looked over, Then it is said that the engine cannot write it.
    found = told(shop)
    assert f"fail: user {STRANGER} may not write {shop / 'var' / 'inbox.db'} (it is root's, mode 0600)" in found
    assert f"chown {STRANGER} {shop}" in found


@pytest.mark.attack(72)
def test_a_folder_that_is_mounted_for_reading_is_told(shop, told, monkeypatch):
    # Given a file system that takes no writing, When the shop is looked over, Then this is said.
    real = os.statvfs

    def reading(path):
        found = list(real(path))
        found[8] |= os.ST_RDONLY
        return os.statvfs_result(found)

    monkeypatch.setattr(os, "statvfs", reading)
    assert "is mounted for reading alone" in told(shop)


def mounts(tmp_path, monkeypatch, *lines):
    table = tmp_path / "mountinfo"
    table.write_text("22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n" + "".join(f"{line}\n" for line in lines))
    monkeypatch.setattr(disks, "MOUNTS", table)


@pytest.mark.attack(77)
@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_store_on_a_network_file_system_is_told(shop, told, monkeypatch, tmp_path, kind):
    # Given a shop whose folder lies on another machine's disk, as the system's table of mounts says,
    mounts(tmp_path, monkeypatch, f"40 22 0:52 / {shop} rw,relatime shared:9 - {kind} server:/export rw")

    # When it is looked over, Then it is said what that means and what to do.
    found = told(shop)
    assert f"fail: {shop / 'var' / 'ecomflow.db'} lies on a network file system ({kind})" in found
    assert "move it to a local disk" in found


@pytest.mark.attack(77)
def test_an_engine_on_a_network_file_system_says_so_when_it_begins(shop, monkeypatch, caplog, tmp_path):
    mounts(tmp_path, monkeypatch, f"40 22 0:52 / {shop} rw,relatime - nfs4 server:/export rw")

    with Engine.open(shop, role="engine").in_thread():
        pass
    assert "lies on a network file system (nfs4)" in caplog.text


@pytest.mark.attack(77)
def test_the_file_system_is_that_of_the_nearest_mount(tmp_path, monkeypatch):
    # Given mounts inside of each other, one laid over another, and one whose name has a blank,
    home = tmp_path.resolve()
    mounts(
        tmp_path, monkeypatch, f"40 22 0:52 / {home}/share rw - nfs4 server:/ rw", f"41 40 8:2 / {home}/share/local rw - xfs /dev/sdb rw",
        f"42 22 0:53 / {home}/over rw - ext4 /dev/sdc rw", f"43 22 0:54 / {home}/over rw - cifs //server/x rw",
        f"44 22 0:55 / {home}/my\\040shop rw shared:1 master:2 - nfs server:/ rw", "broken line",
    )  # fmt: skip

    # When it is asked on which of them a file lies, Then it is the nearest, the last of those in one place.
    kinds = {name: disks.file_system(home / name) for name in ("share/s.db", "share/local/s.db", "over/s.db", "my shop/s.db", "shared/s.db")}
    assert kinds == {"share/s.db": "nfs4", "share/local/s.db": "xfs", "over/s.db": "cifs", "my shop/s.db": "nfs", "shared/s.db": "ext4"}


@pytest.mark.attack(77)
def test_where_the_system_tells_nothing_of_mounts_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(disks, "MOUNTS", tmp_path / "none")

    assert disks.network_file_system(tmp_path / "s.db") is None
