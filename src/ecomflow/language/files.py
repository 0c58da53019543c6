"""Reads files of a project: ordinary ones inside its folder, UTF-8, of bounded size."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from ecomflow.errors import LimitError, NotFoundError
from ecomflow.language.reader import MAX_BYTES, read_tree
from ecomflow.language.text import SourceText

if TYPE_CHECKING:
    from pathlib import Path

    from ecomflow.language.tree import Tree

_WRONG_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")


def read_bytes(path: Path, root: Path, *, below: bool = False, most: int = MAX_BYTES) -> bytes:
    """Return the content of an ordinary file.

    Args:
        path: the file.
        root: the folder that it must be in, links followed.
        below: whether its folder is known to be in there.
        most: how many bytes it may have.

    Raises:
        NotFoundError: it is not there or cannot be read.
        LimitError: it is no ordinary file, outside of the folder, or too large.
    """
    try:
        if not (below and not path.is_symlink()) and not path.resolve(strict=True).is_relative_to(root.resolve()):
            raise LimitError("a link leads outside of the project's folder")
        # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise LimitError("it is no ordinary file")
            content = file.read(most + 1)
    except (OSError, RuntimeError) as error:
        raise NotFoundError(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > most:
        raise LimitError(f"it is larger than {most // 1024:,} KiB")
    return content


def decode(content: bytes) -> str:
    """Return the text of a file, without a byte order mark.

    Raises:
        LimitError: it is not UTF-8.
    """
    if content.startswith(_WRONG_BOMS):
        raise LimitError("it is UTF-16, not UTF-8")
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise LimitError(f"it is not UTF-8: byte {error.start + 1} fits in no character") from None


def read_file(path: Path, root: Path, name: str) -> tuple[SourceText, Tree | None]:
    """Read a YAML file; what is wrong is noted in the text that comes back, with an empty tree.

    Args:
        path: the file.
        root: the project's folder.
        name: how diagnostics call it.
    """
    source = read_text(path, root, name)
    return source, None if source.faults else read_tree(source)


def read_text(path: Path, root: Path, name: str, *, below: bool = False) -> SourceText:
    """Read a file's text; what is wrong with it is noted there.

    Args:
        path: the file.
        root: the project's folder.
        name: how diagnostics call it.
        below: whether the file's folder is known to be in the project's.
    """
    shown = name.encode("utf-8", "backslashreplace").decode()
    if shown != name:  # it would be part of a version, and of rows and lines that are UTF-8
        return _unread(shown, "EF106", "the name of the file is not UTF-8: rename it")
    try:
        content = read_bytes(path, root, below=below)
    except (NotFoundError, LimitError) as error:
        return _unread(name, "EF102" if "larger" in str(error) else "EF103", str(error))
    try:
        return SourceText(decode(content), name)
    except LimitError as error:
        return _unread(name, "EF106", str(error))


def _unread(name: str, code: str, message: str) -> SourceText:
    source = SourceText("", name)
    source.fault(code, f"{name}: {message}", 0, 1)
    return source
