"""The option --since: a moment, or how long ago."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from ecomflow.cli.words import moment
from ecomflow.errors import ExpressionError
from ecomflow.expressions.durations import parse_duration, subtract
from ecomflow.runtime.clock import to_micros

if TYPE_CHECKING:
    from collections.abc import Callable


def _micros(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:  # noqa: ARG001
    if value is None:
        return None
    try:
        return to_micros(subtract(datetime.now(UTC), parse_duration(value), "UTC"))
    except (ExpressionError, ValueError):
        return to_micros(moment(value))


def since_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --since; the command gets microseconds since 1970, or None."""
    option = click.option("--since", metavar="WHEN", callback=_micros, help="Only from then on: a moment, or how long ago (24h, 7d).")
    return option(function)
