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
    # As a tuple: the function that makes a NamedTuple costs as much again, and so does each look at a field; every call comes by here.
    path, key, action, params, connection, attempt, timeout, effect, _, step, page = command
    workflow = run.workflow
    return tuple.__new__(Call, (
        at, workflow.name, run.id, run.n, step or path, path, action, params, connection, key, attempt, effect, timeout,
        run.subject, workflow.locale, page, (),
    ))  # fmt: skip
