"""Random small shops: workflows of every step, and what arrives, all from one seed."""

from __future__ import annotations

import json
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ACTIONS = ("probe.read", "probe.send", "probe.charge", "probe.write")
Steps = list[dict[str, Any]]


class Author:
    """Writes workflows.

    Args:
        random: where its ideas come from.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._names = count()
        self._flat = [self._action, self._action, self._wait, self._wait_for, self._emit, self._call, self._ask_approval]
        self._may_call = True
        self._deep = [self._if, self._parallel, self._for_each, self._repeat, self._try, self._choose]

    def workflow(self, name: str, event: str) -> dict[str, Any]:
        """Return a workflow that an event of this type starts."""
        made: dict[str, Any] = {"name": name, "trigger": {"event": event}, "subject": "thing.id"}
        made["mode"] = self._random.choice(["parallel", "parallel", "single", "restart", "queued"])
        made["conditions"] = [self._random.choice(["thing.n >= 0", "thing.n < 9", "thing.n != 4"])]
        if self._random.random() < 0.5:
            made["exit_on"] = [{"event": "thing.closed", "match": {"thing.id": "thing.id"}}]
        made["actions"] = self.steps(2, 4, top=True)
        return made

    def called(self, name: str) -> dict[str, Any]:
        """Return a workflow that only steps of others start."""
        self._may_call = False
        made = {**self.workflow(name, "never.happened"), "inputs": {"n": 1}, "output": {"n": "{{ inputs.n }}"}}
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
        retry = {"attempts": self._random.randint(1, 4), "delay": "10s"}
        step = {"action": self._random.choice(ACTIONS), "with": {"thing": "{{ thing.id }}", "n": "{{ thing.n }}"}, "retry": retry}
        if self._random.random() < 0.4:
            step["on_error"] = "continue"
        return step

    def _wait(self, depth: int) -> dict[str, Any]:
        return {"wait": self._random.choice(["30s", "7m", "1h", "1d"])}

    def _wait_for(self, depth: int) -> dict[str, Any]:
        body = {"event": "answer.given", "match": {"answer.thing_id": "thing.id"}, "timeout": self._random.choice(["5m", "2h", "3d"])}
        if self._random.random() < 0.4:
            body["since"] = "step"
        return {"id": f"answer{next(self._names)}", "wait_for": body}

    def _call(self, depth: int) -> dict[str, Any]:
        if not self._may_call:
            return self._action(depth)
        step = {"call": self._random.choice(["called", "called-too"]), "with": {"n": "{{ thing.n }}"}}
        return {"try": [step], "catch": [self._wait(0)]} if self._random.random() < 0.5 else step

    def _ask_approval(self, depth: int) -> dict[str, Any]:
        asked = {"title": "May I?", "to": "ana@shop.example", "remind_every": self._random.choice(["10m", "5h"])}
        return {"ask_approval": {**asked, "timeout": self._random.choice(["1h", "2d"])}}

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
        branches = [self.steps(depth, 2) for _ in range(self._random.randint(2, 3))]
        return {"parallel": branches, "join": self._random.choice(["all", "first"])}

    def _for_each(self, depth: int) -> dict[str, Any]:
        body = {"for_each": "thing.lines", "as": f"line{next(self._names)}", "do": self.steps(depth, 2)}
        return {**body, "max_parallel": self._random.randint(1, 3), "on_error": self._random.choice(["stop", "continue"])}

    def _repeat(self, depth: int) -> dict[str, Any]:
        return {"repeat": {"times": self._random.randint(1, 3)}, "do": self.steps(depth, 2)}

    def _try(self, depth: int) -> dict[str, Any]:
        fails = [{"fail": "on purpose"}] if self._random.random() < 0.3 else []
        return {"try": self.steps(depth, 2) + fails, "catch": self.steps(depth, 1), "finally": [self._action(0)]}


def write_shop(random: Random, folder: Path) -> list[str]:
    """Write a project of two or three workflows; return their names. One listens to what the others emit."""
    author = Author(random)
    made = [author.workflow(f"w{n}", "thing.happened") for n in range(random.randint(1, 2))]
    made.append(author.workflow("echo", "thing.noted"))
    made.extend(author.called(name) for name in ("called", "called-too"))
    (folder / "workflows").mkdir(parents=True)
    (folder / "ecomflow.yaml").write_text("shop: acme\n", "utf-8")
    for workflow in made:
        (folder / "workflows" / f"{workflow['name']}.yaml").write_text(json.dumps(workflow, indent=1), "utf-8")
    return [workflow["name"] for workflow in made]


def arrival(random: Random) -> tuple[str, dict[str, Any]]:
    """Return type and data of an event."""
    thing = random.choice(["a", "b", "c"])
    kind = random.choice(["thing.happened", "thing.happened", "answer.given", "thing.closed"])
    if kind == "answer.given":
        return kind, {"answer": {"thing_id": thing, "text": "x" * random.choice([1, 10, 5000])}}
    return kind, {"thing": {"id": thing, "n": random.randint(0, 9), "lines": list(range(random.randint(0, 3)))}}
