"""Names a process as the holder of a lease, and tells whether such a process still lives."""

from __future__ import annotations

import os
import secrets
import socket


def holder_here() -> str:
    """Return a text that names this process, another one at each call."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def holder_lives(holder: str) -> bool:
    """Return whether the process that holds a lease may still run: False only where it is known to be gone."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
