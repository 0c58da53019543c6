"""Random small shops: workflows of every step, and what arrives, all from one seed."""

from __future__ import annotations

import json
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

from edits import edited
from listening import DATES, listening, paired

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

ACTIONS = ("probe.read", "probe.send", "probe.charge", "probe.write", "probe.note")
Steps = list[dict[str, Any]]
LEAK = "{{ 's3cr3t-' ~ 'Tok/en+42' }}"
"""Gives what is registered as a secret, though no file holds it."""

_THING = {"thing": "{{ thing.id | default('none') }}", "n": "{{ thing.n | default(1) }}"}
PROJECT = {
    "shop": "acme", "people": {"finance": ["ana@shop.example", "bo@shop.example"]},
    "caps": {"few": {"limit": 2, "per": "2h", "key": "thing.id"}},
    "connections": {"world": {"plugin": "outside", "token": {"secret": "OUTSIDE_TOKEN"}}},
}  # fmt: skip


class Author:
    """Writes workflows.

    Args:
        random: where its ideas come from.
        names: where the numbers of its names begin.
    """

    def __init__(self, random: Random, names: int = 0) -> None:
        self._random = random
        self._names = count(names)
        self._flat = [self._action, self._action, self._wait, self._wait_for, self._emit, self._call, self._ask_approval]
        self._may_call = self._alone = True
        self._deep = [self._if, self._parallel, self._for_each, self._repeat, self._try, self._choose]

    def workflow(self, name: str, event: str) -> dict[str, Any]:
        """Return a workflow that events of this type start."""
        trigger, debounce = listening(self._random, event)
        made: dict[str, Any] = {"name": name, "trigger": paired(trigger), "subject": "thing.id", **debounce}
        made["mode"] = self._random.choice(["parallel", "parallel", "single", "restart", "queued"])
        made["conditions"] = [self._random.choice(["thing.n >= 0", "thing.n < 9", "thing.n != 4"])]
        if self._random.random() < 0.5:
            made["exit_on"] = [{"event": "thing.closed", "match": {"thing.id": "thing.id"}}]
        made.update(self._limits())
        made["actions"] = [*self._tells(made), *self.steps(2, 4, top=True)]
        return made

    def _tells(self, made: dict[str, Any]) -> Steps:
        """Return a step that acts on each event of a burst or window, where the trigger has several."""
        if "debounce" not in made and not {"at_least", "collect_for"} & made["trigger"].keys():
            return []
        with_ = {"thing": f"{{{{ {(each := f'each{next(self._names)}')}.data.thing.id | default('none') }}}}", "n": "{{ events | length }}"}
        return [{"for_each": "events", "as": each, "do": [{"action": "probe.note", "with": with_}], "on_error": "continue"}]

    def _limits(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        chance = self._random.random
        if chance() < 0.15:
            found["once"] = {"key": self._random.choice(["thing.id", "thing.n"]), "per": self._random.choice(["5m", "1d"])}
        if chance() < 0.15:
            found["throttle"] = {"limit": self._random.randint(1, 2), "per": self._random.choice(["1m", "3h"]), "key": "thing.id"}
        if chance() < 0.15:
            found["caps"] = ["few"]
        if chance() < 0.2:
            found.update({"group": {"name": "all", "key": "thing.id"}, "priority": self._random.randint(0, 2)})
        return found

    def by_itself(self, name: str) -> dict[str, Any]:
        """Return a workflow that the clock, a person, or the end of another's run starts."""
        ways = [{"every": "6h"}, {"schedule": "30 */3 * * *", "catch_up": self._random.choice(["all", "latest", "none"])}, {"manual": True}]
        trigger = self._random.choice([*ways, {"workflow": "w0"}, {"workflow": "w0", "status": ["failed", "stopped"]}])
        steps = [self._random.choice([self._action, self._wait, self._emit])(0) for _ in range(self._random.randint(1, 2))]
        return {"name": name, "trigger": [trigger, {"manual": True, "id": "hand"}], "actions": steps}

    def called(self, name: str) -> dict[str, Any]:
        """Return a workflow that only steps of others start."""
        self._may_call = False
        made = {**self.workflow(name, "never.happened"), "trigger": {"event": "never.happened"}, "inputs": {"n": 1}, "output": {"n": "{{ inputs.n }}"}}
        self._may_call = True
        return made

    def steps(self, depth: int, most: int, *, top: bool = False) -> Steps:
        """Return a few steps, at most so deep."""
        made = []
        for _ in range(self._random.randint(1, most)):
            kinds = self._flat + (self._deep if depth else []) + ([self._set, self._continue_if] if top else [])
            made.append(self._random.choice(kinds)(depth - 1))
        return made

    def _action(self, depth: int) -> dict[str, Any]:
        retry: dict[str, Any] = {"attempts": self._random.randint(1, 4), "delay": "10s"}
        if self._random.random() < 0.2:
            retry["deadline"] = self._random.choice(["30s", "1h"])
        step = {"action": self._random.choice(ACTIONS), "with": dict(_THING), "retry": retry}
        if self._random.random() < 0.4:
            step["on_error"] = self._random.choice(["continue", [self._wait(0)], [{"set": {"failed": True}}]] if self._alone else ["continue"])
        chance = self._random.random()
        if chance < 0.06:
            step["with"]["text"] = LEAK
        elif chance < 0.12:
            step["once"] = {"key": "thing.id | default('none')", "per": "1h"}
        elif chance < 0.18:
            step["caps"] = ["few"]
        elif chance < 0.22:
            step["if"] = "thing.n > 3"
        return step

    def _wait(self, depth: int) -> dict[str, Any]:
        return {"id": f"rest{next(self._names)}", "wait": self._random.choice(["30s", "7m", "1h", "5h"])}

    def _wait_for(self, depth: int) -> dict[str, Any]:
        body = {"event": "answer.given", "match": {"answer.thing_id": "thing.id"}, "timeout": self._random.choice(["5m", "2h", "9h"])}
        if self._random.random() < 0.4:
            body["since"] = "step"
        return {"id": f"answer{next(self._names)}", "wait_for": body}

    def _call(self, depth: int) -> dict[str, Any]:
        if not self._may_call:
            return self._action(depth)
        step = {"call": self._random.choice(["called", "called-too"]), "with": {"n": "{{ thing.n }}"}}
        return {"try": [step], "catch": [self._wait(0)]} if self._random.random() < 0.5 else step

    def _ask_approval(self, depth: int) -> dict[str, Any]:
        asked = {"title": "May I?", "to": self._random.choice(["ana@shop.example", "finance"]), "remind_every": self._random.choice(["25m", "4h"])}
        ends = {"on_timeout": self._random.choice(["approve", "reject", [self._wait(0)]])} if self._random.random() < 0.5 else {}
        return {"id": f"asked{next(self._names)}", "ask_approval": {**asked, "timeout": self._random.choice(["1h", "6h"]), **ends}}

    def flat(self) -> dict[str, Any]:
        """Return a step that holds no others."""
        return self._random.choice(self._flat)(0)

    def _emit(self, depth: int) -> dict[str, Any]:
        return {"emit": "thing.noted", "data": {"thing": {"id": "{{ thing.id }}", "n": "{{ thing.n }}", "lines": [1]}}}

    def _set(self, depth: int) -> dict[str, Any]:
        return {"set": {"seen": "{{ thing.n + 1 }}"}}

    def _continue_if(self, depth: int) -> dict[str, Any]:
        return {"continue_if": self._random.choice(["thing.n < 7", "thing.n != 2"])}

    def _if(self, depth: int) -> dict[str, Any]:
        return {"if": f"thing.n > {self._random.randint(0, 5)}", "then": self.steps(depth, 2), "else": self.steps(depth, 2)}

    def _choose(self, depth: int) -> dict[str, Any]:
        return {"choose": [{"if": "thing.n == 3", "then": self.steps(depth, 2)}], "else": self.steps(depth, 1)}

    def _parallel(self, depth: int) -> dict[str, Any]:
        alone, self._alone = self._alone, False
        branches = [self.steps(depth, 2) for _ in range(self._random.randint(2, 3))]
        self._alone = alone
        return {"parallel": branches, "join": self._random.choice(["all", "first"])}

    def _for_each(self, depth: int) -> dict[str, Any]:
        alone, self._alone = self._alone, False
        body = {"for_each": "thing.lines", "as": f"line{next(self._names)}", "do": self.steps(depth, 2)}
        self._alone = alone
        return {**body, "max_parallel": self._random.randint(1, 3), "on_error": self._random.choice(["stop", "continue"])}

    def _repeat(self, depth: int) -> dict[str, Any]:
        return {"repeat": {"times": self._random.randint(1, 3)}, "do": self.steps(depth, 2)}

    def _try(self, depth: int) -> dict[str, Any]:
        fails = [{"fail": "on purpose"}] if self._random.random() < 0.3 else []
        made = {"try": self.steps(depth, 2) + fails, "catch": self.steps(depth, 1)}
        alone, self._alone = self._alone, False  # no step that waits may stand in `finally`
        made["finally"] = [self._action(0)]
        self._alone = alone
        return made


def write_shop(seed: int, folder: Path, kept: Collection[str] | None = None, version: int = 0) -> list[str]:
    """Write a project of a few workflows, each from a seed of its own; return their names.

    Args:
        seed: of the shop.
        folder: where it is written.
        kept: only these of them; all by default.
        version: how they were edited; 0 as they were at first.
    """
    plan = Random(f"{seed}/shop")
    names = ["w0", *["w1"] * (plan.random() < 0.5), *["self"] * (plan.random() < 0.5), "echo", "called", "called-too"]
    names = [name for name in names if kept is None or name in kept or name.startswith("called")]
    (folder / "workflows").mkdir(parents=True)
    (folder / "ecomflow.yaml").write_text(json.dumps(PROJECT), "utf-8")
    for name in names:
        author = Author(Random(f"{seed}/{name}"))
        if name.startswith("called"):
            made = author.called(name)
        elif name == "self":
            made = author.by_itself(name)
        else:
            made = author.workflow(name, "thing.noted" if name == "echo" else "thing.happened")
        if version and name in ("w0", "w1", "echo"):
            chance = Random(f"{seed}/{name}/{version}")
            made = edited(made, chance, Author(chance, 1000 * version).flat)
        (folder / "workflows" / f"{name}.yaml").write_text(json.dumps(made, indent=1), "utf-8")
    return names


def arrival(random: Random) -> tuple[str, dict[str, Any]]:
    """Return type and data of an event."""
    thing = random.choice(["a", "b", "c"])
    kind = random.choice(["thing.happened", "thing.happened", "answer.given", "thing.closed"])
    if kind == "answer.given":
        return kind, {"answer": {"thing_id": thing, "text": "x" * random.choice([1, 10, 5000])}}
    found = {"thing": _thing(random, thing)}
    return kind, {**found, "previous": {"thing": _thing(random, thing)}} if random.random() < 0.1 else found


def _thing(random: Random, thing: str) -> dict[str, Any]:
    words = {"owner": random.choice(["o", "p"]), "note": random.choice(["x", "y", None]), "ok": random.random() < 0.6, "at": random.choice(DATES)}
    return {"id": thing, "n": random.randint(0, 9), "lines": list(range(random.randint(0, 3))), **words}
