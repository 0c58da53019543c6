"""Calls of workflows, and what people say, of the model's shop (P6, P11)."""

from __future__ import annotations

from functools import partial

from model_strands import Start


class Calls:
    """The part of a shop that carries calls on and hears people."""

    # --- calls of workflows (P6) ---

    def begin_child(self, run, wait):
        flow = self.flows[wait.more["flow"]]
        if not wait.more["wanted"] or self.hold(flow["name"], partial(self.begin_child, run, wait)):
            return
        kind, subject = (run.kind, run.subject) if "subject" not in flow else self.subject_of(flow, run.event, run.event.data)
        call = {"caller": run, "path": wait.path, "wait": wait, "inputs": wait.more["inputs"]}
        start = Start(run.event, flow, (kind, subject), {"kind": "call", "id": None}, [run.event], call)
        found = "unknown" if start.mode != "parallel" and subject is None else self.limited(start)
        if isinstance(found, str):
            self.decided(run.event, flow["name"], found)
            self.later.append(partial(self.tell_wait, run, wait, (False, None)))
        else:
            wait.more["child"] = found

    def unwanted(self, run, wait):
        wait.more["wanted"] = False
        self.later.append(partial(self.end_child, run, wait))

    def end_child(self, run, wait):
        child = wait.more["child"]
        if child is None:
            self.tell_wait(run, wait, (False, None))
        elif not self.hold(child.flow["name"], partial(self.end_child, run, wait)):
            child.end("cancelled")

    def told(self, child):
        self.tell_wait(child.call["caller"], child.call["wait"], (child.status in ("completed", "stopped"), child.output))

    def tell_wait(self, run, wait, ended):
        # One that was refused while its caller ended is told once.
        if not self.hold(run.flow["name"], partial(self.tell_wait, run, wait, ended)) and wait in run.pending:
            run.resume(wait.strand, ended)
            run.drain()

    # --- people ---

    def cancel(self, name):
        run = next(r for r in self.runs if r.name == name)
        if not self.hold(run.flow["name"], partial(run.end, "cancelled")):
            run.end("cancelled")
        self.work()

    def decide_approval(self, name, approved):
        run = next(r for r in self.runs if r.name == name)
        # Of several that were asked for at one moment the first in the file is meant.
        wait = min((w for w in run.pending if w.kind == "person"), key=lambda w: (w.at, w.path))
        if not self.hold(run.flow["name"], partial(self.say, run, wait, approved)):
            self.say(run, wait, approved)
        self.work()

    def say(self, run, wait, approved):
        if wait in run.pending:
            run.resume(wait.strand, approved)
            run.drain()
