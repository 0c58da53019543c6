"""How steps end other than with a result: raised inside the generators, seen by nobody outside."""

from __future__ import annotations

from typing import Any


class Signal(Exception):  # noqa: N818 no error: a way out of nested steps
    """Base of the ways out."""


class StepFailed(Signal):
    """A step failed. ``path`` is its address, ``seq`` the entry that was being fed."""

    def __init__(self, type_: str, message: str, step: str, path: str, seq: int) -> None:
        super().__init__(message)
        self.type, self.message, self.step, self.path, self.seq = type_, message, step, path, seq

    @property
    def error(self) -> dict[str, Any]:
        """What ``catch`` sees (R:P3)."""
        return {"type": self.type, "message": self.message, "step": self.step}


class Stopped(Signal):
    """``stop`` ends the run."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Declined(Stopped):
    """``continue_if`` was false: it ends the item, or the run."""


class Cancelled(Signal):
    """Something outside ends this branch: the run's end, a winner, a failed sibling."""
