"""The world outside: real actions over a real connection that fail as the seed says; it honours idempotency keys."""

from __future__ import annotations

import asyncio
import base64
from functools import cache
from random import Random
from typing import Any

from ecomflow import ActionCall, InDoubt, Permanent, RateLimited, Retryable, action, connection
from ecomflow.registry import Registry

SECRET = "s3cr3t-Tok/en+42"
ENDINGS = ["ok"] * 12 + ["retryable", "permanent", "in_doubt", "limited", "bug", "hangs", "tells", "tells64", "gives", "large"]


class Outside:
    """Carries out effects, each key once, and remembers who has asked.

    Args:
        seed: decides how each attempt ends, whatever else has happened.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.effects: dict[str, tuple[str, str]] = {}
        self.asked: dict[tuple[str, str], str] = {}
        self.calls = 0
        self.gone = False
        """Whether the process that calls has died: then nothing it still does happens."""
        self.calm = False
        """Whether every attempt succeeds at once from now on."""

    async def perform(self, name: str, call: ActionCall, params: dict[str, Any]) -> Any:
        """Carry out one attempt."""
        if self.gone:
            raise asyncio.CancelledError
        self.calls += 1
        assert SECRET not in repr(params), f"{call.run_id} gave a secret to an action"
        chance = Random(f"{self._seed}/{call.key}/{call.attempt}/{self.calls}")
        ending = "ok" if self.calm else chance.choice(ENDINGS)
        await asyncio.sleep(0 if self.calm else chance.choice([0, 0, 0, chance.random(), 3, 30]))
        if ending in ("ok", "in_doubt", "hangs", "gives", "large"):
            self._take_effect(name, call, params)
        return await self._end(ending, chance)

    def quick(self, name: str, call: ActionCall, params: dict[str, Any]) -> Any:
        """Carry out one attempt at once."""
        if self.gone:
            raise Retryable("the process has died")
        self.calls += 1
        chance = Random(f"{self._seed}/{call.key}/{call.attempt}/{self.calls}")
        if not self.calm and chance.random() < 0.2:
            raise Retryable("not now")
        self._take_effect(name, call, params)
        return {"n": chance.randint(0, 9)}

    def _take_effect(self, name: str, call: ActionCall, params: dict[str, Any]) -> None:
        what = (name, repr(sorted(params.items())))
        before = self.effects.setdefault(call.key, what)
        assert before == what, f"{call.key} came with other parameters: {before}, {what}"
        self.asked[call.run_id, call.key] = name

    async def _end(self, ending: str, chance: Random) -> Any:
        if ending == "hangs":
            await asyncio.sleep(100_000)
        if ending == "gives":
            return {"n": 1, "token": f"Bearer {SECRET}"}
        if ending == "large":
            return {"n": 1, "text": "x" * 300_000}
        failures = {
            "retryable": Retryable("it failed"), "permanent": Permanent("it will never do"), "in_doubt": InDoubt("the line broke"),
            "limited": RateLimited("too many", retry_after=chance.choice([None, 5, 7000])), "bug": ZeroDivisionError("a fault of its own"),
            "tells": Retryable(f"401 for {SECRET}", type=chance.choice([None, SECRET])),
            "tells64": Permanent(f"Basic {base64.b64encode(f'user:{SECRET}'.encode()).decode()}"),
        }  # fmt: skip
        if ending in failures:
            raise failures[ending]
        return {"n": chance.randint(0, 9)}


@connection("outside")
async def open_outside(token: str) -> Outside:
    """Open the world outside.

    Args:
        token: the secret.
    """
    assert token == SECRET
    return WORLDS[-1]


WORLDS: list[Outside] = []
"""The world of the seed that runs now."""


@action("probe.read", effect="reads", connections=("outside",))
async def read(call: ActionCall, thing: Any = None, n: Any = None, text: str = "") -> Any:
    """Read."""
    return await call.connection.perform("probe.read", call, {"thing": thing, "n": n, "text": text})


@action("probe.send", effect="sends", connections=("outside",), timeout=40.0)
async def send(call: ActionCall, thing: Any = None, n: Any = None, text: str = "") -> Any:
    """Send."""
    return await call.connection.perform("probe.send", call, {"thing": thing, "n": n, "text": text})


@action("probe.charge", effect="charges", connections=("outside",))
async def charge(call: ActionCall, thing: Any = None, n: Any = None, text: str = "") -> Any:
    """Charge."""
    return await call.connection.perform("probe.charge", call, {"thing": thing, "n": n, "text": text})


@action("probe.write", effect="writes", connections=("outside",), idempotent=True)
async def write(call: ActionCall, thing: Any = None, n: Any = None, text: str = "") -> Any:
    """Write."""
    return await call.connection.perform("probe.write", call, {"thing": thing, "n": n, "text": text})


@action("probe.note", effect="writes", quick=True)
def note(call: ActionCall, thing: Any = None, n: Any = None, text: str = "") -> Any:
    """Note."""
    return WORLDS[-1].quick("probe.note", call, {"thing": thing, "n": n, "text": text})


ACTIONS = ("probe.read", "probe.send", "probe.charge", "probe.write", "probe.note")


@cache
def registry() -> Registry:
    """Return what is installed, with the actions of this world."""
    found = Registry.load([open_outside, read, send, charge, write, note])
    assert all(found.has_action(name) for name in ACTIONS)
    return found
