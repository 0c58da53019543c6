"""Every error that ecomflow raises.

::

    EcomflowError
    ├── ProjectError          faults in workflow or project files, as diagnostics
    ├── ExpressionError       an expression or template cannot be compiled or rendered
    ├── LimitError            a value is larger or deeper than every runtime allows
    ├── EventError            an event that is no CloudEvent
    ├── CaseError             a test case that is not written as test cases are
    ├── NotFoundError         no run, event, workflow or code of that name
    ├── RefusedError          a person's request that the state of a run does not allow
    ├── ConnectionSettingsError  a setting of a connection is missing, unknown or of the wrong type
    ├── MissingExtraError     an optional package is not installed
    ├── StoreError            the store cannot be opened, read or written
    │   ├── StoreVersionError     written by a newer or foreign program
    │   └── LeaseLostError        another process is the engine now
    ├── ReplayError           a journal does not fit the definition it was written with
    └── ActionError           what an action raises to say how it failed
        ├── Retryable             try again later
        ├── RateLimited           try again after a while that the other side named
        ├── Permanent             trying again is of no use
        └── InDoubt               nobody knows whether it took effect
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecomflow.model import Diagnostic


class EcomflowError(Exception):
    """Base of every error of this package."""


class ProjectError(EcomflowError):
    """Workflow or project files have faults.

    Args:
        diagnostics: every fault of every file, in order of file and line.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.file}:{d.line}: {d.code}: {d.message}" for d in self.diagnostics))


class ExpressionError(EcomflowError):
    """An expression or template cannot be compiled, or not be rendered.

    Args:
        code: the diagnostic's code, such as ``EF201``.
        message: what is wrong, in one sentence.
        offset: characters from the beginning of the source to the fault, or None.
        length: characters of the faulty part.
        help: what to do instead, or an empty text.
    """

    def __init__(self, code: str, message: str, *, offset: int | None = None, length: int = 1, help: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.offset, self.length, self.help = code, message, offset, length, help


class LimitError(EcomflowError):
    """A value is larger or deeper than every runtime allows."""


class EventError(EcomflowError):
    """An event is no CloudEvent."""


class CaseError(EcomflowError):
    """A test case is not written as test cases are."""


class NotFoundError(EcomflowError):
    """Nothing has that name."""


class RefusedError(EcomflowError):
    """The state of the run does not allow what was asked."""


class ConnectionSettingsError(EcomflowError):
    """A setting of a connection is missing, unknown or of the wrong type."""


class MissingExtraError(EcomflowError):
    """An optional package is not installed.

    Args:
        extra: the extra that brings it.
        package: the package that could not be imported.
    """

    def __init__(self, extra: str, package: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'ecomflow[{extra}]'")
        self.extra, self.package = extra, package


class StoreError(EcomflowError):
    """The store cannot be opened, read or written."""


class StoreVersionError(StoreError):
    """The store was written by a newer or a foreign program."""


class LeaseLostError(StoreError):
    """Another process has become the engine."""


class ReplayError(EcomflowError):
    """A journal does not fit the definition that it was written with."""


class ActionError(EcomflowError):
    """Base of what an action raises to say how it failed.

    Args:
        message: what went wrong, for people.
        type: a short word for ``error.type``; the class's own by default.
    """

    kind = "permanent"

    def __init__(self, message: str, *, type: str | None = None) -> None:
        super().__init__(message)
        self.message, self.type = message, type or self.kind


class Retryable(ActionError):  # noqa: N818 reads as what it says: raise Retryable("…")
    """It certainly failed; trying again later may help."""

    kind = "retryable"


class RateLimited(ActionError):  # noqa: N818
    """It certainly failed; the other side named when to try again.

    Args:
        message: what went wrong, for people.
        retry_after: seconds to wait before the next attempt, or None.
    """

    kind = "rate_limited"

    def __init__(self, message: str, *, retry_after: float | None = None, type: str | None = None) -> None:
        super().__init__(message, type=type)
        self.retry_after = retry_after


class Permanent(ActionError):  # noqa: N818
    """It certainly failed; trying again is of no use."""


class InDoubt(ActionError):  # noqa: N818
    """Nobody knows whether it took effect (R:P9)."""

    kind = "in_doubt"
