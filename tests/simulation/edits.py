"""Files that are edited while a shop lives, and deployed: runs that wait go on in the new versions, or stay."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

EDIT = 1000
"""What the numbers of operations begin with that deploy edited files."""


def operations_of(seed: int, count: int) -> list[int]:
    """Return the numbers of a seed's operations; in some seeds there are deployments between the others."""
    chance, found = Random(f"{seed}/edits"), list(range(count))
    if chance.random() < 0.3:
        for at in sorted(chance.sample(range(2, count), chance.randint(2, 4)), reverse=True):
            found.insert(at, EDIT + at)
    return found


def edited(made: dict[str, Any], random: Random, step: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return a workflow with other steps in between, some of its own inside an ``if``, few left out, and a pause early on."""
    actions: list[dict[str, Any]] = []
    for own in made["actions"]:
        if random.random() < 0.4:
            actions.append(step())
        if random.random() < 0.25:
            actions.append({"if": "thing.n < 0", "then": [own], "else": [step()]})
        elif random.random() < 0.9:
            actions.append(own)
    actions.insert(random.randrange(2), {"id": "pause", "wait": random.choice(["20s", "7m", "5h"])})
    return {**made, "actions": [*actions, step()]}
