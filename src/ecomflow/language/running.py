"""What the language has and this version does not run: the one list, which only ever shrinks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecomflow.language.node import Node

NOT_RUNNING: Final[Mapping[str, str]] = {
    "trigger threshold": "triggers of kind `threshold`",
    "trigger changed": "triggers of kind `changed`",
    "trigger absence": "triggers of kind `absence`",
    "trigger count": "triggers of kind `count`",
    "trigger batch": "triggers of kind `batch`",
    "trigger date": "triggers of kind `date`",
    "holds_for": "`holds_for`",
    "debounce": "`debounce`",
}


def refuse_unless_running(what: str, node: Node) -> None:
    """Note EF190 where a part of the language does not run yet.

    Args:
        what: the part, as the list names it.
        node: where it stands.
    """
    if what in NOT_RUNNING:
        node.fault("EF190", f"{NOT_RUNNING[what]}: this is read and checked, but this version does not run it yet")
