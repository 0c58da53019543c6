"""The command line: ``ecomflow``. What is imported here stays small, so that ``--help`` answers at once."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line of this process and end it with the command's exit code."""
    from ecomflow.cli.running import run

    sys.exit(run(sys.argv[1:]))
