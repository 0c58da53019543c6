"""Gift cards for ecomflow. This module is what the entry point names: it tells ecomflow what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow import hookimpl
from ecomflow_giftcard.counting import every_nth
from ecomflow_giftcard.issuing import issue
from ecomflow_giftcard.ledger import giftcards
from ecomflow_giftcard.words import USED, masked

if TYPE_CHECKING:
    from collections.abc import Callable

    Register = Callable[[object], None]


@hookimpl
def register_actions(register: Register) -> None:
    """Register ``giftcard.issue``."""
    register(issue)


@hookimpl
def register_triggers(register: Register) -> None:
    """Register the kind ``every_nth``."""
    register(every_nth)


@hookimpl
def register_connections(register: Register) -> None:
    """Register ``giftcards``."""
    register(giftcards)


@hookimpl
def register_filters(register: Register) -> None:
    """Register ``masked``."""
    register(masked)


@hookimpl
def register_event_types(register: Register) -> None:
    """Register ``giftcard.used``."""
    register(USED)
