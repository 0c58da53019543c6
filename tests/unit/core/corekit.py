"""Workflows made by hand, and a driver that does to a machine what a runtime does, without store, clock or plugins."""

from datetime import UTC, datetime, timedelta

from ecomflow.core import commands as c
from ecomflow.core.commands import Entry, Row
from ecomflow.core.encoding import decode, encode
from ecomflow.core.journal import thinned
from ecomflow.core.machine import Machine, RunInfo
from ecomflow.model import (
    ActionStep,
    AskApprovalStep,
    CallStep,
    ChooseStep,
    ContinueIfStep,
    Effect,
    EmitStep,
    Event,
    FailStep,
    ForEachStep,
    IfStep,
    Leaf,
    ParallelStep,
    RepeatStep,
    Retry,
    SetStep,
    StopStep,
    TryStep,
    WaitForStep,
    WaitStep,
    Workflow,
)  # fmt: skip

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Says:
    """An expression, condition, template and due time in one: a function of the scope. While ``silent`` it may not be asked."""

    silent = False

    def __init__(self, what, source="said", reasked=False, paths=()):
        self.what, self.source, self.reasked, self.paths = what, source, reasked, paths

    def _say(self, scope):
        assert not Says.silent, f"{self.source} was evaluated in a replay"
        return self.what(scope) if callable(self.what) else self.what

    value = test = render = at = _say

    def explain(self, scope):
        return (self.decisive(scope),)

    def decisive(self, scope):
        return Leaf(self.source, self._say(scope), "as it was seen")


def reads(*paths):
    """What gives the value of the first path; it says which it reads."""

    def value(scope):
        for part in paths[0].split("."):
            scope = scope[part]
        return scope

    return Says(value, paths[0], paths=tuple(tuple(path.split(".")) for path in paths))


def says(what, source="said"):
    return what if isinstance(what, Says) else Says(what, source)


def after(hours):
    """When a wait of so many hours ends."""
    return Says(lambda scope: scope["now"] + hours * HOUR)


# Steps take their path when they are put into a workflow.


def action(name="send", params=None, **more):
    more.setdefault("effect", Effect.SENDS)
    more.setdefault("idempotent", False)
    return ActionStep, {"action": name, "params": says({} if params is None else params), **more}


def charge(name="charge", params=None, **more):
    return action(name, params, effect=Effect.CHARGES, **more)


def wait(hours=1, **more):
    return WaitStep, {"due": hours if isinstance(hours, Says) else after(hours), **more}


def wait_for(type_="thing.changed", hours=None, since_start=True, where=None, match=(), **more):
    return WaitForStep, {
        "types": (type_,), "match": match, "where": None if where is None else says(where),
        "due": None if hours is None else after(hours), "since_start": since_start, **more,
    }  # fmt: skip


def if_(condition, then=(), otherwise=(), **more):
    return IfStep, {"condition": says(condition), "then": then, "otherwise": otherwise, **more}


def choose(branches, otherwise=(), **more):
    return ChooseStep, {"branches": [(says(test), steps) for test, steps in branches], "otherwise": otherwise, **more}


def for_each(items, body, name="item", **more):
    if "key" in more:
        more["key"] = says(more["key"])
    return ForEachStep, {"items": says(items), "name_of_item": name, "body": body, **more}


def search(id="found", params=None, **more):
    """The search of an id; ``walk_pages`` walks what it finds."""
    return action("search", params, effect=Effect.READS, id=id, **more)


def walk_pages(body, of="found", **more):
    return for_each(Says(lambda scope: scope[of], of), body, search=search(of), **more)


def parallel(*branches, first=False, **more):
    return ParallelStep, {"branches": branches, "first": first, **more}


def repeat(body, times=None, while_=None, until=None, **more):
    asked = {"times": times, "while_": while_, "until": until}
    return RepeatStep, {"body": body, **{k: None if v is None else says(v) for k, v in asked.items()}, **more}


def continue_if(condition, **more):
    return ContinueIfStep, {"condition": says(condition, "the condition"), **more}


def set_(**values):
    return SetStep, {"values": tuple((name, says(value)) for name, value in values.items())}


def emit(type_="thing.noted", data=None, **more):
    return EmitStep, {"type": type_, "data": says({} if data is None else data), **more}


def ask_approval(hours=None, on_timeout="reject", remind=None, **more):
    due, remind = (h if h is None or isinstance(h, Says) else after(h) for h in (hours, remind))
    asked = {"title": says("May I?"), "details": None, "to": ("ana",), "due": due, "remind": remind}
    return AskApprovalStep, {**asked, "on_timeout": on_timeout, **more}


def call(name="other", inputs=None, **more):
    return CallStep, {"workflow": name, "params": None if inputs is None else says(inputs), **more}


def try_(body, catch=None, finally_=(), **more):
    return TryStep, {"body": body, "catch": catch, "finally_": finally_, **more}


def stop(reason="enough"):
    return StopStep, {"reason": says(reason)}


def fail(reason="broken", **more):
    return FailStep, {"reason": says(reason), **more}


_INSIDE = {"then": "then", "otherwise": "else", "body": "do", "catch": "catch", "finally_": "finally", "on_error": "on_error", "on_timeout": "on_timeout"}


def build(made, path, repeats=False):
    """Make the step at a path, and all inside of it."""
    kind, fields = made
    fields, inner = dict(fields), repeats or kind in (ForEachStep, RepeatStep)
    for name, word in _INSIDE.items():
        if isinstance(fields.get(name), (list, tuple)):
            part = "try" if kind is TryStep and name == "body" else word
            fields[name] = build_all(fields[name], f"{path}/{part}", inner)
    if kind is ChooseStep:
        fields["branches"] = tuple((test, build_all(body, f"{path}/{n}", inner)) for n, (test, body) in enumerate(fields["branches"]))
    if kind is ParallelStep:
        fields["branches"] = tuple(build_all(body, f"{path}/{n}", inner) for n, body in enumerate(fields["branches"]))
    if kind is ForEachStep:
        fields["ids"] = tuple(ids_of(fields["body"]))
        fields["search"] = build(fields["search"], "actions/0") if fields.get("search") else None
    if kind is WaitForStep:
        fields["repeats"] = repeats
    return kind(path=path, **fields)


def build_all(steps, path, repeats=False):
    return tuple(build(step, f"{path}/{number}", repeats) for number, step in enumerate(steps))


def inside(step):
    """The steps directly inside of a step."""
    for name in ("then", "otherwise", "body", "catch", "finally_", "on_error", "on_timeout"):
        value = getattr(step, name, None)
        if isinstance(value, tuple):
            yield from value
    for branch in getattr(step, "branches", ()):
        yield from branch[1] if isinstance(step, ChooseStep) else branch


def every(steps):
    for step in steps:
        yield step
        yield from every(inside(step))


def ids_of(steps):
    for step in steps:
        if step.id:
            yield step.id
        yield from ids_of(inside(step)) if not isinstance(step, ForEachStep) else ()


def workflow(*actions, **more):
    more.setdefault("version", "v")
    steps = build_all(actions, "actions")
    waits = tuple(s for s in every(steps) if isinstance(s, WaitForStep) and s.since_start)
    more.setdefault("constants", {"inputs": {"size": 3}})
    more["vars"] = tuple((name, says(value)) for name, value in more.pop("vars", {}).items())
    return Workflow(name="w", bundle={}, actions=steps, waits=waits, ids=tuple(ids_of(steps)), **more)


def event(type_="thing.happened", n=0, **data):
    return Event(f"e{n}", type_, "test", T0, {"thing": {"id": 1}, **data})


INFO = RunInfo(id="r1-x", shop="acme", subject="1", started_at=T0)


class Player:
    """A run with its journal as the store would give it back. It checks what a machine asks for against its own account."""

    def __init__(self, flow, *, trigger=None):
        self.flow, self.now, self.seq = flow, T0, 1
        self.machine, self.rows, self.log = Machine(flow, INFO), [], []
        self._forget()
        entry = Entry(1, T0, "started", "", {"event": trigger or event(), "trigger": {"id": None, "kind": "event"}})
        self.commands = self._note(entry, self.machine.start([Row(entry)]))

    def _forget(self):
        self.actions, self.timers, self.subs, self.approvals, self.finish = {}, {}, {}, {}, None
        self.children, self.unwanted = {}, set()

    # --- what happens ---

    def feed(self, kind, path="", data=None, *, hours=0, at=None):
        """Feed an entry some hours later, and return the commands."""
        self.now = at or self.now + hours * HOUR
        self.seq += 1
        data = data if kind == "event" or data is None else decode(encode(data))
        entry = Entry(self.seq, self.now, kind, path, data)
        if kind == "attempt":
            self.actions.pop(path, None)
        if kind == "timer":
            self.timers.pop(path, None)
        if kind == "child":
            self.children.pop(path, None)
            self.unwanted.discard(path)
        self.commands = self._note(entry, self.machine.feed(entry))
        return self.commands

    def ok(self, path, result=None, **more):
        return self.feed("attempt", path, {"ok": True, "result": result}, **more)

    def page(self, path, items, mark=None, **more):
        """Answer a search."""
        return self.feed("attempt", path, {"ok": True, "result": items, "next": mark}, **more)

    def fails(self, path, class_="permanent", type_="refused", hours=0, **more):
        return self.feed("attempt", path, {"ok": False, "class": class_, "type": type_, "message": "no", **more}, hours=hours)

    def child(self, path, status="completed", output=None, **more):
        """Let the run that a step has called end, or not start."""
        return self.feed("child", path, {"status": status, "run": "r2-y", "reason": "so", "output": output}, **more)

    def timer(self, path, **more):
        more.setdefault("at", max(self.now, self.timers.get(path, self.now)))
        return self.feed("timer", path, **more)

    def event(self, type_="thing.changed", n=None, hours=0, where=lambda sub: True, **data):
        came = Event(f"e{n or self.seq}", type_, "test", self.now, data)
        subs = [s.sub for s in self.subs.values() if type_ in s.types and where(s.sub)]
        return self.feed("event", "", {"event": came, "subs": subs}, hours=hours)

    def end(self, how="exit", **more):
        return self.feed("end", "", {"how": how, "reason": "because"}, **more)

    def retry(self, step=None, hours=0):
        """Let the failed run go on, as a person asks."""
        self.now += hours * HOUR
        self.seq += 1
        entry = Entry(self.seq, self.now, "retry", "", {"from": step})
        self.machine = Machine(self.flow, INFO)
        rows = self.stored()
        self._forget()
        self.commands = self._note(entry, self.machine.start([*rows, Row(entry)]))
        return self.commands

    def migrate(self, flow, hours=0):
        """Let the run go on in another version; what was asked for moves with its wait, and nothing else is asked."""
        self.now += hours * HOUR
        machine, row, asked = self.machine.migrate(self.stored(), flow, self.seq + 1, self.now)
        self.seq, self.flow, self.machine = self.seq + 1, flow, machine
        entry = row.entry._replace(data=decode(encode(row.entry.data)))
        self.rows.append((entry, encode(row.trail), None))
        assert machine.take_kept() == (None, None)
        dues = list(self.timers.values())
        self.timers, self.subs, self.approvals = {}, {}, {}
        for command in asked:
            assert isinstance(command, c.StartTimer | c.Subscribe | c.AskApproval)
            self._account(command)
        assert list(self.timers.values()) == dues
        return asked

    # --- the account ---

    def _note(self, entry, commands):
        trail, closed = self.machine.take_kept()
        self.rows.append((entry, trail or b"[]", closed))
        for command in commands:
            self._account(command)
        self.log.append((entry.seq, entry.kind, entry.path, sorted(map(repr, commands))))
        return commands

    def _account(self, command):
        match command:
            case c.RunAction():
                assert command.path not in self.actions, "asked for twice"
                self.actions[command.path] = command
            case c.StartTimer():
                self.timers[command.path] = command.due
            case c.CancelTimer():
                self.timers.pop(command.path, None)
            case c.Subscribe():
                self.subs[command.sub] = command
            case c.Unsubscribe():
                self.subs.pop(command.sub, None)
            case c.AskApproval():
                self.approvals[command.path] = command
            case c.WithdrawApproval():
                self.approvals.pop(command.path, None)
            case c.StartChild():
                assert command.path not in self.children, "asked for twice"
                self.children[command.path] = command
            case c.CancelChild():
                if command.path in self.children:  # it may have ended while nobody knew the outcome of another call
                    assert self.children[command.path].key == command.key
                    self.unwanted.add(command.path)
            case c.Finish():
                assert not self.children, "runs that were called outlive their caller"
                self.finish = command

    def stored(self):
        """The rows, as they come back from a store."""
        return [Row(entry, decode(trail), decode(closed) if closed else None) for entry, trail, closed in self.rows]

    # --- bringing back ---

    def replayed(self):
        """Return another machine of the same journal, and what it says is outstanding; nothing may be evaluated."""
        return self._replay(self.stored())

    def _replay(self, rows):
        machine = Machine(self.flow, INFO)
        Says.silent = True
        try:
            return machine, machine.start(rows)
        finally:
            Says.silent = False

    def _replayed_thinned(self):
        """Return what is outstanding by a journal from which all has been left out that closed steps stand for."""
        rows = self.stored()
        if any(row.entry.kind in ("retry", "migrated") for row in rows):
            return self.replayed()[1]
        closed = {path for row in rows for path, *_ in row.closed or ()}
        return self._replay([thinned(row, closed) for row in rows])[1]

    def evict(self):
        """Drop the machine and go on with one that was replayed."""
        self.machine, _ = self.replayed()

    def check(self):
        """Compare a replay of this prefix with the live machine and with the account."""
        machine, outstanding = self.replayed()
        live = self.machine
        assert texts(self._replayed_thinned()) == texts(outstanding)
        for name in ("status", "blocked_path", "effects"):
            assert getattr(machine, name) == getattr(live, name), name
        assert texts(machine.in_flight) == texts(live.in_flight) == texts(self.actions.values())
        assert texts(machine.pending) == texts(live.pending)
        if self.finish is None:
            asked = {type(x): {} for x in (*outstanding, *live.in_flight)}
            for x in outstanding:
                asked[type(x)][getattr(x, "path", None) or x.sub] = x
            assert texts(asked.get(c.RunAction, {}).values()) == texts(self.actions.values())
            assert {p: x.due for p, x in asked.get(c.StartTimer, {}).items()} == self.timers
            assert set(asked.get(c.Subscribe, {})) == set(self.subs)
            assert set(asked.get(c.AskApproval, {})) == set(self.approvals)
            assert texts(asked.get(c.StartChild, {}).values()) == texts(self.children.values())


def texts(things):
    return sorted(map(repr, things))


def of(commands, kind):
    """The commands of one kind."""
    return [command for command in commands if isinstance(command, kind)]


def retry(attempts=3, delay=10.0, **more):
    return Retry(attempts=attempts, delay=delay, **more)
