"""Checks of the files of a store: who may read and write them, and the disk that they lie on."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ecomflow.cli.doctor.findings import fail, ok, some, warn
from ecomflow.cli.sizes import size
from ecomflow.store.disks import file_system, network_file_system
from ecomflow.store.inbox import inbox_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ecomflow.cli.doctor.findings import Finding
    from ecomflow.cli.doctor.installation import Installation

_BESIDE: Final = ("", "-wal", "-shm", "-journal")
_FULL: Final = 100 * 1024 * 1024
_NEARLY_FULL: Final = 1024 * 1024 * 1024
_LONG_LOG: Final = 256 * 1024 * 1024
_ADMIN: Final = 0
_NAMELESS: Final = "user "


@dataclass(frozen=True, slots=True)
class _User:
    """Whose files they should be: the owner of the store, else who asks."""

    number: int
    groups: frozenset[int]

    def __str__(self) -> str:
        return name_of(self.number)

    @property
    def login(self) -> str:
        """How ``chown`` takes it: the name, or the number where it has none."""
        return str(self).removeprefix(_NAMELESS)

    def may(self, found: os.stat_result, wanted: int) -> bool:
        """Return whether this user may do something with a file: 4 read, 2 write, 1 enter, and sums of these."""
        if self.number == _ADMIN:
            return True
        shift = 6 if found.st_uid == self.number else 3 if found.st_gid in self.groups else 0
        return (found.st_mode >> shift) & wanted == wanted


def name_of(number: int) -> str:
    """Return the name of a user by number; the number where there is none."""
    with suppress(ImportError, KeyError):
        import pwd

        return pwd.getpwuid(number).pw_name
    return f"{_NAMELESS}{number}"


def _user(number: int) -> _User:
    with suppress(ImportError, KeyError):
        import pwd

        entry = pwd.getpwuid(number)
        return _User(number, frozenset(os.getgrouplist(entry.pw_name, entry.pw_gid)))
    return _User(number, frozenset(os.getgroups() if number == os.geteuid() else ()))


def files(found: Installation) -> Iterator[Finding]:
    """Look at the store's files and their folder: owner, mode, place, room."""
    if found.path is None:
        return
    if not hasattr(os, "geteuid"):
        yield ok("owners and modes of files are not looked at on this system")
        return
    if not found.is_reachable:
        yield fail(f"{name_of(os.geteuid())} may not look into {found.path.parent}", "run this as the user who runs the engine; the folder must be that user's")
        return
    folder = _nearest(found.path.parent)
    engine = _user(found.path.stat().st_uid if found.path.exists() else os.geteuid())
    findings = [*_folder(folder, engine), *_each_file(found.path, engine), *_place(found.path), *_room(folder), *_log(found)]
    yield from findings or [ok(_fine(found.path, folder, engine))]


def _fine(path: Path, folder: Path, engine: _User) -> str:
    mine = f"{engine}'s alone" if path.exists() else f"{engine} may make the store there"
    return f"{path.parent}: {mine}, on {file_system(folder) or 'a local disk'}, {size(shutil.disk_usage(folder).free)} free"


def _nearest(folder: Path) -> Path:
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _folder(folder: Path, engine: _User) -> Iterator[Finding]:
    found = folder.stat()
    if not folder.is_dir():
        yield fail(f"{folder} is no folder: the store cannot be made in it", "remove it, or name another file as `store:` in ecomflow.yaml")
    elif os.statvfs(folder).f_flag & os.ST_RDONLY:
        yield fail(f"{folder} is mounted for reading alone: nothing can be kept", "mount it for writing, or name another file as `store:` in ecomflow.yaml")
    elif not engine.may(found, 3):
        yield fail(
            f"{engine} may not write in {folder} (it is {name_of(found.st_uid)}'s, mode {_mode(found)}): SQLite makes its log beside the store",
            f"chown {engine.login} {folder}; chmod u+rwx {folder}",
        )  # fmt: skip


def _each_file(path: Path, engine: _User) -> Iterator[Finding]:
    there = _there(path)
    for file, found in there.items():
        if not engine.may(found, 6):
            yield fail(f"{engine} may not write {file} (it is {name_of(found.st_uid)}'s, mode {_mode(found)})", f"chown {engine.login} {file}; chmod 600 {file}")
        elif found.st_uid != engine.number and engine.number != _ADMIN:
            yield warn(f"{file} is {name_of(found.st_uid)}'s, and the store is {engine}'s", f"chown {engine.login} {file}; run all commands as one user")
    yield from _modes(there)


def _there(path: Path) -> dict[Path, os.stat_result]:
    """Return the files of a store and of what lies beside it; an engine that ends removes some in this moment."""
    found = {}
    for base in (path, inbox_path(path), path.with_name("local.db")):
        for file in (base.with_name(base.name + suffix) for suffix in _BESIDE):
            with suppress(FileNotFoundError, NotADirectoryError):
                found[file] = file.stat()
    return {file: each for file, each in found.items() if stat.S_ISREG(each.st_mode)}


def _modes(there: Mapping[Path, os.stat_result]) -> Iterator[Finding]:
    everybody = [file for file, found in there.items() if found.st_mode & 0o007]
    group = [file for file, found in there.items() if found.st_mode & 0o070 and file not in everybody]
    for open_to, who, level in ((everybody, "everybody", fail), (group, "the group", warn)):
        if open_to:
            yield level(f"{who} may read or write what holds people's data", f"chmod 600 {' '.join(map(str, open_to))}", *some([f"{file} has mode {_mode(there[file])}" for file in open_to]))


def _mode(found: os.stat_result) -> str:
    return f"{stat.S_IMODE(found.st_mode):04o}"


def _place(path: Path) -> Iterator[Finding]:
    kind = network_file_system(path)
    if kind is not None:
        yield fail(
            f"{path} lies on a network file system ({kind}): the locks of SQLite do not hold there, so that two engines may run, and commits be lost",
            "move it to a local disk, and name it as `store:` in ecomflow.yaml; then `ecomflow resume --adopt`",
        )  # fmt: skip


def _room(folder: Path) -> Iterator[Finding]:
    free, disk = shutil.disk_usage(folder).free, os.statvfs(folder)
    if free < _FULL:
        yield fail(f"the disk of {folder} is full ({size(free)} free): new events are refused", "make room; the engine goes on by itself")
    elif disk.f_files and not disk.f_favail:
        yield fail(f"the disk of {folder} takes no more files (no inode is free)", "remove files; the engine goes on by itself")
    elif free < _NEARLY_FULL:
        yield warn(f"the disk of {folder} is nearly full: {size(free)} free", "make room before events are refused")


def _log(found: Installation) -> Iterator[Finding]:
    assert found.path is not None
    log = found.path.with_name(f"{found.path.name}-wal")
    if log.exists() and log.stat().st_size > _LONG_LOG:
        yield warn(f"{log} has grown to {size(log.stat().st_size)}: some process has been reading the store for long", "end what reads it (a backup, a program with the store open); the engine then uses the log anew")
