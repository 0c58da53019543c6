"""What the model's runs are made of: events, waits, strands, and branches side by side."""

from __future__ import annotations

from collections import deque

from model_values import Cancelled, Failed, Stopped


class Event:
    def __init__(self, id, type, data, subject, time, arrived, seq, hop=0, line=frozenset()):
        self.id, self.type, self.data, self.subject, self.time = id, type, data, subject, time
        self.arrived, self.seq, self.hop, self.line = arrived, seq, hop, line
        # Of one that a trigger made: for which, whether conditions are not asked, those of its line, whether it waits for its turn.
        self.view, self.forced, self.queue, self.waits = None, False, None, False


class Start:
    """A start while its stages are asked: by which event, of which flow, about whom, and what the run is told of its trigger."""

    def __init__(self, event, flow, about, told, events, call=None):
        self.event, self.flow, self.about, self.told, self.call = event, flow, about, told, call
        self.kind, self.subject = about
        self.key = (flow["name"], *about)
        self.scope = {**event.data, "trigger": told, "events": [{"type": e.type, "subject": e.subject, "data": e.data} for e in events]}
        self.mode = flow.get("mode", "single" if told["kind"] == "schedule" else "parallel")
        self.group, self.tokens, self.rivals, self.taken = None, [], [], False


class Wait:
    """What a strand waits for: a timer, a call, an event, a person, a child."""

    def __init__(self, kind, path, due=None, **more):
        self.kind, self.path, self.due, self.fire, self.more, self.strand = kind, path, due, due, more, None


class Strand:
    def __init__(self, fork=None, number=0):
        self.fork, self.number, self.wait, self.cancelled, self.shield = fork, number, None, False, 0

    @property
    def ending(self):
        return self.cancelled and not self.shield


class Fork(Wait):
    """Branches side by side (P4, P5)."""

    def __init__(self, run, path, makers, limit, first=False):
        super().__init__("fork", path)
        self.run, self.todo, self.limit, self.first = run, deque(enumerate(makers)), limit, first
        self.open, self.results, self.winner, self.signal = [], [None] * len(makers), None, None

    def go_on(self):
        while self.todo and len(self.open) < self.limit:
            number, maker = self.todo.popleft()
            strand = Strand(self, number)
            self.open.append(strand)
            strand.steps = maker(strand)
            self.run.resume(strand)
        if not self.open:
            signal = Cancelled() if self.strand.ending else self.signal if self.winner is None else None
            self.run.resume(self.strand, self.results if not self.first else None if self.winner is None else self.results[self.winner], signal)

    def ended(self, strand, value, signal):
        self.open.remove(strand)
        stopped = isinstance(self.signal, Stopped) or (self.signal is not None and not self.first)
        decides = False
        if signal is None:
            self.results[strand.number] = value
            decides = self.first and self.winner is None and not stopped
            self.winner = strand.number if decides else self.winner
        elif isinstance(signal, Failed) and self.first:
            self.signal = self.signal if stopped else signal
        elif not isinstance(signal, Cancelled) and not stopped and self.winner is None:
            self.signal, decides = signal, True
        if decides:
            self.stop()
        self.go_on()

    def stop(self):
        self.todo.clear()
        for strand in list(self.open):
            self.run.cancel(strand)
