"""The file in which is kept what came of a project's files, for the next process that reads it.

It holds plain data and nothing that runs. It counts only where its mark fits: a digest of all that decides what comes of a
file, beside the file itself and what it names, which stand with each entry. A file that is broken, of another version or not
there is the same as none, and one that cannot be written is done without.
"""

from __future__ import annotations

import os
import sys
import zoneinfo
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ecomflow.errors import LimitError, NotFoundError
from ecomflow.language.files import read_bytes
from ecomflow.language.summary import Summary
from ecomflow.model import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.language.declared import Declared

_FORMAT: Final = 1
_MAX_BYTES: Final = 67_108_864
_METADATA: Final = (".dist-info", ".egg-info", ".egg-link", ".pth")
_PACKAGE: Final = Path(__file__).resolve().parents[1]


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What came of a file.

    Attributes:
        text: a digest of the file's.
        name: the workflow's.
        inputs: the names of those that it declares; None where what it declares is no mapping.
        faults: what was found in it by itself.
        templates: each template file that was asked for, with a digest of its text then.
        asked: what it asked for of other distributions, with a digest of what was found.
        leads: where it leads to other workflows, or they to it: how, whereto, the path.
        starts: the types of events that start it.
        summary: of the workflow, where it is on the shelf.
    """

    text: str
    name: str
    inputs: tuple[str, ...] | None
    faults: tuple[Diagnostic, ...]
    templates: dict[str, str | None]
    asked: dict[str, str]
    leads: tuple[tuple[str, tuple[str, ...], str], ...]
    starts: tuple[str, ...]
    summary: Summary | None = None


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(dict[str, Entry])


def digest_of(text: str) -> str:
    """Return what tells a text from all others."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def mark_of(settings: str, declared: Declared) -> str:
    """Return the digest of all that decides what comes of any file of a project.

    Args:
        settings: the text of its project file.
        declared: what is installed.
    """
    return digest_of("\n".join((str(_FORMAT), sys.version, *_sources(), *_installed(), *_zones(), declared.start, settings)))


# Both as they were when the process began to read: what it has imported does not change with the files.
@cache
def _sources() -> tuple[str, ...]:
    """Return what tells the own code from that of another time, as Python tells it: size and time of each file."""
    found = ((file, file.stat()) for file in sorted(_PACKAGE.rglob("*.*")) if file.suffix != ".pyc")
    return tuple(f"{file} {stat.st_size} {stat.st_mtime_ns}" for file, stat in found)


@cache
def _installed() -> tuple[str, ...]:
    """Return what is installed, each distribution with its version, as the folders of their metadata are called."""
    found = set[str]()
    for folder in sys.path:
        with suppress(OSError):
            found.update(each.name for each in Path(folder).iterdir() if each.name.endswith(_METADATA))
    return tuple(sorted(found))


def _zones() -> tuple[str, ...]:
    found = []
    for folder in zoneinfo.TZPATH:
        with suppress(OSError):
            found.append(f"{folder} {Path(folder).stat().st_mtime_ns}")
    return tuple(found)


def read_shelf(path: Path, settings: str, declared: Declared) -> dict[str, Entry]:
    """Return what is kept, by file; nothing where the shelf does not count.

    Args:
        path: the shelf.
        settings: the text of the project file.
        declared: what is installed.
    """
    try:
        content = read_bytes(path, path.parent, most=_MAX_BYTES)
        mark = mark_of(settings, declared)
        head, body = content[: len(mark) * 2], content[len(mark) * 2 :]
        return _decoder.decode(body) if head == _head(mark, body) else {}
    except (NotFoundError, LimitError, msgspec.MsgspecError, ValueError, RecursionError):
        return {}


def can_hold(file: str, entry: Entry) -> bool:
    """Return whether an entry can be kept: not every number and not every text can be written down.

    Args:
        file: the file's name.
        entry: what came of it.
    """
    try:
        _encoder.encode((file, entry))
    except (OverflowError, UnicodeEncodeError):
        return False
    return True


def write_shelf(path: Path, settings: str, declared: Declared, entries: Mapping[str, Entry]) -> None:
    """Keep what came of files, in place of what was kept before, where that can be written.

    Args:
        path: the shelf; its folder is made.
        settings: the text of the project file.
        declared: what is installed.
        entries: by file; each one that the shelf can hold.
    """
    body = _encoder.encode(entries)
    content = _head(mark_of(settings, declared), body) + body
    if len(content) > _MAX_BYTES:
        return
    # Beside it first, in a file that is always a new one: what lies there was left by a process that was killed or had no room,
    # or is a link to somewhere else. Or another process writes there now: then either puts in place the file of who began last,
    # which does not count before it is whole.
    new = path.with_name(f"{path.name}.new")
    with suppress(OSError, ValueError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        new.replace(path)


def remove_shelf(path: Path) -> None:
    """Keep nothing any more.

    Args:
        path: the shelf, which need not be there.
    """
    with suppress(OSError, ValueError):
        path.unlink(missing_ok=True)


def _head(mark: str, body: bytes) -> bytes:
    return (mark + blake2b(body, digest_size=16).hexdigest()).encode()
