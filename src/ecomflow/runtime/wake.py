"""A datagram socket in the project folder by which other processes wake the engine."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MAX_PATH = 100
"""A longer path is no address of a socket; the engine then looks by itself."""


class WakeSocket:
    """The engine's end: calls back when somebody rings.

    Args:
        path: where the socket lies; a stale one is replaced, for only the engine gets here.
        ring: what to call.
    """

    def __init__(self, path: Path, ring: Callable[[], None]) -> None:
        self._path, self._ring = path, ring
        self.socket: socket.socket | None = None
        if len(str(path)) <= _MAX_PATH and hasattr(socket, "AF_UNIX"):
            path.unlink(missing_ok=True)
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.socket.setblocking(False)
            self.socket.bind(str(path))
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


def ring(path: Path) -> None:
    """Wake the engine, if one listens; without one nothing happens."""
    if len(str(path)) > _MAX_PATH or not hasattr(socket, "AF_UNIX"):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.setblocking(False)
        bell.sendto(b"1", str(path))
