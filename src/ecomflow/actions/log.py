"""The action ``log.write``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated, Any

from ecomflow import Mark, action, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger("ecomflow.log")

Line = Annotated[Any, Mark({"type": "string"}, str)]
"""A text; a single expression keeps its type, and its value is written as it is."""


@action("log.write", effect="writes", quick=True)
def write(message: Line) -> None:
    """Write a line into the program's log.

    Args:
        message: the text.
    """
    _LOG.info("%s", message)


@write.plan
def plan(message: object, **_: object) -> str:
    """Say which line would be written."""
    return f"log: {message}"


@hookimpl
def register_actions(register: Callable[[object], None]) -> None:
    """Register ``log.write``."""
    register(write)
