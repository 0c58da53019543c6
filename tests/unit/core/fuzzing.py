"""Random workflows and random histories: a run that is dropped and brought back goes on as one that was not."""

import random
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from corekit import (
    Player,
    Says,
    action,
    ask_approval,
    call,
    charge,
    choose,
    continue_if,
    emit,
    fail,
    for_each,
    if_,
    parallel,
    repeat,
    retry,
    search,
    set_,
    stop,
    try_,
    wait,
    wait_for,
    walk_pages,
    workflow,
)  # fmt: skip

from ecomflow.errors import ExpressionError
from ecomflow.model import RunStatus, Token

_SEEN = ("thing", "vars", "steps", "run", "now", "item", "loop", "error", "arriving", *(f"id{n}" for n in range(9)))


def digest(scope):
    """A text that differs where anything in scope does, types included."""
    return sha256(repr([(name, flat(scope[name])) for name in _SEEN if name in scope]).encode()).hexdigest()[:8]


def flat(value):
    if isinstance(value, Mapping):
        return sorted((key, flat(item)) for key, item in value.items())
    return [flat(item) for item in value] if isinstance(value, list) else value


_OTHERS = ("set", "emit", "charge", "approval", "call", "call", "fail", "stop", "continue_if")


class Maker:
    """Makes a workflow of every kind of step from a seed."""

    def __init__(self, seed):
        self.random, self.ids, self.asked = random.Random(seed), 0, 0

    def workflow(self):
        steps = self.steps(self.random.randint(1, 4), 3, loops=0)
        output = Says(digest) if self.random.random() < 0.3 else None
        return workflow(*steps, vars={"n": 0, "seen": lambda s: s["thing"]["id"]}, output=output)

    def steps(self, count, depth, loops, finally_=False):
        return [self.step(depth, loops, finally_) for _ in range(count)]

    def some(self, depth, loops, finally_=False):
        return self.steps(self.random.randint(1, 2), depth - 1, loops, finally_)

    def step(self, depth, loops, finally_):
        kinds = ["action", "action", "set", "emit"] if finally_ else [*["action"] * 4, *["wait"] * 2, *["wait_for"] * 3, *_OTHERS]
        if depth > 0:
            kinds += ["if", "choose"] if finally_ else ["if", "choose", "for_each", "parallel", "repeat", "try"] * 2
        kind, fields = self.ways()[self.random.choice(kinds)](depth, loops + 100 * finally_)
        if self.random.random() < 0.15:
            fields["guard"] = Says(self.truth(), "the guard")
            fields["unknown_is_else"] = self.random.random() < 0.5
        if self.random.random() < 0.5 and self.ids < 9:
            fields["id"] = f"id{self.ids}"
            self.ids += 1
        return kind, fields

    def ways(self):
        return {
            "action": self.action, "charge": self.charge, "wait": self.wait, "wait_for": self.wait_for, "set": self.set,
            "emit": self.emit, "approval": self.approval, "call": self.call, "fail": self.fail, "stop": self.stop, "if": self.if_,
            "continue_if": self.continue_if, "choose": self.choose, "for_each": self.for_each, "parallel": self.parallel,
            "repeat": self.repeat, "try": self.try_,
        }  # fmt: skip

    def truth(self):
        """A condition that looks at all of the scope."""
        self.asked += 1
        salt = str(self.asked)

        def hold(scope):
            number = int(sha256((salt + digest(scope)).encode()).hexdigest()[:4], 16) % 20
            return None if number == 0 else number < 12

        return hold

    def params(self):
        def render(scope):
            if int(digest(scope), 16) % 40 == 0:
                raise ExpressionError("EF211", "a field is missing")
            return {"scope": digest(scope), "five": Decimal(5)}

        return render

    def action(self, depth, loops):
        on_error = self.random.choice(["stop", "stop", "continue", "steps"])
        if on_error == "steps":
            on_error = self.some(0, loops, loops >= 100)
        tokens = (Token("cap", "marketing", Says("k"), 2),) if self.random.random() < 0.2 else ()
        deadline = 3600.0 if self.random.random() < 0.3 else None
        return action("send", self.params(), retry=retry(2, deadline=deadline), on_error=on_error, tokens=tokens)

    def charge(self, depth, loops):
        return charge("charge", self.params(), retry=retry(2))

    def wait(self, depth, loops):
        return wait(self.random.choice([0, 1, 2, 5]))

    def wait_for(self, depth, loops):
        where = self.truth() if self.random.random() < 0.4 else None
        since_start = self.random.random() < 0.6
        return wait_for(f"thing.{self.random.choice('ab')}", self.random.choice([1, 4, 4]), since_start, where)

    def set(self, depth, loops):
        if loops >= 1000:
            return emit("thing.noted", lambda s: {"scope": digest(s)})
        return set_(n=lambda s: s["vars"]["n"] + 1, all=lambda s: {"was": s["vars"]["n"], "now": s["now"], "ten": Decimal(10)})

    def emit(self, depth, loops):
        return emit("thing.noted", lambda s: {"scope": digest(s)})

    def approval(self, depth, loops):
        on_timeout = self.random.choice(["reject", "approve", "steps"])
        steps = self.some(0, loops) if on_timeout == "steps" else on_timeout
        return ask_approval(self.random.choice([None, 3]), steps, self.random.choice([None, 1, 4]))

    def call(self, depth, loops):
        return call("other", self.params())

    def fail(self, depth, loops):
        return fail("broken")

    def stop(self, depth, loops):
        return stop() if self.random.random() < 0.4 else self.wait(depth, loops)

    def continue_if(self, depth, loops):
        return continue_if(self.truth())

    def if_(self, depth, loops):
        return if_(self.truth(), self.some(depth, loops, loops >= 100), self.some(depth, loops, loops >= 100))

    def choose(self, depth, loops):
        return choose([(self.truth(), self.some(depth, loops, loops >= 100)) for _ in range(2)], self.some(depth, loops, loops >= 100))

    def for_each(self, depth, loops):
        size, limit = self.random.randint(0, 4), self.random.choice([1, 1, 2, 3])
        more = {"key": lambda s: s["item"] % 3} if self.random.random() < 0.3 else {}
        inner = loops + (1000 if limit > 1 else 1)
        return for_each(list(range(size)), self.some(depth, inner), max_parallel=limit, go_on=self.random.random() < 0.5, **more)

    def parallel(self, depth, loops):
        return parallel(*[self.some(depth, loops + 1000) for _ in range(self.random.randint(1, 3))], first=self.random.random() < 0.5)

    def repeat(self, depth, loops):
        kind = self.random.choice(["times", "while_", "until"])
        return repeat(self.some(depth, loops + 1), max=self.random.choice([2, 4]), **{kind: self.random.randint(0, 3) if kind == "times" else self.truth()})

    def try_(self, depth, loops):
        catch = self.some(depth, loops) if self.random.random() < 0.6 else None
        return try_(self.some(depth, loops), catch, self.steps(self.random.randint(0, 2), depth - 1, loops + 100, finally_=True))


class PageMaker(Maker):
    """Makes workflows that walk the pages of searches, once at least."""

    def workflow(self):
        return workflow(*self.steps(self.random.randint(0, 1), 1, loops=0), self.for_each(2, 0), *self.steps(1, 2, loops=0), vars={"n": 0})

    def for_each(self, depth, loops):
        if self.random.random() < 0.3 or self.ids >= 9:
            return super().for_each(depth, loops)
        name, limit = f"id{self.ids}", self.random.choice([1, 1, 2, 3])
        self.ids += 1
        more = {"key": lambda s: s["item"] % 5} if self.random.random() < 0.4 else {}
        body = self.some(depth, loops + (1000 if limit > 1 else 1))
        asked = search(name, self.params(), retry=retry(2))
        walked = walk_pages(body, name, max_parallel=limit, go_on=self.random.random() < 0.5, **more)
        if self.random.random() < 0.5:
            asked = if_(True, [asked, *self.steps(self.random.randint(0, 1), 0, loops)])
        return if_(True, [asked, walked])


class History:
    """Feeds a run what a runtime could, chosen by a seed and by what the run waits for."""

    def __init__(self, flow, seed, evict=lambda: False):
        self.random, self.evict = random.Random(seed), evict
        self.player = Player(flow)
        self.ended = 0

    def play(self, limit=60, check=False):
        for _ in range(limit):
            if check:
                self.player.check()
            if self.evict():
                self.player.evict()
            if not self.once():
                break
        return self.player.log

    def once(self):
        player, status = self.player, self.player.machine.status
        if status is RunStatus.FAILED and self.ended < 2:
            self.ended += 1
            step = None if self.random.random() < 0.7 else f"actions/{self.random.randint(0, 1)}"
            player.retry(step, hours=1)
            return True
        if status.ended:
            return False
        ways = [self.blocked] * 2 if status is RunStatus.BLOCKED else []
        ways += [self.attempt] * 5 * bool(player.actions) + [self.timer] * 3 * bool(player.timers) + [self.decision] * 2 * bool(player.approvals)
        ways += [self.child] * 3 * bool(player.children)
        ways += [self.event] * 2 + ([self.end] if self.random.random() < 0.1 else [])
        if not (player.actions or player.timers or player.approvals or player.children) and status is not RunStatus.BLOCKED and self.random.random() < 0.5:
            ways.append(self.end)
        self.random.choice(ways)()
        return True

    def attempt(self):
        player, path = self.player, self.random.choice(sorted(self.player.actions))
        kind = self.random.choice(["ok"] * 5 + ["retryable", "permanent", "rate_limited", "in_doubt", "skipped"])
        if kind == "ok" and player.actions[path].action == "search":
            self.page(path, player.actions[path].page)
        elif kind == "ok":
            player.ok(path, {"n": self.random.randint(1, 9), "price": Decimal("1.50")}, hours=self.random.choice([0, 0, 2]))
        elif kind == "skipped" and player.actions[path].tokens:
            player.feed("attempt", path, {"ok": True, "skipped": "capped"})
        else:
            player.fails(path, "permanent" if kind == "skipped" else kind, hours=self.random.choice([0, 1]))

    def page(self, path, mark):
        """Answer a search with a page of up to three items; the third one has no other after it."""
        number = int(mark or 1)
        following = str(number + 1) if number < 3 and self.random.random() < 0.8 else None
        self.player.page(path, [self.random.randint(0, 9) for _ in range(self.random.randint(0, 3))], following)

    def timer(self):
        player = self.player
        path = min(player.timers, key=lambda p: (player.timers[p], p))
        player.timer(path)

    def event(self):
        self.player.event(f"thing.{self.random.choice('ab')}", hours=self.random.choice([0, 0, 1]))

    def decision(self):
        path = self.random.choice(sorted(self.player.approvals))
        self.player.feed("decision", path, {"approved": self.random.random() < 0.5, "by": "ana", "comment": ""})

    def child(self):
        player, path = self.player, self.random.choice(sorted(self.player.children))
        endings = ["completed", "cancelled"] if path in player.unwanted else ["completed", "completed", "stopped", "failed", "refused", "superseded"]
        player.child(path, self.random.choice(endings), {"n": self.random.randint(1, 9)}, hours=self.random.choice([0, 0, 2]))

    def blocked(self):
        path = self.player.machine.blocked_path
        data = self.random.choice([{"how": "retry"}, {"how": "skip", "result": {"n": 1}}, None])
        if data is None:
            self.player.end("cancelled")
        else:
            self.player.feed("settle", path, data)

    def end(self):
        self.player.end(self.random.choice(["exit", "superseded", "cancelled"]))
