"""A datagram socket in the project folder by which other processes wake the engine."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAX_BYTES = 100
"""A longer path is no address of a socket."""

_OPEN_FOLDERS = "/proc/self/fd"
"""Where Linux gives each open folder a short name."""


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str | None]:
    """Give an address of a path while it is used; None where there is none, and the engine looks by itself."""
    if not hasattr(socket, "AF_UNIX"):
        yield None
    elif len(os.fsencode(path)) <= _MAX_BYTES:
        yield str(path)
    elif not Path(_OPEN_FOLDERS).is_dir():
        yield None
    else:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"{_OPEN_FOLDERS}/{folder}/{path.name}"
        finally:
            os.close(folder)


class WakeSocket:
    """The engine's end: calls back when somebody rings.

    Args:
        path: where the socket lies; a stale one is replaced, for only the engine gets here.
        ring: what to call.
    """

    def __init__(self, path: Path, ring: Callable[[], None]) -> None:
        self._path, self._ring = path, ring
        self.socket: socket.socket | None = None
        with _address(path) as address:
            if address is not None:
                path.unlink(missing_ok=True)
                self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self.socket.setblocking(False)
                self.socket.bind(address)
                path.chmod(0o600)
                self._inode = path.stat().st_ino

    def read(self) -> None:
        """Empty the socket and ring once."""
        assert self.socket is not None
        with contextlib.suppress(BlockingIOError):
            while self.socket.recv(64):
                pass
        self._ring()

    def close(self) -> None:
        """Close and remove the socket, unless another engine has put its own in the place."""
        if self.socket is not None:
            self.socket.close()
            with contextlib.suppress(FileNotFoundError):
                if self._path.stat().st_ino == self._inode:
                    self._path.unlink()


def ring(path: Path) -> bool:
    """Wake the engine, if one listens; return whether one does, as far as that can be told."""
    with contextlib.suppress(OSError), _address(path) as address:
        if address is not None:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
                bell.setblocking(False)
                bell.sendto(b"1", address)
                return True
    return False
