"""The shop of the model: events, starts, tokens, time, pausing."""

from __future__ import annotations

from functools import partial

from model_calls import Calls
from model_run import Run
from model_strands import Event, Start
from model_time import Zone
from model_triggers import Triggers, heard_by, listens, takes
from model_values import HOUR, MINUTE, Failed, every, key_text, look, truth


class Model(Calls):
    """A shop.

    Args:
        flows: its workflows.
        caps: limits that they share.
        answer: of a run's name, a path and an attempt gives how a call ends, its result, and after how many microseconds.
        keys: the beginning of each run's idempotency keys, for the jitter.
        zero: the moment from which its time counts.
        max_starts: of one workflow and subject in an hour.
        zone: of workflows that name none.
    """

    def __init__(self, flows, caps, answer, keys, zero, max_starts=60, zone="UTC"):
        self.flows = {f["name"]: {**f, "zone": Zone(f.get("timezone", zone), zero)} for f in flows}
        # A workflow as each of its triggers has it: what is remembered belongs to the trigger's id or place.
        self.views = {name: [{**flow, "trigger": each, "place": each.get("id", str(n))} for n, each in enumerate(listed(flow["trigger"]))]
                      for name, flow in self.flows.items()}  # fmt: skip
        self.caps, self.answer, self.keys, self.now, self.max_starts = caps, answer, keys, 0, max_starts
        self.events, self.ids, self.runs, self.tokens, self.applied = [], {}, [], [], {}
        self.decisions, self.calls, self.flights, self.emitted, self.later = [], [], [], [], []
        self.paused, self.held, self.asked_no, self.ending = set(), [], 0, 0
        self.triggers = Triggers(self, zero)

    # --- time ---

    def timers(self):
        """Return what will go off: each moment, what waits for it, and whose it is, in the order of their due times."""
        found = [((w.fire, w.due, 0, r.n, w.no), w, r) for r in self.runs if r.open for w in r.pending if w.fire is not None]
        found += [((m.fire, m.due, 1, m.newest, m.flow["name"], m.flow["place"]), m, None) for m in self.triggers.memories.values() if m.fire is not None]
        return [(order[0], timer, whose) for order, timer, whose in sorted(found, key=lambda one: one[0])]

    def sleeping(self):
        """Return all that asked for a moment, with the name of its workflow."""
        found = [(w, r.flow["name"]) for r in self.runs for w in r.pending]
        return found + [(m, m.flow["name"]) for m in self.triggers.memories.values()]

    def go_off(self, timer, run):
        if run is None:
            self.triggers.wake(timer)
        elif timer in run.pending:
            run.resume(timer.strand)
            run.drain()

    def advance(self, to):
        while True:
            timers = self.timers()
            moments = [t[0] for t in timers[:1]] + [f[0] for f in self.flights]
            if not moments or min(moments) > to:
                break
            self.now = max(self.now, min(moments))
            if timers and timers[0][0] <= self.now:
                for fire, timer, run in timers:
                    if fire <= self.now and timer.fire == fire:
                        self.go_off(timer, run)
            else:
                flight = min(self.flights, key=lambda f: f[:2])
                self.flights.remove(flight)
                self.answered(*flight[2:])
            self.work()
        self.now = max(self.now, to)

    def work(self):
        """Do what was caused: emitted events are decided, calls of workflows go on, each after what caused it."""
        while self.emitted or self.later:
            batch, self.emitted, self.later = self.emitted + self.later, [], []
            for unit in batch:
                unit()

    def asked(self, run, wait):
        self.asked_no += 1
        wait.no, wait.at = self.asked_no, self.now
        if wait.kind == "call":
            self.calls.append((run.name, wait.path, wait.more["action"], wait.more["params"], wait.more["attempt"], self.now))
            how, result, takes = self.answer(run.name, wait.path, wait.more["attempt"])
            if takes > wait.more["timeout"]:
                how, result, takes = "in_doubt", None, wait.more["timeout"]
            self.flights.append((self.now + takes, wait.no, run, wait, (how, result)))
        elif wait.kind == "child":
            self.later.append(partial(self.begin_child, run, wait))

    def answered(self, run, wait, answer):
        if not self.hold(run.flow["name"], partial(self.answered, run, wait, answer)):
            run.resume(wait.strand, answer)
            run.drain()

    def restart(self, down):
        """Cut the calls in flight; what fell due in a long stop goes off after two minutes (P9, W6)."""
        self.advance(self.now)
        self.now += down
        cut, self.flights = sorted(self.flights, key=lambda f: (f[2].n, f[3].no)), []
        for fire, timer, _ in self.timers():
            if fire <= self.now and down > MINUTE:
                timer.fire = self.now + 2 * MINUTE
        for _, _, run, wait, _ in cut:
            self.answered(run, wait, ("crash", None))
        self.work()

    # --- pausing (V6) ---

    def is_paused(self, name):
        return bool(self.paused & {"*", name})

    def hold(self, name, unit):
        if self.is_paused(name):
            self.held.append((name, unit))
            return True
        return False

    def pause(self, name):
        self.paused.add(name)
        for timer, flow in self.sleeping():
            if name in ("*", flow):
                timer.fire = None

    def resume(self, name):
        self.paused = set() if name == "*" else self.paused - {name}
        for timer, flow in self.sleeping():
            if not self.is_paused(flow) and timer.fire is None and timer.due is not None:
                timer.fire = timer.due if timer.due > self.now else self.now + 2 * MINUTE
        held, self.held = self.held, []
        self.later += [partial(self.release, *one) for one in held]
        self.work()

    def release(self, name, unit):
        if not self.hold(name, unit):
            unit()

    # --- events ---

    def emit(self, id, type, data, subject, time):
        if id in self.ids:
            self.decided(self.ids[id], None, "duplicate")
        else:
            event = self.ids[id] = Event(id, type, data, subject, time, self.now, len(self.events) + 1)
            self.events.append(event)
            self.decide(event)
        self.work()

    def by_hand(self, name, id, data, subject, forced):
        view = next(view for view in self.views[name] if "manual" in view["trigger"])
        self.triggers.by_hand(view, id, data, subject, forced)
        self.work()

    def emitted_by(self, run, path, type, data):
        event = Event(f"{run.name}/{path}", type, data, run.subject, self.now, self.now, len(self.events) + 1, run.next_hop, run.line)
        self.events.append(event)
        self.emitted.append(partial(self.decide, event))

    def decided(self, event, name, outcome):
        self.decisions.append((event.id, name, outcome, self.now))

    def decide(self, event):
        if event.hop > 16:
            self.decided(event, None, "capped")
            return
        held = {n for n in self.flows if self.is_paused(n)}
        concerned = {n for n in held if any(listens(view, event) for view in self.views[n])}
        concerned |= {r.flow["name"] for r in self.runs if r.flow["name"] in held and self.listens(r, event)}
        for name in sorted(concerned):
            self.decided(event, name, "held")
            self.hold(name, partial(self.decide_for, event, [name]))
        self.decide_for(event, [n for n in self.flows if n not in held], live=True)

    def listens(self, run, event):
        """Whether a paused run may want an event: one that fits a wait, or an exit."""
        steps = [*run.flow.get("exit_on", ()), *(w.more["entry"] for w in run.pending if w.kind == "event")]
        steps += [s["wait_for"] for s in every(run.flow["actions"]) if any(i == id(s) for _, i in run.reach) and run.status == "running"]
        return run.open and any(run.fits(entry, event) for entry in steps)

    def decide_for(self, event, names, live=False):
        """Exits, then waits, then starts by priority and name (E5)."""
        runs = [run for run in self.runs if run.flow["name"] in names]
        for run in runs:
            if event.seq > run.seq and run.exits(event):
                self.decided(event, run.flow["name"], "exited")
                run.end("stopped")
        for run in runs:
            run.deliver(event, live=True)
        for flow in sorted((self.flows[n] for n in names), key=lambda f: (-f.get("priority", 0), f["name"])):
            taken = False
            for view in heard_by(self.views[flow["name"]], event):
                outcome = self.triggers.heard(event, view, taken)
                taken = taken or takes(view, outcome)
                self.tell(event, flow, outcome)

    def look_back(self, run):
        """What arrived up to 15 minutes before and is not older than the trigger; what came before a call is the caller's (W5)."""
        if run.call:
            return [e for e in self.events if e.arrived > run.added and e is not run.event]
        return [e for e in self.events if e.arrived >= run.event.arrived - 15 * MINUTE and e is not run.event
                and (e.seq > run.event.seq or e.time >= run.event.time)]  # fmt: skip

    # --- starts (E6) ---

    def subject_of(self, flow, event, scope):
        if "subject" in flow:
            return flow["subject"], key_text(look(flow["subject"], scope))
        return event.type.split(".")[0], event.subject

    def tell(self, event, flow, outcome):
        """Note what became of an event; a run that started has told it itself."""
        if isinstance(outcome, str):
            self.decided(event, flow["name"], "unknown" if outcome == "failed" else outcome)

    def begins(self, event, flow, told, events):
        """Return a start that is asked for; what it is told of its trigger has the trigger's id, where it has one."""
        told = {**told, "id": flow["trigger"].get("id")}
        return Start(event, flow, self.subject_of(flow, event, event.data), told, events)

    def mine(self, start):
        return [r for r in self.runs if r.open and r.key == start.key and start.subject is not None]

    def refused(self, start):
        """Return what stands against a start before anything is held: subject, own events, age, conditions; or None."""
        event, flow, place = start.event, start.flow, (*start.key, start.flow["place"])
        own = not flow.get("own_events") and start.key in event.line
        if start.mode == "restart":
            if start.subject is None:
                return "unknown"
            if own:
                return "refused"
            if event.time < self.applied.get(place, event.time):
                return "stale"
        found = event.forced or truth(flow.get("conditions", []), start.scope)
        if found is None:
            if flow.get("on_unknown") == "fail" and not start.taken:
                self.start(start).finish("failed")
                return "failed"
            return "unknown"
        if found is False and start.mode == "restart" and not start.taken:
            mine, self.applied[place] = self.mine(start), event.time
            self.end_all(mine)
            return "superseded" if mine else "not_matched"
        if found is False:
            return "not_matched"
        if start.mode != "parallel" and start.subject is None:
            return "unknown"
        return "refused" if own else None

    def taken(self, start, stage):
        """Return what stands against a start by a limit that others share; or None, and the token is noted."""
        limit = self.caps.get(stage) or start.flow.get(stage)
        text = limit and key_text(look(limit["key"], start.scope))
        if not limit:
            return None
        if text is None:
            return "unknown"
        if stage == "group":
            start.group = (limit["name"], text)
            start.rivals = [r for r in self.runs if r.open and r.group == start.group and (r.key != start.key or start.subject is None)]
            outranked = any(r.flow.get("priority", 0) >= start.flow.get("priority", 0) for r in start.rivals)
            return "outranked" if outranked else None
        if not self.free(stage, start.flow["name"], text, limit, start.flow["zone"]):
            return {"once": "deduplicated", "throttle": "throttled"}.get(stage, "capped")
        start.tokens.append((stage, start.flow["name"] if stage in ("once", "throttle") else "", text))
        return None

    def limited(self, start):
        """Return the outcome of a refusal, or the run that was started."""
        flow, mode, start.tokens = start.flow, start.mode, []
        for stage in ("once", "throttle", "group", *flow.get("caps", ())):
            outcome = self.taken(start, stage)
            if outcome is not None:
                return outcome
        mine, often = self.mine(start), sum(r.key == start.key and r.added > self.now - HOUR for r in self.runs)
        if start.subject is not None and not start.call and start.told["kind"] not in ("schedule", "manual") and often >= self.max_starts:
            return "capped"
        most = {"single": 1, "parallel": flow.get("max_runs", 1 << 30), "queued": 100}.get(mode, 1 << 30)
        if sum(mode != "queued" or run.status == "queued" for run in mine) >= most:
            return "refused"
        ended = [*start.rivals, *(mine if mode == "restart" else ())]
        if start.call and (set(ended) | set(mine if mode == "queued" else ())) & {start.call["caller"], *start.call["caller"].callers}:
            return "refused"
        if mode == "restart" and not start.call:
            self.applied[*start.key, start.flow["place"]] = start.event.time
        self.end_all(ended)
        return self.start(start, begins=True)

    def start(self, start, begins=False):
        flow, call = start.flow, start.call
        name = f"{flow['name']}<{start.event.id}{mark(start.told)}" if call is None else f"{flow['name']}^{call['caller'].name}:{call['path']}"
        run = Run(self, start, name)
        if call:
            run.cause = call["caller"].cause
        self.runs.append(run)
        self.tokens += [(*token, self.now, run, None) for token in start.tokens]
        if begins:
            free = self.may_begin(run)
            self.decided(start.event, flow["name"], "queued" if start.mode == "queued" and not free else "started")
            if free:
                run.begin()
        return run

    def may_begin(self, run):
        """Only when what must end first has ended, its finally included (S3, S5); and nothing begins while paused (V6)."""
        others = [r for r in self.runs if r.open and r.status != "queued" and r is not run]
        same = [r for r in others if r.key == run.key and run.subject is not None]
        group = [r for r in others if run.group and r.group == run.group and (r.key != run.key or run.subject is None)]
        return not group and (not same or run.mode == "parallel") and not self.is_paused(run.flow["name"])

    def end_all(self, runs):
        """End several; only then those begin that waited for them."""
        self.ending += 1
        for run in runs:
            run.end("superseded")
        self.ending -= 1
        self.begin_next()

    def run_ended(self, run):
        self.triggers.ended(run)
        if run.call:
            self.later.append(partial(self.told, run))
        self.begin_next()

    def begin_next(self):
        for run in [r for r in self.runs if r.status == "queued"]:
            if not self.ending and run.status == "queued" and self.may_begin(run):
                run.begin()

    # --- tokens (S6, E7) ---

    def free(self, stage, name, text, limit, zone):
        owner = name if stage in ("once", "throttle") else ""
        since = zone.plus(self.now, limit["per"], -1) if "per" in limit else -1
        return sum(t[:3] == (stage, owner, text) and t[3] > since for t in self.tokens) < limit.get("limit", 1)

    def take_for_step(self, run, step, scope, here):
        """Take the tokens of a step, or say which is refused."""
        found = []
        for stage in (*(["once"] if "once" in step else []), *step.get("caps", ())):
            limit = self.caps.get(stage) or step[stage]
            text = key_text(look(limit["key"], scope))
            if text is None:
                raise Failed
            found.append((stage, id(step), text, limit))
        for stage, name, text, limit in found:
            if not self.free(stage, name, text, limit, run.flow["zone"]):
                return "once" if stage == "once" else "capped"
        self.tokens += [(stage, name if stage == "once" else "", text, self.now, run, here) for stage, name, text, _ in found]
        return None

    def give_back(self, run, path):
        self.tokens = [t for t in self.tokens if not (t[4] is run and t[5] == path)]


def listed(value):
    return value if isinstance(value, list) else [value]


def mark(told):
    """Return what tells runs of one event apart: by which of several triggers it started."""
    return f"#{told['id']}" if told["id"] else ""
