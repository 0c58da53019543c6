"""The hooks of a plugin: functions of these names, marked with ``@hookimpl``, in the module of an entry point ``ecomflow``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecomflow.model import EventType
    from ecomflow.plugins import ActionFunction, Declared, Source

GROUP = "ecomflow"
"""The entry-point group, and pluggy's project name."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def register_actions(register: Callable[[ActionFunction[..., object]], None]) -> None:
    """Register actions.

    Args:
        register: takes a function that ``@action`` decorated.
    """


@hookspec
def register_triggers(register: Callable[[Declared], None]) -> None:
    """Register kinds of triggers.

    Args:
        register: takes a function that ``@trigger`` decorated.
    """


@hookspec
def register_connections(register: Callable[[Declared], None]) -> None:
    """Register kinds of connections.

    Args:
        register: takes a function that ``@connection`` decorated.
    """


@hookspec
def register_event_types(register: Callable[[EventType | Source], None]) -> None:
    """Register event types, and what a vendor's webhooks become.

    Args:
        register: takes an :class:`~ecomflow.model.EventType` or a :class:`~ecomflow.plugins.Source`.
    """


@hookspec
def register_filters(register: Callable[[Declared], None]) -> None:
    """Register filters of expressions and templates.

    Args:
        register: takes a function that ``@filter`` decorated.
    """
