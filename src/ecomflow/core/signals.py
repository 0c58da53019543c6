"""How steps end other than with a result: raised inside the generators, seen by nobody outside."""

from __future__ import annotations

from typing import Any

from ecomflow.errors import ReplayError


class Signal(Exception):  # noqa: N818 no error: a way out of nested steps
    """Base of the ways out."""


class StepFailed(Signal):
    """A step failed.

    Attributes:
        attempt: whether an action's last attempt failed, and not an evaluation.
        path: the step's address; ``step`` what people call it. Empty until the step's list has seen it.
    """

    def __init__(self, type_: str, message: str, *, attempt: bool = False) -> None:
        super().__init__(message)
        self.type, self.message, self.attempt = type_, message, attempt
        self.path = self.step = ""

    @property
    def error(self) -> dict[str, Any]:
        """What ``catch`` sees (R:P3)."""
        return {"type": self.type, "message": self.message, "step": self.step}


class Stopped(Signal):
    """``stop`` ends the run; ``quiet`` where ``continue_if`` ends the item, or the run."""

    def __init__(self, reason: str, *, quiet: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.quiet = reason, quiet


class Cancelled(Signal):
    """Something outside ends this branch: the run's end, a winner, a failed sibling."""


class Mismatch(ReplayError):  # noqa: N818 see Signal
    """A journal does not fit the definition: ``path`` is where that shows."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
