"""Actions carried out for real while time is virtual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecomflow.runtime.base import Answer

if TYPE_CHECKING:
    import asyncio

    from ecomflow.runtime.base import Call
    from ecomflow.runtime.hands import Hands


class RealPerformer:
    """Calls installed actions for the simulated runtime; in virtual time an answer takes no time.

    Args:
        hands: who calls them.
        loop: the loop that they are awaited on.
    """

    def __init__(self, hands: Hands, loop: asyncio.AbstractEventLoop) -> None:
        self._hands, self._loop = hands, loop

    def perform(self, call: Call) -> Answer:
        """Carry out one attempt and wait for it."""
        if self._hands.is_quick(call.action):
            return Answer(self._hands.call_quick(call))
        return Answer(self._loop.run_until_complete(self._hands.call(call)))
