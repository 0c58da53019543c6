"""Calls as the hands make them, and the connection that each goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.runtime.base import Call

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecomflow.core.commands import RunAction
    from ecomflow.language import ConnectionConfig
    from ecomflow.model import ActionSpec
    from ecomflow.runtime.record import LiveRun

LOCAL = "local"


def chosen(spec: ActionSpec, connections: Mapping[str, ConnectionConfig]) -> str | None:
    """Return the connection of an action whose step names none: the first that fits; None where none does."""
    if not spec.connections:
        return None
    fitting = (each.name for each in connections.values() if each.plugin in spec.connections)
    return next(fitting, LOCAL if LOCAL in spec.connections else None)


def call_of(run: LiveRun, command: RunAction, at: datetime) -> Call:
    """Return the call that a command asks for."""
    workflow, path = run.workflow, command.path
    # As a tuple: the function that makes a NamedTuple costs as much again, and every call comes by here.
    return tuple.__new__(Call, (
        at, workflow.name, run.id, run.n, command.step or path, path, command.action, command.params, command.connection,
        command.key, command.attempt, command.effect, command.timeout, run.subject, workflow.locale,
        command.page, (),
    ))  # fmt: skip
