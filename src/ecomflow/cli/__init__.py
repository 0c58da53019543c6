"""The command line: ``ecomflow``. What is imported here stays small, so that ``--help`` answers at once."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def main() -> None:
    """Run the command line of this process and end it with the command's exit code."""
    from ecomflow.cli.running import run

    stdout = sys.stdout
    with suppress(OSError):  # one of them is closed
        _keep_stdout()
    try:
        code = run(sys.argv[1:])
    finally:
        if sys.stdout is not stdout:
            with suppress(OSError):
                sys.stdout.close()
            sys.stdout = stdout
    sys.exit(code)


def _keep_stdout() -> None:
    """Keep stdout for results: what writes to file descriptor 1 past Python, such as a plugin's child process, reaches stderr."""
    stdout = sys.stdout
    if stdout.fileno() != 1:
        return
    own = os.dup(1)
    os.dup2(2, 1)
    buffering = 1 if os.isatty(own) else -1
    sys.stdout = os.fdopen(own, "w", buffering, encoding=stdout.encoding, errors=stdout.errors)
