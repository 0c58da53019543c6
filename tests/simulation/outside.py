"""The world outside: answers calls as the seed says, remembers what took effect, and what must never have been asked."""

from __future__ import annotations

from random import Random
from typing import Any

from ecomflow.model import Effect
from ecomflow.runtime.base import Answer, Call

_FAILED = {"ok": False, "type": "probe", "message": "it failed"}


class Outside:
    """Carries out actions for a simulation.

    Args:
        random: decides how calls end, and when.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self.effects: dict[str, tuple[str, Any]] = {}
        self.keys: dict[tuple[str, str], str] = {}
        self.calls = 0

    def perform(self, call: Call) -> Answer:
        """Answer a call, after no time or some, and sometimes never in time."""
        self.calls += 1
        self._check(call)
        takes = self._random.choice([0, 0, 0, 1, 1, 30, 100])
        ending = self._random.choice(["ok"] * 6 + ["retryable", "permanent", "in_doubt"])
        if ending in ("ok", "in_doubt"):
            self.effects[call.key] = (call.action, call.params)
        if ending == "ok":
            return Answer({"ok": True, "result": {"n": self._random.randint(0, 9)}}, takes)
        return Answer({**_FAILED, "class": ending}, takes)

    def _check(self, call: Call) -> None:
        key = self.keys.setdefault((call.run_id, call.path), call.key)
        assert call.key == key, f"{call.run_id} {call.path} came under two keys"
        done = self.effects.get(call.key)
        if done is not None:
            assert done == (call.action, call.params), f"{call.key} came with other parameters"
            assert call.effect is not Effect.CHARGES, f"{call.key} was charged and charged again"
