"""The kinds of triggers, and what holds events back, told a second time from the rules alone (T1-T9, E4, E6).

What a trigger remembers of a subject or a key is a ``Memory``: at its moment it is woken. An event goes through the trigger's own
filter, ``debounce``, the conditions and ``once``, and what holds it; only then through all that limits starts.
"""

from __future__ import annotations

from datetime import datetime, time

from model_firings import Firings, kind_of
from model_values import HOUR, MISSING, key_text, literal, look, span, truth

HOLDING = ("absence", "count", "batch", "date")


def listens(flow, event):
    return event.type in (flow["trigger"].get("event"), flow["trigger"].get("without"))


def heard_by(views, event):
    """Return the triggers of a workflow that are told of an event; of those that remember nothing the first alone, for all of them ask the same."""
    found = [view for view in views if listens(view, event)]
    first = next((view for view in found if is_plain(view)), None)
    return [view for view in found if view is first or not is_plain(view)]


def is_plain(flow):
    return kind_of(flow) == "event" and "debounce" not in flow and "holds_for" not in flow["trigger"]


def takes(flow, outcome):
    """Whether an event that has come to this is left to no other trigger of its workflow."""
    return "debounce" in flow if outcome in ("held", "merged") else outcome not in (None, "not_matched", "unknown", "stale")


def number(value):
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def same(one, other):
    return isinstance(one, bool) is isinstance(other, bool) and one == other


class Memory:
    """What one stage of a flow's trigger remembers for a key; ``due`` is when it is to be woken, ``fire`` when it will be."""

    def __init__(self, flow, stage, key):
        self.flow, self.stage, self.key = flow, stage, key
        self.due = self.fire = None
        self.held, self.told, self.seen = [], {}, []
        self.time = self.value = self.armed = self.date = self.end = self.since = None
        self.running = self.fired = False

    @property
    def newest(self):
        """The number of the newest event that it holds: of one moment, what came first goes first."""
        return max((event.seq for event in self.held), default=0)


class Triggers(Firings):
    """Who remembers what.

    Args:
        model: the shop.
        zero: the moment from which it counts.
    """

    def __init__(self, model, zero):
        self.model, self.zero, self.memories = model, zero, {}
        for flow in [view for views in model.views.values() for view in views if kind_of(view) == "schedule"]:
            memory = self.of(flow, "schedule", "")
            memory.end, memory.since = model.now - 1, model.now
            self.wake_at(memory, self.planned(memory, memory.end))

    def of(self, flow, stage, key):
        return self.memories.setdefault((flow["name"], flow["place"], stage, key), Memory(flow, stage, key))

    def wake_at(self, memory, due):
        """Ask for a moment; one that is asked for again stays where it settles after a stop or a pause (W6)."""
        if due != memory.due or memory.fire is None:
            memory.due, memory.fire = due, None if self.model.is_paused(memory.flow["name"]) else due

    def hold(self, memory, event, due, *, alone=False):
        """Keep an event until a moment; the first is held, later ones are merged."""
        outcome = "merged" if memory.held else "held"
        memory.held = [event] if alone else sorted([*memory.held, event], key=lambda e: e.seq)
        self.wake_at(memory, due)
        return outcome

    def let_go(self, memory):
        """Forget what is held, and its moment."""
        found, memory.held = memory.held, []
        self.wake_at(memory, None)
        return found

    def wake(self, memory):
        if memory.stage == "schedule":
            self.come(memory)
            return
        events, told = self.let_go(memory), memory.told
        if memory.stage == "debounce":
            outcome = self.asked(events[-1], memory.flow, told, events)
        else:
            memory.fired, memory.running = memory.running, False
            outcome = self.model.limited(self.model.begins(events[-1], memory.flow, told, events))
        self.model.tell(events[-1], memory.flow, outcome)

    # --- the way of an event (E6) ---

    def heard(self, event, flow, taken):
        """Tell one trigger of an event; where another of its workflow has taken it, it starts nothing."""
        trigger, kind = flow["trigger"], kind_of(flow)
        if event.type == trigger.get("without"):
            self.second(event, flow)
        if event.type != trigger["event"]:
            return None
        told, subject = {"kind": kind}, self.model.subject_of(flow, event, event.data)
        if kind in ("threshold", "changed"):
            if subject[1] is None:
                return "unknown"
            outcome, adds = self.filtered(event, flow, self.of(flow, kind, subject))
            if outcome is not None:
                self.lapse(event, flow, subject, outcome, adds)
                return "not_matched" if outcome == "unchanged" else outcome
            told.update(adds)
        if "debounce" in flow and taken:
            return None
        if "debounce" in flow:
            return "unknown" if subject[1] is None else self.quieted(event, flow, told, self.of(flow, "debounce", subject))
        return self.asked(event, flow, told, [event], taken)

    def quieted(self, event, flow, told, memory):
        """Wait until the subject is quiet, at most so long after the first event (T8)."""
        how = flow["debounce"] if isinstance(flow["debounce"], dict) else {"quiet": flow["debounce"]}
        quiet = span(how["quiet"])
        if not memory.held:
            memory.end = self.model.now + (span(how["max"]) if "max" in how else 12 * quiet)
        memory.told = told
        return self.hold(memory, event, min(self.model.now + quiet, memory.end))

    def asked(self, event, flow, told, events, taken=False):
        start = self.model.begins(event, flow, told, events)
        start.taken = taken
        stage = "holds_for" if "holds_for" in flow["trigger"] else kind_of(flow)
        if stage not in (*HOLDING, "holds_for"):
            return None if taken else self.model.refused(start) or self.model.limited(start)
        outcome = self.model.refused(start) or self.model.taken(start, "once")
        if outcome not in (None, "not_matched", "superseded", "unknown", "failed"):
            return outcome
        passed = None if outcome in ("unknown", "failed") else outcome is None
        found = getattr(self, stage)(start, passed) if passed or stage in ("holds_for", "date") else None
        return outcome or found

    # --- filters (T2, T3, E4) ---

    def filtered(self, event, flow, memory):
        """Return why an event is dropped, or None with what the run is told."""
        trigger = flow["trigger"]
        if memory.time is not None and event.time < memory.time:
            return "stale", {}
        carried = event.data.get("previous")
        scope = event.data
        path = trigger.get("value") or trigger["changed"]
        now, before = look(path, scope), look(path, carried) if isinstance(carried, dict) else MISSING
        return getattr(self, memory.stage)(trigger, memory, event, now, before)

    def threshold(self, trigger, memory, event, now, before):
        sign = -1 if "below" in trigger else 1
        line = number(literal(str(trigger.get("below", trigger.get("above"))), event.data))
        back = number(literal(str(trigger.get("rearm_at", line)), event.data))
        if None in (number(now), line, back):
            return "unknown", {}
        carried, known = number(before), memory.armed
        if carried is not None:
            known = sign * carried <= sign * line and (known is not False or sign * carried <= sign * back)
        crossed, previous = sign * now > sign * line, memory.value if carried is None else carried
        memory.armed = not crossed and (known is not False or sign * now <= sign * back)
        memory.value, memory.time = now, event.time
        return (None, {"previous": previous}) if crossed and known else ("not_matched", {})

    def changed(self, trigger, memory, event, now, before):
        if now is MISSING:
            return "unknown", {}
        if before is MISSING and memory.time is not None:
            before = memory.value
        memory.value, memory.time = now, event.time
        fits = "to" not in trigger or same(now, trigger["to"])
        if before is MISSING or same(before, now):
            return "unchanged" if fits else "not_matched", {}
        if fits and ("from" not in trigger or same(before, trigger["from"])):
            return None, {"from": before, "to": now}
        return "not_matched", {}

    def lapse(self, event, flow, subject, outcome, adds):
        """Stop the clock at an event that the filter drops, unless nothing changed and the conditions still hold (E6)."""
        memory = self.memories.get((flow["name"], flow["place"], "holds_for", subject))
        if memory is None or outcome not in ("not_matched", "unchanged") or not (memory.running or memory.fired):
            return
        start = self.model.begins(event, flow, memory.told, [event])
        if outcome == "not_matched" or truth(flow.get("conditions", []), start.scope) is not True:
            self.let_go(memory)
            memory.running = memory.fired = False
        elif memory.running:
            memory.held = [event]

    # --- what holds (T4-T7) ---

    def holds_for(self, start, passed):
        if start.subject is None:
            return "unknown"
        memory = self.of(start.flow, "holds_for", start.about)
        if not passed:
            self.let_go(memory)
            memory.running = memory.fired = False
            return None
        if memory.fired:
            return "not_matched"
        memory.told = start.told
        due = memory.due if memory.running else self.later(start.flow, "holds_for")
        memory.running = True
        return self.hold(memory, start.event, due, alone=True)

    def date(self, start, passed):
        trigger, event, now = start.flow["trigger"], start.event, self.model.now
        if start.subject is None:
            return "unknown"
        memory = self.of(start.flow, "date", start.about)
        if memory.time is not None and event.time < memory.time:
            return "stale"
        value = look(trigger["date"], event.data)
        if passed is False or value is None:
            memory.time, memory.date = event.time, None
            self.let_go(memory)
            return "not_matched"
        moment = self.moment(start.flow, value) if passed else None
        if moment is None:
            return "unknown"
        memory.time = event.time
        if memory.date == moment:
            return "not_matched"
        memory.date, memory.told = moment, start.told
        if moment <= now and trigger.get("late") != "fire":
            self.let_go(memory)
            return "not_matched"
        return self.hold(memory, event, max(moment, now), alone=True)

    def moment(self, flow, value):
        """Return the moment that a date stands for: a plain one is midnight, one without a zone is of the workflow's."""
        zone = flow["zone"]
        found = zone.read(value)
        if found is None:
            return None
        found = zone.plus(found, flow["trigger"].get("offset", "0s"))
        at = flow["trigger"].get("at")
        return zone.at(datetime.combine(zone.local(found).date(), time.fromisoformat(at))) if at else found

    def later(self, flow, setting):
        """Return the moment that comes so long after now as a setting of the trigger says."""
        return flow["zone"].plus(self.model.now, flow["trigger"][setting])

    def count(self, start, passed):
        trigger, now, event = start.flow["trigger"], self.model.now, start.event
        amount = number(look(trigger["sum"], start.scope)) if "sum" in trigger else 1
        memory = self.keyed(start, "count")
        if memory is None or amount is None:
            return "unknown"
        since = start.flow["zone"].begins(trigger["within"], now)
        marks = [mark for mark in memory.seen if mark[0] > since]
        before = sum(mark[1] for mark in marks)
        memory.seen = marks = [*marks, (now, amount, event)]
        if before < trigger["at_least"] <= before + amount:
            return None if start.taken else self.model.limited(self.model.begins(event, start.flow, start.told, [mark[2] for mark in marks]))
        return "merged" if len(marks) > 1 else "held"

    def batch(self, start, passed):
        trigger, memory = start.flow["trigger"], self.keyed(start, "batch")
        if memory is None:
            return "unknown"
        memory.told = start.told
        if len(memory.held) + 1 >= trigger.get("up_to", 1000):
            events = [*self.let_go(memory), start.event]
            alone = start.taken and len(events) == 1
            return None if alone else self.model.limited(self.model.begins(start.event, start.flow, start.told, events))
        return self.hold(memory, start.event, memory.due if memory.held else self.later(start.flow, "collect_for"))

    def keyed(self, start, stage):
        key = key_text(look(start.flow["trigger"]["key"], start.scope)) if "key" in start.flow["trigger"] else ""
        return None if key is None else self.of(start.flow, stage, key)

    def pairs(self, flow, event, first):
        """Return what the two events of an absence pair by."""
        match = flow["trigger"].get("match")
        if match is None:
            found = self.model.subject_of(flow, event, event.data)
            return None if found[1] is None else found
        found = tuple(key_text(look(right if first else left, event.data)) for left, right in match.items())
        return None if None in found else found

    def second(self, event, flow):
        key = self.pairs(flow, event, first=False)
        if key is not None:
            memory = self.of(flow, "absence", key)
            self.let_go(memory)
            memory.seen.append(event)

    def absence(self, start, passed):
        trigger, event, now = start.flow["trigger"], start.event, self.model.now
        key = self.pairs(start.flow, event, first=True)
        if key is None:
            return "unknown"
        memory = self.of(start.flow, "absence", key)
        plus = start.flow["zone"].plus
        since = plus(event.arrived, trigger.get("lookback", "15m"), -1)
        if any(other.arrived >= since and other.time >= event.time for other in memory.seen):
            self.let_go(memory)
            return "not_matched"
        memory.told = start.told
        began = max(min(event.time, now), now - 24 * HOUR)
        return self.hold(memory, event, max(plus(began, trigger["within"]), now), alone=True)
