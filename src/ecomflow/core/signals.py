"""How steps end other than with a result: raised inside the generators, seen by nobody outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecomflow.errors import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Callable


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


def evaluated(what: Callable[[dict[str, Any]], Any], names: dict[str, Any]) -> list[Any]:
    """Return an outcome as the trail keeps it: a value, or none and the error that a step fails with."""
    try:
        return [what(names)]
    except ExpressionError as error:
        type_ = error.code if error.code in ("unknown", "limit") else "expression"
        return [None, {"type": type_, "message": error.message}]
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        return [None, {"type": "expression", "message": f"{type(error).__name__}: {error}"}]
