"""The events that triggers make themselves: moments of a schedule, ends of runs, starts by hand (T1, T9)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from model_strands import Event
from model_time import Zone
from model_values import MINUTE

KINDS = {"schedule": "schedule", "every": "schedule", "manual": "manual", "value": "threshold", "changed": "changed", "without": "absence",
         "at_least": "count", "collect_for": "batch", "date": "date", "at": "schedule", "workflow": "workflow"}  # fmt: skip
MOST = 100


def kind_of(flow):
    return next((KINDS[key] for key in flow["trigger"] if key in KINDS), "event")


class Firings:
    """The part of the triggers that makes events, each for one trigger alone."""

    # --- moments of a schedule (T1) ---

    def planned(self, memory, after):
        """Return the first planned moment after another."""
        trigger = memory.flow["trigger"]
        zone = Zone(trigger["timezone"], self.zero) if "timezone" in trigger else memory.flow["zone"]
        return zone.planned(trigger, after, memory.since)

    def come(self, memory):
        flow, now, moments, after = memory.flow, self.model.now, [], memory.end
        while (after := self.planned(memory, after)) is not None and after <= now:
            moments.append(after)
        catch_up = flow["trigger"].get("catch_up", "latest")
        moments = [m for m in moments if now - m <= MINUTE] if catch_up == "none" else moments
        memory.end = now
        self.wake_at(memory, self.planned(memory, now))
        events = [self.made(flow, "schedule.fired", {}, flow["name"], m, self.text(m)) for m in moments[-MOST if catch_up == "all" else -1 :]]
        for event in events:
            event.queue, event.waits = (events if len(events) > 1 else None), event is not events[0]
        if events:
            self.model.emitted.append(partial(self.decide, events[0], flow))

    def text(self, moment):
        return (self.zero + timedelta(microseconds=moment)).isoformat().replace("+00:00", "Z")

    def made(self, flow, type, data, subject, time, what, **cause):
        model = self.model
        event = Event(f"{flow['name']}/{flow['place']}/{what}", type, data, subject, time, model.now, len(model.events) + 1, **cause)
        event.view = flow
        model.events.append(event)
        return event

    def decide(self, event, flow):
        """Decide an event that a trigger made, for its workflow alone."""
        model, name = self.model, flow["name"]
        if event.hop > 16:
            model.decided(event, None, "capped")
        elif model.hold(name, partial(self.decide, event, flow)) or self.gives_way(event, flow):
            model.decided(event, name, "held")
        else:
            start = model.begins(event, flow, {"kind": kind_of(flow)}, [event])
            outcome = model.refused(start) or model.limited(start)
            model.tell(event, flow, outcome)
            if isinstance(outcome, str) and outcome != "failed":
                self.next_of_line(event)

    def gives_way(self, event, flow):
        """Let a moment that is caught up wait for the run that is open (T1)."""
        start = self.model.begins(event, flow, {"kind": kind_of(flow)}, [event])
        before = self.model.mine(start) if start.mode == "single" and event.arrived - event.time > MINUTE else ()
        if not before or before[0].event.view is None:
            return False
        first = before[0].event
        line = sorted({*(first.queue or [first]), *(event.queue or [event])}, key=lambda e: e.seq)
        for each in line:
            each.queue = line
        event.waits = True
        return True

    def next_of_line(self, event):
        """Let the next that waits have its turn, behind the last the first; none while a run of the line is open."""
        line = event.queue or ()
        waiting = sorted((e for e in line if e.waits), key=lambda e: (e.seq < event.seq, e.seq))
        if waiting and not any(run.open and not run.call and run.event in line for run in self.model.runs):
            waiting[0].waits = False
            self.model.emitted.append(partial(self.decide, waiting[0], waiting[0].view))

    # --- by hand, and ends of runs (T9) ---

    def by_hand(self, flow, id, data, subject, forced):
        """Start a workflow by hand; a second start of one id is a duplicate."""
        model = self.model
        if (flow["name"], id) in model.ids:
            model.decided(model.ids[flow["name"], id], None, "duplicate")
            return
        event = model.ids[flow["name"], id] = self.made(flow, "workflow.started_by_hand", data, subject or flow["name"], model.now, "")
        event.id, event.forced = id, forced
        self.decide(event, flow)

    def ended(self, run):
        flows = sorted(self.model.flows.values(), key=lambda f: (-f.get("priority", 0), f["name"]))
        for flow in [view for flow in flows for view in self.model.views[flow["name"]]]:
            trigger = flow["trigger"]
            status = trigger.get("status", run.status)
            if trigger.get("workflow") == run.flow["name"] and run.status in ([status] if isinstance(status, str) else status):
                data = {"ended": {"workflow": run.flow["name"], "status": run.status, "subject": run.subject, "output": run.output}}
                event = self.made(flow, "workflow.ended", data, run.subject, self.model.now, run.name, hop=run.next_hop, line=run.line)
                self.model.emitted.append(partial(self.decide, event, flow))
        if not run.call:
            self.next_of_line(run.event)
