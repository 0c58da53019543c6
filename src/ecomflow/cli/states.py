"""The option --status: one state of runs, or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ecomflow.model import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable


def _states(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    if value is None:
        return None
    named = [part.strip() for part in value.split(",")]
    unknown = [part for part in named if part not in {str(status) for status in RunStatus}]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is no state; there are {', '.join(map(str, RunStatus))}")
    return ",".join(named)


def status_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --status; the command gets states parted by commas, or None."""
    option = click.option("--status", metavar="STATE[,STATE]", callback=_states, help="Only in this state, or one of these: failed,blocked.")
    return option(function)
