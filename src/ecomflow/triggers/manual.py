"""The kind ``manual``: a person or a program starts the workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ecomflow import Firing, Happening, Reaction, Watch, hookimpl, trigger

if TYPE_CHECKING:
    from collections.abc import Callable


class ByHand(Watch):
    """Fires when somebody asks, with what they give."""

    by_hand = True

    def react(self, state: Any, happening: Happening) -> Reaction:
        """Fire where somebody asks."""
        return Reaction(state, (Firing(data=happening.data),) if happening.kind == "asked" else ())


@trigger("manual", event="workflow.started_by_hand")
def by_hand(manual: Literal[True]) -> Watch:  # noqa: ARG001 the key alone says it
    """Fires when a person or a program starts the workflow: `ecomflow run`, `Engine.start_workflow`.

    Args:
        manual: always true.
    """
    return ByHand()


@hookimpl
def register_triggers(register: Callable[[object], None]) -> None:
    """Register the kind."""
    register(by_hand)
