"""Which query lists the newest runs: what is seldom is found by an index of its own, for a walk back from the newest could be a long one."""

from __future__ import annotations

from typing import Final

from ecomflow.model import RunStatus

_OPEN: Final = frozenset({RunStatus.WAITING, RunStatus.BLOCKED, RunStatus.ENDING})


def newest_query(workflow: str | None, subject: str | None, status: str | None) -> str:
    """Return its name; arguments as for ``Reader.newest``."""
    if subject is not None:
        return "newest_runs_about"
    if status == RunStatus.FAILED:
        return "newest_failed_runs"
    if workflow is not None:
        return "newest_runs_of"
    return "newest_open_runs" if status in _OPEN else "newest_runs"
