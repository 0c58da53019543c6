"""Random workflows and timelines whose meaning ``model.py`` knows, as plain data: one seed, one plan."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from listening import DATES, listening, paired

SECOND = 1_000_000
CAPS = {"few": {"limit": 2, "per": "3h", "key": "thing.owner"}, "one": {"limit": 1, "per": "2d", "key": "thing.id"}}
STARTS = {"2026-03-02T09:00:00+00:00": 4, "2026-03-28T09:00:00+00:00": 2, "2026-10-24T09:00:00+00:00": 2, "2026-01-30T22:00:00+00:00": 1}
"""Moments at which plans begin, and how often: some a day before the clocks change in Europe, one at the end of a month."""
ZONES = ("Europe/Berlin", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
CONDITIONS = (
    "thing.n >= 2", "thing.n < 7", "thing.n != 4", "thing.n == 3", "thing.ok", "thing.note == 'x'", "thing.note is present", "thing.gone == none",
    {"any": ["thing.n > 6", "thing.ok"]}, {"all": ["thing.n > 1", "thing.note != 'y'"]}, {"not": "thing.ok"},
)  # fmt: skip
Steps = list[dict[str, Any]]


class Author:
    """Writes workflows.

    Args:
        random: where its ideas come from.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._names = count()
        self._finally = self._loop = self._called = False

    def _one(self, *of: Any) -> Any:
        return self._random.choice(of)

    def _often(self, share: float) -> bool:
        return self._random.random() < share

    def workflow(self, name: str, event: str | None) -> dict[str, Any]:
        """Return a workflow that events of this type start; one of no event is called by others."""
        self._called = event is None
        made: dict[str, Any] = {"name": name, "mode": self._one("parallel", "parallel", "single", "restart", "queued")}
        made["trigger"] = {"manual": True} if event is None else {"event": event}
        if event is not None:
            made["trigger"], debounce = self._listening(event)
            made.update(debounce)
            self._starts(made)
            if self._often(0.3):
                made["trigger"] = self._several(made["trigger"], event)
        else:
            made.update(inputs={"n": 1}, output={"n": "{{ inputs.n }}"})
        if self._often(0.6) or event is None:
            made["subject"] = "thing.id"
            made["trigger"] = paired(made["trigger"]) if isinstance(made["trigger"], dict) else [paired(each) for each in made["trigger"]]
        # By hand the subject is the workflow: what ends a run or a wait must say what it pairs with (S2).
        alone = "subject" not in made and isinstance(made["trigger"], dict)
        self._zoned(made)
        if self._often(0.5):
            pairs = {"thing.id": "thing.id"}
            exits = {"event": "thing.closed"}
            made["exit_on"] = [exits if alone and self._often(0.5) else {**exits, "match": pairs}]
        made["actions"] = [*self._tells(made), *self.steps(2, 4, top=True)]
        return made

    def _listening(self, event: str) -> tuple[dict[str, Any], dict[str, Any]]:
        trigger, debounce = listening(self._random, event)
        if "at_least" in trigger and self._often(0.4):
            trigger["within"] = self._one("week", "month", "1w", "2d")
        return trigger, debounce

    def _several(self, first: dict[str, Any], event: str) -> list[dict[str, Any]]:
        """Return a list of triggers, each with an id."""
        more = [self._listening(event)[0] for _ in range(self._random.randint(1, 2))]
        by_hand: list[dict[str, Any]] = [{"manual": True}] if self._often(0.4) else [self._clock()] if self._often(0.2) else []
        first, *more = [paired(each) for each in (first, *more)] if by_hand else [first, *more]
        found = [each for n, each in enumerate([first, *more]) if n == 0 or each.keys() != {"event"} or first.keys() != {"event"}]
        return [{**each, "id": f"t{n}"} for n, each in enumerate([*found, *by_hand])]

    def _zoned(self, made: dict[str, Any]) -> None:
        if self._often(0.15):
            made["timezone"] = self._one(*ZONES)

    def _tells(self, made: dict[str, Any]) -> Steps:
        """Return steps that show what a run is told of its trigger."""
        names = {"value": ["previous"], "changed": ["from", "to"]}
        triggers = made["trigger"] if isinstance(made["trigger"], list) else [made["trigger"]]
        shown = next((names[key] for key in names if key in triggers[0]), []) if len(triggers) == 1 else ["id", "kind"]
        steps: Steps = [{"action": "probe.read", "with": {name: f"{{{{ trigger.{name} }}}}" for name in shown}}] if shown else []
        if any({"at_least", "collect_for"} & each.keys() for each in triggers) or "debounce" in made:
            each = self._id("each")
            told = {"type": f"{{{{ {each}.type }}}}", "data": f"{{{{ {each}.data }}}}"}
            steps.append({"for_each": "events", "as": each, "do": [{"action": "probe.read", "with": told}], "on_error": "continue", "max_parallel": 3})
        return steps

    def by_itself(self, name: str) -> dict[str, Any]:
        """Return a workflow that the clock or the end of another's run starts; no step of it needs data."""
        clock = self._often(0.4)
        made: dict[str, Any] = {"name": name}
        if clock:
            times = self._clock()
            made["trigger"] = {**times, **self._one({}, {"catch_up": "all"}, {"catch_up": "all"}, {"catch_up": "none"})}
            if self._often(0.35):
                more = [self._clock(), *self._one([], [{"manual": True}], [{"manual": True}], [self._clock()])]
                made["trigger"] = [{**each, "id": f"t{n}"} for n, each in enumerate([made["trigger"], *more])]
            self._zoned(made)
            made.update(self._one({}, {}, {"mode": "parallel"}, {"mode": "queued"}, {"mode": "restart"}))
        else:
            ways = self._one({}, {}, {"status": "failed"}, {"status": ["stopped", "completed"]}, {"status": ["superseded", "cancelled"]})
            made["trigger"] = {"workflow": self._one("w0", "echo"), **ways}
            if self._often(0.25):
                more = self._one({"manual": True}, {"workflow": "w0"}, {"workflow": "called", "status": "completed"}, self._clock())
                made["trigger"] = [{**made["trigger"], "id": "t0"}, {**more, "id": "t1"}]
            made["mode"] = self._one("parallel", "parallel", "single", "restart", "queued")
            made.update(self._one({}, {}, {"conditions": ["ended.status != 'failed'"]}, {"conditions": ["ended.subject is present"]}))
        if self._often(0.2):
            made["throttle"] = {"limit": self._random.randint(1, 2), "per": self._one("1h", "1d"), "key": "trigger.kind"}
        shown = {"n": "{{ ended.status }}", "of": "{{ ended.subject }}"} if not clock else {"n": 1}
        noted = {"emit": "thing.noted", "data": {"thing": {"id": "a", "n": 3, "owner": "o", "lines": []}}}
        steps = [self._wait(0), self._wait(0), noted, {"fail": "on purpose"}, {"action": "probe.send", "with": {"n": 2}}]
        made["actions"] = [{"action": "probe.write", "with": shown}, *[self._one(*steps) for _ in range(self._random.randint(0, 2))]]
        return made

    def _clock(self) -> dict[str, Any]:
        """Return moments of the clock."""
        lines = ("30 */3 * * *", "10 */8 * * *", "30 2 * * *", "0 9 * * mon", "15 20 L * *", "45 1 1 * sun", "20 * * * *")
        spans: tuple[dict[str, Any], ...] = ({"every": "1h"}, {"every": "5h"}, {"every": "36h"}, {"every": "2d"}, {"every": "1d"}, {"every": "7h", "starting": "2026-01-01T02:30:00"})
        times = self._one(*({"schedule": line} for line in lines), *spans, *[{"at": self._one("-1", "+0", "+1", "+2")}] * 2)
        return {**times, **({"timezone": self._one(*ZONES)} if self._often(0.15) else {})}

    def _starts(self, made: dict[str, Any]) -> None:
        if self._often(0.6):
            made["conditions"] = [self._one(*CONDITIONS) for _ in range(self._random.randint(1, 2))]
        if "changed" in made["trigger"] and self._often(0.2):
            made["conditions"] = [self._one("trigger.from is present", "trigger.to != 'y'")]
        if self._often(0.15):
            made["on_unknown"] = "fail"
        if made["mode"] == "parallel" and self._often(0.3):
            made["max_runs"] = self._random.randint(1, 2)
        if self._often(0.2):
            made["once"] = {"key": self._one("thing.id", "thing.owner"), **self._one({}, {"per": "5h"})}
        if self._often(0.2):
            made["throttle"] = {"limit": self._random.randint(1, 2), "per": self._one("1h", "1d"), "key": self._one("thing.owner", "thing.id")}
        if self._often(0.25):
            made["caps"] = self._one(["few"], ["one"], ["few", "one"])
        if self._often(0.3):
            made.update(group={"name": "g", "key": self._one("thing.owner", "thing.id")})
        if self._often(0.5):
            made["priority"] = self._random.randint(0, 2)
        if self._often(0.2):
            made["own_events"] = True

    def steps(self, depth: int, most: int, *, top: bool = False) -> Steps:
        """Return a few steps, at most so deep."""
        flat = [self._action] * 3 + [self._wait, self._wait, self._wait_for, self._emit, self._ask_approval, self._ends]
        flat += [] if self._called else [self._call]
        deep = [self._if, self._parallel, self._for_each, self._repeat, self._try, self._choose] if depth else []
        return [self._random.choice(flat + deep + ([self._set] if top else []))(depth - 1) for _ in range(self._random.randint(1, most))]

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._names)}"

    def _n(self) -> str:
        return self._one("{{ thing.n }}", "{{ thing.n }}", "{{ thing.n + 1 }}", "{{ thing.gone }}" if self._often(0.2) else "{{ thing.id }}")

    def _action(self, depth: int) -> dict[str, Any]:
        step: dict[str, Any] = {"action": self._one("probe.read", "probe.send", "probe.write"), "with": {"n": self._n()}}
        if self._often(0.8):
            step["retry"] = {"attempts": self._random.randint(1, 4), "delay": self._one("10s", "90s"), **self._one({}, {"max_delay": "2m"}, {"deadline": "3m"})}
        if self._often(0.2):
            step["timeout"] = "20s"
        if self._often(0.3):
            step["on_error"] = "continue" if self._finally or self._often(0.5) else [self._wait(0)]
        if self._often(0.15) and not self._finally:
            step["once"] = {"key": "thing.owner", "per": "4h"}
        elif self._often(0.15) and not self._finally:
            step["caps"] = ["few"]
        if self._often(0.2):
            step["if"] = self._one(*CONDITIONS)
            step.update(self._one({}, {"on_unknown": "else"}))
        return step

    def _span(self) -> str:
        if self._often(0.06):
            return self._one("1d", "2d", "1w", "1months")
        return f"{self._random.choice([30, 400, 3000, 20_000, 90_000]) + self._random.randint(0, 997)}s"

    def _wait(self, depth: int) -> dict[str, Any]:
        return {"wait": self._span()}

    def _wait_for(self, depth: int) -> dict[str, Any]:
        body = {"event": "answer.given", "match": {"answer.thing_id": "thing.id"}, "timeout": self._span()}
        if self._often(0.4):
            body["since"] = "step"
        if self._often(0.3):
            body["where"] = "arriving.answer.n > 4"
        return {"id": self._id("answer"), "wait_for": body}

    def _call(self, depth: int) -> dict[str, Any]:
        step = {"id": self._id("child"), "call": self._one("called", "called-too"), "with": {"n": "{{ thing.n }}"}}
        return {"try": [step], "catch": [self._wait(0)]} if self._often(0.5) else step

    def _ask_approval(self, depth: int) -> dict[str, Any]:
        asked = {"title": "May I?", "to": "ana@shop.example", "timeout": self._span()}
        return {"id": self._id("said"), "ask_approval": {**asked, **self._one({}, {"on_timeout": "approve"}, {"on_timeout": [self._action(0)]})}}

    def _emit(self, depth: int) -> dict[str, Any]:
        data = {"id": "{{ thing.id }}", "n": "{{ thing.n }}", "owner": "{{ thing.owner }}", "lines": [1]}
        return {"emit": self._one("thing.noted", "thing.noted", "thing.happened", "thing.closed"), "data": {"thing": data}}

    def _set(self, depth: int) -> dict[str, Any]:
        return {"set": {"seen": "{{ thing.n + 1 }}"}}

    def _ends(self, depth: int) -> dict[str, Any]:
        stops = {"continue_if": self._one(*CONDITIONS), **self._one({}, {"on_unknown": "else"})}
        return self._one(stops, stops, stops, {"stop": "enough"}, {"fail": "on purpose"})

    def _if(self, depth: int) -> dict[str, Any]:
        return {"if": self._one(*CONDITIONS), "then": self.steps(depth, 2), "else": self.steps(depth, 2), **self._one({}, {"on_unknown": "else"})}

    def _choose(self, depth: int) -> dict[str, Any]:
        branches = [{"if": self._one(*CONDITIONS), "then": self.steps(depth, 2)} for _ in range(2)]
        return {"choose": branches, "else": self.steps(depth, 1), **self._one({}, {"on_unknown": "else"})}

    def _parallel(self, depth: int) -> dict[str, Any]:
        branches = [self.steps(depth, 2) for _ in range(self._random.randint(2, 3))]
        return {"parallel": branches, "join": self._one("all", "first")}

    def _for_each(self, depth: int) -> dict[str, Any]:
        body = {"for_each": "thing.lines", "as": self._id("line"), "do": self.steps(depth, 2)}
        return {**body, "max_parallel": self._random.randint(1, 3), "on_error": self._one("stop", "continue")}

    def _repeat(self, depth: int) -> dict[str, Any]:
        how = self._one({"times": 2}, {"while": "loop.index < 3"}, {"until": "loop.index == 2"}, {"until": "thing.gone == 1"})
        return {"repeat": how, "do": self.steps(depth, 2), "max": 3, **self._one({}, {"on_unknown": "else"})}

    def _try(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {"try": self.steps(depth, 2)}
        if self._often(0.6):
            made["catch"] = self.steps(depth, 1)
        if self._often(0.7) or len(made) == 1:
            self._finally = True
            made["finally"] = [self._action(0)]
            self._finally = False
        return made


class Timeline:
    """What happens to a shop, moment by moment; no two moments are the same.

    Args:
        random: where its ideas come from.
        names: of the workflows.
        by_hand: of those that may be started by hand.
        first: the day on which it begins.
    """

    def __init__(self, random: Random, names: list[str], by_hand: list[str], first: date) -> None:
        self._random, self._names, self._by_hand, self._at, self._sent = random, names, by_hand, 0, []
        self._started: list[list[Any]] = []
        self._days = first - date(2026, 3, 2)
        self._gaps = random.choice([[1, 20, 70, 400, 4000, 30_000], [1, 10, 40, 100, 400], [1, 20, 70, 400, 4000]])

    def write(self, length: int) -> list[list[Any]]:
        """Return what happens, each with its moment."""
        ways = [self._event] * 12 + [self._again, self._restart, self._restart, self._decide, self._decide, self._cancel]
        ways += [self._pause, self._resume, self._resume, self._start]
        made = []
        for _ in range(length):
            self._at += self._random.choice(self._gaps) * SECOND + self._random.randint(1, SECOND)
            made.append([self._at, *self._random.choice(ways)()])
        return made

    def _event(self) -> list[Any]:
        kind = self._random.choice(["thing.happened"] * 7 + ["answer.given"] * 3 + ["thing.closed"])
        thing = self._random.choice(["a", "a", "a", "b", 1])
        ago = self._random.choice([0, 0, 0, 30, 700, 3000]) * SECOND
        data: dict[str, Any] = {"thing": self._thing(thing), **({"previous": {"thing": self._thing(thing)}} if self._random.random() < 0.1 else {})}
        if kind == "answer.given":
            data = {"answer": {"thing_id": self._random.choice([thing, str(thing)]), "n": self._random.randint(0, 9)}}
        subject = self._random.choice([str(thing), str(thing), None])
        event = ["event", f"e{len(self._sent)}", kind, data, subject, self._at - ago]
        self._sent.append(event)
        return event

    def _thing(self, thing: Any) -> dict[str, Any]:
        full = {
            "id": thing, "n": self._random.randint(0, 9), "owner": self._random.choice(["o", "p"]), "ok": self._random.random() < 0.6,
            "note": self._random.choice(["x", "y", "", None]), "lines": list(range(self._random.randint(0, 3))), "gone": None,
            "at": moved(self._random.choice(DATES), self._days),
        }  # fmt: skip
        for name in ("n", "ok", "note", "owner", "id", "gone", "lines", "at"):
            if self._random.random() < 0.04:
                del full[name]
        return full

    def _again(self) -> list[Any]:
        return self._random.choice(self._sent) if self._sent else self._event()

    def _start(self) -> list[Any]:
        if self._started and self._random.random() < 0.15:
            return self._random.choice(self._started)
        thing = self._random.choice(["a", "b"])
        data = {"thing": self._thing(thing)} if self._random.random() < 0.8 else {}
        name, subject = self._random.choice(self._by_hand), self._random.choice([None, None, thing])
        started = ["start", name, f"h{len(self._started)}", data, subject, self._random.random() < 0.3]
        self._started.append(started)
        return started

    def _restart(self) -> list[Any]:
        down = self._random.choice([0, 7, 55, 600, 8000]) * SECOND
        self._at += down
        return ["restart", down]

    def _decide(self) -> list[Any]:
        return ["decide", self._random.randint(0, 99), self._random.random() < 0.5]

    def _cancel(self) -> list[Any]:
        return ["cancel", self._random.randint(0, 99)]

    def _pause(self) -> list[Any]:
        return ["pause", self._random.choice([*self._names, "*"])]

    def _resume(self) -> list[Any]:
        return ["resume", self._random.choice([*self._names, "*", "*", "*"])]


def moved(text: str | None, days: timedelta) -> str | None:
    """Return a moment of the first days as one of other days; what begins with no date stays."""
    try:
        return text and str(date.fromisoformat(text[:10]) + days) + text[10:]
    except ValueError:
        return text


def write_plan(seed: int) -> dict[str, Any]:
    """Return workflows, timeline and the seed of answers."""
    random = Random(seed)
    author = Author(random)
    start = random.choices(list(STARTS), list(STARTS.values()))[0]
    flows = [author.workflow(f"w{n}", "thing.happened") for n in range(random.randint(1, 2))]
    flows.append(author.workflow("echo", "thing.noted"))
    flows += [author.workflow(name, None) for name in ("called", "called-too")]
    if random.random() < 0.5:
        flows.append(author.by_itself("self"))
    first, by_hand = datetime.fromisoformat(start).date(), []
    for flow in flows:
        triggers = flow["trigger"] if isinstance(flow["trigger"], list) else [flow["trigger"]]
        by_hand += [flow["name"] for each in triggers if "manual" in each]
        for each in triggers:
            if each.get("at", "").startswith(("+", "-")):
                each["at"] = f"{first + timedelta(days=int(each['at']))}T02:30:00"
    zone = {"timezone": random.choice(ZONES)} if random.random() < 0.4 else {}
    timeline = Timeline(random, [flow["name"] for flow in flows], by_hand, first)
    return {"seed": seed, "start": start, **zone, "flows": flows, "ops": timeline.write(random.randint(8, 30))}


def answer(seed: int, run: str, path: str, attempt: int) -> tuple[str, Any, int]:
    """Return how a call ends, its result, and after how many microseconds; the same for whoever asks."""
    random = Random(f"{seed}/{run}/{path}/{attempt}")
    how = random.choice(["ok"] * 6 + ["retryable", "retryable", "permanent", "in_doubt"])
    takes = random.choice([0, 1, 30, 45, 100]) * SECOND + random.randint(1, 63) * SECOND // 64
    return how, {"n": random.randint(0, 9)} if how == "ok" else None, takes
