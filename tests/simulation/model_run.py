"""A run of the model: strands of generators, what they wait for, what came early."""

from __future__ import annotations

import hashlib
from collections import deque
from contextlib import suppress
from datetime import timedelta
from functools import partial

from model_strands import Fork, Strand, Wait
from model_values import (
    MINUTE,
    SECOND,
    STEPS,
    Cancelled,
    Failed,
    Stopped,
    every,
    key_text,
    look,
    parts,
    render,
    span,
    truth,
)

ENDED = ("completed", "stopped", "failed", "cancelled", "superseded")


class Run:
    """One run: its strands, what it waits for, what came early."""

    def __init__(self, model, start, name):
        self.model, self.flow, self.event, self.call, self.group, self.mode = model, start.flow, start.event, start.call, start.group, start.mode
        self.name, self.kind, self.subject, flow, event, call = name, start.kind, start.subject, start.flow, start.event, start.call
        self.status, self.error, self.output, self.added, self.seq = "queued", None, None, model.now, len(model.events) if call else event.seq
        self.n = len(model.runs)
        self.cause, self.told, self.effects, self.declined = event, None, False, False
        self.ready, self.pending, self.early, self.seen, self.ended_at = deque(), [], [], set(), None
        self.key = start.key
        self.callers = [call["caller"], *call["caller"].callers] if call else []
        self.own_line = frozenset([self.key, *(caller.key for caller in self.callers)])
        self.scope = {**start.scope, "vars": {}, "inputs": {**flow.get("inputs", {}), **(call["inputs"] if call else {})}}
        self.reach = set()
        self.gather(flow["actions"], "actions")

    @property
    def open(self):
        return self.status not in ENDED

    @property
    def line(self):
        """The runs that led to what this run causes (E8)."""
        return self.own_line | self.event.line | self.cause.line

    @property
    def next_hop(self):
        """The hop of what this run causes now: one more where its own cause is not a minute old (E8)."""
        return self.cause.hop + 1 if self.model.now - self.cause.arrived <= MINUTE else 0

    def gather(self, steps, path):
        """Note the waits since the start: events for them are kept until they are out of reach (W3)."""
        for number, step in enumerate(steps):
            if "wait_for" in step and step["wait_for"].get("since") != "step":
                self.reach.add((f"{path}/{number}", id(step)))
            for name, inner in parts(step):
                self.gather(inner, f"{path}/{number}/{name}")

    # --- strands ---

    def begin(self):
        self.status, self.seq = "running", len(self.model.events)
        before = self.model.look_back(self)
        if any(self.exits(event) for event in before):
            event = next(event for event in before if self.exits(event))
            self.model.decided(event, self.flow["name"], "exited")
            self.finish("stopped")
        else:
            self.root = Strand()
            self.root.steps = self.main()
            self.resume(self.root)
            self.drain()
            for event in before:
                self.deliver(event)

    def main(self):
        yield from self.block(self.root, self.flow["actions"], self.scope, "actions", looped=False)
        try:
            self.output = render(self.flow.get("output"), self.scope)
        except Failed as failed:
            failed.step = "output"
            raise

    def resume(self, strand, value=None, signal=None):
        if strand.wait in self.pending:
            self.pending.remove(strand.wait)
        strand.wait = None
        self.ready.append((strand, value, signal))

    def drain(self):
        while self.ready or self.skip():
            strand, value, signal = self.ready.popleft()
            try:
                wait = strand.steps.send(value) if signal is None else strand.steps.throw(signal)
            except StopIteration as stop:
                self.ended(strand, stop.value, None)
            except (Failed, Stopped, Cancelled) as ended:
                self.ended(strand, None, ended)
            else:
                strand.wait, wait.strand = wait, strand
                if strand.ending:
                    self.resume(strand, None, Cancelled())
                elif isinstance(wait, Fork):
                    wait.go_on()
                else:
                    self.pending.append(wait)
                    self.model.asked(self, wait)

    def skip(self):
        """Let a step go on whose token was refused: only after all that was asked for at the same moment (P4)."""
        refused = next((wait for wait in self.pending if wait.kind == "token"), None)
        if refused is not None:
            self.resume(refused.strand)
        return refused is not None

    def ended(self, strand, value, signal):
        if strand.fork is not None:
            strand.fork.ended(strand, value, signal)
        elif self.told is not None:
            self.finish(self.told)
        elif isinstance(signal, Failed):
            self.finish("failed", signal.step)
        else:
            self.declined = isinstance(signal, Stopped) and signal.quiet and not self.effects
            self.finish("completed" if signal is None else "stopped")

    def cancel(self, strand):
        """End a strand: waits at once, an attempt in flight and a child when they have ended, finally never (P1)."""
        if strand.cancelled:
            return
        strand.cancelled = True
        wait = strand.wait
        if wait is None or strand.shield:
            return
        if isinstance(wait, Fork):
            wait.stop()
        elif wait.kind == "child":
            self.model.unwanted(self, wait)
        elif wait.kind != "call":
            self.resume(strand, None, Cancelled())

    def end(self, how):
        if self.status == "queued":
            self.finish(how)
        elif self.open and self.told is None:
            self.told = how
            self.cancel(self.root)
            self.drain()

    def finish(self, status, step=None):
        self.status, self.error, self.ended_at = status, step, self.model.now
        if self.declined or (status == "superseded" and not self.effects):
            self.model.give_back(self, None)
        self.model.run_ended(self)

    # --- events (E5, W2-W5) ---

    def fits(self, entry, event):
        if event.type != entry["event"]:
            return False
        if "match" not in entry:
            return self.subject is not None and (self.kind, self.subject) == (event.type.split(".")[0], event.subject)
        sides = [(key_text(look(left, event.data)), key_text(look(right, {**self.scope}))) for left, right in entry["match"].items()]
        return all(left is not None and left == right for left, right in sides)

    def exits(self, event):
        return self.open and self.told is None and any(self.fits(entry, event) for entry in self.flow.get("exit_on", ()))

    def takes(self, wait, event):
        entry, scope = wait.more["entry"], wait.more["scope"]
        return self.fits(entry, event) and truth(entry.get("where", []), {**scope, "arriving": event.data}) is True

    def deliver(self, event, live=False):
        """Give an event to the first wait that takes it, or keep it for one that is still in reach; once in all."""
        if self.told is not None or self.status != "running" or event.seq in self.seen or (live and event.seq <= self.seq):
            return
        waits = [w for w in self.pending if w.kind == "event" and (w.more["since"] is None or event.seq > w.more["since"])]
        taker = next((wait for wait in waits if self.takes(wait, event)), None)
        steps = {id(step): step for step in every(self.flow["actions"])}
        reached = {w.path for w in waits}
        later = any(self.fits(steps[i]["wait_for"], event) for path, i in self.reach if path not in reached)
        if taker is None and not later:
            return
        self.seen.add(event.seq)
        self.cause = event
        self.model.decided(event, self.flow["name"], "delivered")
        if taker is None:
            self.early.append(event)
        else:
            self.resume(taker.strand, event)
            self.drain()

    # --- steps ---

    def block(self, strand, steps, scope, path, looped):
        result = None
        for number, step in enumerate(steps):
            if strand.ending:
                raise Cancelled
            here = f"{path}/{number}"
            try:
                if "if" in step and "then" not in step and not self.ask(step, step["if"], scope):
                    result = None
                else:
                    kind = next(kind for kind in STEPS if kind in step)
                    result = yield from getattr(self, f"do_{kind}")(strand, step, scope, here, looped)
            except Failed as failed:
                failed.step = failed.step or step.get("id", here)
                raise
            if "id" in step:
                scope[step["id"]] = result
            if not looped:
                self.reach = {(p, i) for p, i in self.reach if p != here and not p.startswith(f"{here}/")}
        if strand.ending:
            raise Cancelled
        return result

    def ask(self, step, condition, scope, unknown_is=False):
        found = truth(condition, scope)
        if found is None and step.get("on_unknown") != "else":
            raise Failed
        return unknown_is if found is None else found

    def do_action(self, strand, step, scope, here, looped):
        try:
            return (yield from self.call_action(strand, step, scope, here))
        except Failed as failed:
            failed.step = failed.step or step.get("id", here)
            if step.get("on_error", "stop") == "stop":
                raise
        if isinstance(step["on_error"], list):
            yield from self.block(strand, step["on_error"], scope, f"{here}/on_error", looped)
        return None

    def call_action(self, strand, step, scope, here):
        params, retry = render(step["with"], scope), {"attempts": 5, "delay": "10s", "max_delay": "1h", **step.get("retry", {})}
        refused = self.model.take_for_step(self, step, scope, here)
        if refused:
            yield Wait("token", here)
            return {"skipped": refused}
        first, attempt, doubted = self.model.now, 1, False
        self.effects = self.effects or not step["action"].endswith(".read")
        while True:
            how, result = yield Wait("call", here, action=step["action"], params=params, attempt=attempt, timeout=span(step.get("timeout", "60s")))
            if how == "ok":
                return result
            doubted = doubted or how in ("in_doubt", "crash")
            if strand.ending:
                break
            if how != "crash" or attempt >= retry["attempts"]:
                due = self.next_attempt(retry, here, attempt, first)
                if how == "permanent" or attempt >= retry["attempts"] or due is None:
                    break
                try:
                    yield Wait("timer", here, due)
                except Cancelled:
                    break
            attempt += 1
        if not doubted:
            self.model.give_back(self, here)
        raise Cancelled if strand.ending else Failed

    def next_attempt(self, retry, here, attempt, first):
        """Double the delay, lengthen it by up to a tenth, by a hash of the idempotency key (P10, X5)."""
        text = f"{self.model.keys[self.name]}/{here}/0/{attempt}"
        chance = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
        delay = min(span(retry["delay"]) / SECOND * 2 ** (attempt - 1), span(retry["max_delay"]) / SECOND)
        due = self.model.now + timedelta(seconds=delay * (1 + 0.1 * chance)) // timedelta(microseconds=1)
        return None if "deadline" in retry and due > first + span(retry["deadline"]) else due

    def do_wait_for(self, strand, step, scope, here, looped):
        entry, due = step["wait_for"], self.flow["zone"].plus(self.model.now, step["wait_for"]["timeout"])
        since = len(self.model.events) if entry.get("since") == "step" else None
        wait = Wait("event", here, due, entry=entry, scope=scope, since=since)
        found = next((event for event in self.early if since is None and self.takes(wait, event)), None)
        if found is not None:
            self.early.remove(found)
        else:
            found = yield wait
        return {"timed_out": True} if found is None else {"timed_out": False, "data": found.data}

    def do_wait(self, strand, step, scope, here, looped):
        yield Wait("timer", here, self.flow["zone"].plus(self.model.now, step["wait"]))

    def do_ask_approval(self, strand, step, scope, here, looped):
        asked = step["ask_approval"]
        said = yield Wait("person", here, self.flow["zone"].plus(self.model.now, asked["timeout"]))
        steps = asked.get("on_timeout", "reject")
        if said is None and isinstance(steps, list):
            yield from self.block(strand, steps, scope, f"{here}/on_timeout", looped)
        return {"approved": steps == "approve" if said is None else said, "timed_out": said is None}

    def do_call(self, strand, step, scope, here, looped):
        inputs = render(step.get("with", {}), scope)
        self.effects = True
        fine, output = yield Wait("child", here, flow=step["call"], inputs=inputs, child=None, wanted=True)
        if not fine:
            raise Cancelled if strand.ending else Failed
        return output

    def do_emit(self, strand, step, scope, here, looped):
        data = render(step["data"], scope)
        self.effects = True
        self.model.emitted_by(self, here, step["emit"], data)
        yield from ()

    def do_set(self, strand, step, scope, here, looped):
        scope["vars"].update(render(step["set"], scope))
        yield from ()

    def do_continue_if(self, strand, step, scope, here, looped):
        if not self.ask(step, step["continue_if"], scope):
            stopped = Stopped()
            stopped.quiet = True
            raise stopped
        yield from ()

    def do_stop(self, strand, step, scope, here, looped):
        raise Stopped
        yield

    def do_fail(self, strand, step, scope, here, looped):
        raise Failed
        yield

    def do_then(self, strand, step, scope, here, looped):
        side = "then" if self.ask(step, step["if"], scope) else "else"
        return (yield from self.block(strand, step.get(side, []), scope, f"{here}/{side}", looped))

    def do_choose(self, strand, step, scope, here, looped):
        for number, branch in enumerate(step["choose"]):
            found = truth(branch["if"], scope)
            if found is None:
                self.ask(step, branch["if"], scope)
                break
            if found:
                return (yield from self.block(strand, branch["then"], scope, f"{here}/{number}", looped))
        return (yield from self.block(strand, step.get("else", []), scope, f"{here}/else", looped))

    def do_parallel(self, strand, step, scope, here, looped):
        makers = [lambda s, n=n, b=branch: self.block(s, b, scope, f"{here}/{n}", looped) for n, branch in enumerate(step["parallel"])]
        return (yield Fork(self, here, makers, len(makers), step.get("join") == "first"))

    def do_for_each(self, strand, step, scope, here, looped):
        items = look(step["for_each"], scope)
        if not isinstance(items, list):
            raise Failed
        makers = [partial(self.item, step=step, scope={**scope, step["as"]: item}, path=f"{here}/{n}") for n, item in enumerate(items)]
        return (yield Fork(self, here, makers, step.get("max_parallel", 1)))

    def item(self, strand, step, scope, path):
        try:
            return (yield from self.block(strand, step["do"], scope, path, True))
        except Stopped as stopped:
            if not stopped.quiet:
                raise
        except Failed:
            if step.get("on_error") != "continue":
                raise
        return None

    def do_repeat(self, strand, step, scope, here, looped):
        how, number, result = step["repeat"], 0, None
        while number < how.get("times", 1 << 30):
            if "while" in how and not self.ask(step, how["while"], {**scope, "loop": {"index": number + 1}}):
                break
            if "until" in how and number and self.ask(step, how["until"], {**scope, "loop": {"index": number}}, unknown_is=True):
                break
            if number >= step.get("max", 100):
                raise Failed
            number += 1
            result = yield from self.block(strand, step["do"], {**scope, "loop": {"index": number}}, f"{here}/{number}", True)
        return result

    def do_try(self, strand, step, scope, here, looped):
        result = signal = None
        for part in ("try", "catch"):
            if part == "try" or (isinstance(signal, Failed) and part in step):
                try:
                    result, signal = (yield from self.block(strand, step[part], scope, f"{here}/{part}", looped)), None
                except (Failed, Stopped, Cancelled) as raised:
                    signal = raised
        strand.shield += 1
        with suppress(Failed):
            yield from self.block(strand, step.get("finally", []), scope, f"{here}/finally", looped)
        strand.shield -= 1
        if signal is not None:
            raise signal
        return result
