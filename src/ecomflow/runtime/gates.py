"""Between a request that is durable and its call: connections that are paused, limited, or left in peace for a while hold calls.

A connection of which there is nothing to remember costs a look into a dictionary, and no SQL. A held call is a row; its run
waits, and costs no memory. One that asks for consent first has two connections on its way, and is held at either. Calls are let
through in turns by workflow, so that none waits behind the thousands of another.
Where as many calls are under way as may be, whatever they go through, further ones are held at a gate of no name for others
to be answered: so what goes off at once, or comes in, is no more than that in memory, and no more is in doubt after a kill.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ecomflow.errors import NotFoundError
from ecomflow.model import Breaker, Rate
from ecomflow.policies import breaking
from ecomflow.policies.breaking import Standing
from ecomflow.runtime.consent import Consent, lessons
from ecomflow.runtime.outgoing import call_of, chosen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ecomflow.core.commands import RunAction
    from ecomflow.language import ConnectionConfig, Project
    from ecomflow.model import Catalog
    from ecomflow.runtime.base import Call
    from ecomflow.runtime.record import LiveRun
    from ecomflow.runtime.runs import Runs
    from ecomflow.runtime.turn import Turn
    from ecomflow.store import Store

_log = logging.getLogger("ecomflow")
_PORTION, _PAUSE = 100, 200_000
"""Calls that one connection lets through at once, and microseconds to the next ones: 500 a second."""
_PLACES = 200
"""Calls that are let through at once where others have made room."""
_ROOM = 200

MOST = 10_000
"""Calls under way at once: each takes about 10 kB with its run, and one that is held costs another wake-up of its run."""
CROWD: Final = ""
"""The name of the gate of calls that are held because so many are under way."""

_FRESH = Standing()


@dataclass(slots=True)
class Gate:
    """One connection: where it stands, what it allows, how many calls it holds."""

    name: str
    rate: Rate | None = None
    breaker: Breaker | None = None
    standing: Standing = _FRESH
    probe: str | None = None
    said: str = ""
    wake: int | None = None
    held: int = 0
    asleep: bool = False
    """Whether nothing of what is held may go, until somebody looks again."""


class Gates:
    """The connections of one shop, as far as calls are held there.

    Args:
        store: where it is kept.
        turn: the transaction being made.
        catalog: which actions go through which kinds of connections.
    """

    runs: Runs

    def __init__(self, store: Store, turn: Turn, catalog: Catalog) -> None:
        self._store, self._turn, self._catalog, self._consent = store, turn, catalog, Consent(catalog)
        self._configs: Mapping[str, ConnectionConfig] = {}
        self._names: dict[str, str | None] = {}
        self._gates: dict[str, Gate] = {}
        self.most = MOST
        """How many calls may be under way at once."""
        self._under_way: set[str] = set()
        """Their keys."""
        self.forget()

    def use(self, project: Project) -> None:
        """Take the connections of a project for the current ones."""
        self._configs, self._names = project.connections, {}
        self._consent.use(project)
        self.forget()

    def forget(self) -> None:
        """Drop what is in memory; the store knows it all."""
        self._gates = {name: self._new(name) for name, config in self._configs.items() if config.rate is not None}
        for name, paused, failures, trips, until, asked, probe, said, wake in self._store.rows("gates", self._store.shop):
            gate = self._gates.setdefault(name, self._new(name))
            gate.standing = Standing(bool(paused), failures, trips, until, asked, probe is not None)
            gate.probe, gate.said, gate.wake = probe, said, wake
        for name, count in self._store.rows("held_counts", self._store.shop):
            self._gates.setdefault(name, self._new(name)).held = count

    def _new(self, name: str) -> Gate:
        config = self._configs.get(name)
        return Gate(name) if config is None else Gate(name, config.rate, config.breaker)

    @property
    def next_wake(self) -> int | None:
        """When calls are let through next, in microseconds."""
        return min((gate.wake for gate in self._gates.values() if gate.wake is not None), default=None)

    def through(self, action: str, connection: str | None) -> str | None:
        """Return the connection that a call goes through; None where it needs none."""
        if connection is not None:
            return connection
        if action not in self._names:
            spec = self._catalog.actions.get(action)
            self._names[action] = None if spec is None else chosen(spec, self._configs)
        return self._names[action]

    # --- asking ---

    def ask(self, run: LiveRun, command: RunAction) -> None:
        """Make a call after the commit, or hold it."""
        crowd = self._gates.get(CROWD)
        if self._room() <= 0 or (crowd is not None and crowd.held and not crowd.asleep):
            self._hold(crowd or self._new(CROWD), run, command)
        elif not self._gates or self._passes(run, command):
            self._go(run, command)

    def _room(self) -> int:
        return self.most - len(self._under_way) - len(self._turn.calls)

    def _go(self, run: LiveRun, command: RunAction) -> None:
        self._turn.calls.append(self._consent.asking(call_of(run, command, self._turn.moment)))

    def _passes(self, run: LiveRun, command: RunAction, let: Gate | None = None) -> bool:
        """Let a call pass all gates on its way, or hold it at the first that is shut; return whether it may go."""
        way = self._way(command)
        # One that another gate has let through has waited already: behind those of this one, each could send it back to the other.
        waits = let is None or let.name == CROWD
        shut = next((gate for gate in way if gate is not let and ((waits and gate.held) or not self._is_open(gate))), None)
        if shut is not None:
            self._hold(shut, run, command)
            return False
        for gate in way:
            self._pass(gate, run, command)
        return True

    def _way(self, command: RunAction) -> list[Gate]:
        names = {self.through(command.action, command.connection), self._consent.through(command)}
        return [gate for name, gate in self._gates.items() if name in names]

    def _is_open(self, gate: Gate) -> bool:
        opens = self._opens(gate)
        return opens is not None and opens <= self._turn.now

    def _opens(self, gate: Gate) -> int | None:
        if gate.name == CROWD:
            return 0 if self._room() > 0 else None
        opens = breaking.opens_at(gate.standing)
        if opens is None or gate.rate is None:
            return opens
        row = self._store.row("nth_passed", self._store.shop, gate.name, gate.rate.limit - 1)
        return opens if row is None else max(opens, row[0] + int(gate.rate.per * 1_000_000))

    def _pass(self, gate: Gate, run: LiveRun, command: RunAction) -> None:
        now = self._turn.now
        if gate.rate is not None:
            self._store.run("forget_passed", self._store.shop, gate.name, now - int(gate.rate.per * 1_000_000))
            self._store.run("pass_call", self._store.shop, gate.name, now, run.n, command.path)
        standing = breaking.passed(gate.standing)
        if standing is not gate.standing:
            gate.probe = _place(run.n, command.path)
            self._keep(gate, standing)

    def _hold(self, gate: Gate, run: LiveRun, command: RunAction) -> None:
        values = {"run": run.n, "path": command.path, "connection": gate.name, "workflow": run.workflow.name}
        self._store.update("hold_call", {"shop": self._store.shop, **values})
        run.held = (run.held or set()) | {command.path}
        gate.held += 1
        self._look(gate)

    # --- letting through ---

    def release(self) -> None:
        """Let through what may go now; a part of it where it is much."""
        now = self._turn.now
        for gate in [gate for gate in self._gates.values() if gate.wake is not None and gate.wake <= now]:
            self._release(gate)

    def _release(self, gate: Gate) -> None:
        if self._room() <= 0:
            self._look(gate, self._turn.now + _PAUSE)
            return
        values = {"shop": self._store.shop, "connection": gate.name, "limit": min(_PLACES if gate.name == CROWD else _PORTION, self._room())}
        rows, gone = list(self._store.select("next_held", values)), 0
        with self.runs.loader.ahead(n for n, _ in rows):
            for n, path in rows:
                if not self._is_open(gate):
                    break
                self._let(gate, n, path)
                gone += 1
        if not rows:  # what is left belongs to workflows that are paused, or to runs that cannot be read
            self._sleep(gate)
        else:
            self._look(gate, self._turn.now + _PAUSE if gone == _PORTION and gate.name != CROWD else 0)

    def _let(self, gate: Gate, n: int, path: str) -> None:
        run = self.runs.readable(n)
        if run is None:
            self._store.run("park_call", self._store.shop, n, path)
            return
        self._drop(run, path)
        flight = run.machine.flights.get(path)
        if flight is not None:
            if self._passes(run, flight, gate):
                self._go(run, flight)
            self.runs.sync(run)

    def _drop(self, run: LiveRun, path: str) -> None:
        name = self._store.value("let_call", self._store.shop, run.n, path)
        run.held = (run.held or set()) - {path} or None
        if name in self._gates:
            self._gates[name].held -= 1

    def _look(self, gate: Gate, not_before: int = 0) -> None:
        gate.asleep = False
        opens = self._opens(gate) if gate.held else None
        wake = None if opens is None else max(opens, not_before, self._turn.now)
        if wake != gate.wake or gate.held == 1:
            gate.wake = wake
            self._keep(gate, gate.standing)

    def _sleep(self, gate: Gate) -> None:
        gate.wake, gate.asleep = None, True
        self._keep(gate, gate.standing)

    def went(self, calls: Iterable[Call]) -> None:
        """Count calls that leave after a commit, and let through what was held for want of room, at once, where there is some."""
        self._under_way.update([call.key for call in calls])
        crowd = self._gates.get(CROWD)
        if crowd is not None and crowd.held and crowd.wake is None and not crowd.asleep and len(self._under_way) < self.most:
            crowd.wake, self._turn.timers = self._turn.now, True

    def look_again(self) -> None:
        """Try again what could not be let through, because its workflow was paused or its run could not be read."""
        if any(gate.held for gate in self._gates.values()):
            self._store.run("unpark_calls", self._store.shop)
        for gate in list(self._gates.values()):
            if gate.held:
                self._look(gate)

    def recover(self) -> None:
        """Take up what a stop left: a probe that was under way showed nothing."""
        self._under_way.clear()
        for gate in list(self._gates.values()):
            if gate.standing.probing:
                gate.probe = None
                gate.standing = breaking.probe_lost(gate.standing)
                self._keep(gate, gate.standing)
        self.look_again()

    def call_off(self, run: LiveRun, path: str) -> bool:
        """Give up a call that nobody waits for any more; return whether it was held, and so was never made."""
        if not run.held or path not in run.held:
            return False
        self._drop(run, path)
        return True

    def ended(self, run: LiveRun) -> None:
        """Give up all that a run held."""
        for path in list(run.held or ()):
            self.call_off(run, path)

    # --- learning ---

    def answered(self, call: Call, data: Mapping[str, Any]) -> None:
        """Learn from the answer of a call."""
        self._under_way.discard(call.key)
        if not self._gates and data["ok"]:
            return
        for name, shown in lessons(call, data, self.through(call.action, call.connection)):
            if name is not None and (name in self._gates or not shown["ok"]):
                self._learn(name, call, shown)

    def _learn(self, name: str, call: Call, data: Mapping[str, Any]) -> None:
        gate = self._gates.get(name) or self._new(name)
        standing = self._learnt(gate, call, data)
        if standing != gate.standing:
            gate.said = "" if data["ok"] else str(data.get("message", ""))[:_ROOM].rstrip(": ")
            gate.probe = gate.probe if standing.probing else None
            self._keep(gate, standing)
            self._look(gate)

    def _learnt(self, gate: Gate, call: Call, data: Mapping[str, Any]) -> Standing:
        probe = gate.probe == _place(call.run, call.path)
        kind = None if data["ok"] else data["class"]
        if kind == "rate_limited" and data.get("retry_after"):
            return breaking.asked_to_wait(gate.standing, self._turn.now, float(data["retry_after"]))
        if kind == "in_doubt" and data.get("type") == "crash":
            return breaking.probe_lost(gate.standing) if probe else gate.standing
        if kind not in ("retryable", "in_doubt"):
            return breaking.answered(gate.standing)
        if gate.breaker is None:
            return gate.standing
        return breaking.failed(gate.standing, gate.breaker, self._turn.now, probe=probe)

    # --- people ---

    def pause(self, name: str, *, paused: bool) -> None:
        """Pause a connection, or let it go on (R:V6).

        Raises:
            NotFoundError: the project has none of that name.
        """
        if name not in self._configs and name not in self._gates:
            known = ", ".join(sorted(self._configs)) or "none"
            raise NotFoundError(f"there is no connection {name}; the project has {known}")
        gate = self._gates.setdefault(name, self._new(name))
        self._keep(gate, replace(gate.standing, paused=paused))
        self._look(gate)

    def move(self, by: int) -> None:
        """Move what connections wait for and what they have let through, for the clock was moved by so many microseconds (R:V8)."""
        self._store.run("move_passed", by, self._store.shop)
        for gate in list(self._gates.values()):
            old = gate.standing
            gate.wake = None if gate.wake is None else gate.wake + by
            self._keep(gate, replace(old, until=old.until and old.until + by, asked=old.asked and old.asked + by))

    # --- keeping ---

    def _keep(self, gate: Gate, standing: Standing) -> None:
        gate.standing = standing
        self._gates[gate.name] = gate
        self._turn.timers = True
        if breaking.is_idle(standing, self._turn.now) and not gate.held:
            self._store.run("drop_gate", self._store.shop, gate.name)
            gate.wake, gate.said = None, ""
            if gate.rate is None:
                del self._gates[gate.name]
            return
        self._store.run(
            "keep_gate", self._store.shop, gate.name, int(standing.paused), standing.failures, standing.trips, standing.until,
            standing.asked, gate.probe, gate.said, gate.wake,
        )  # fmt: skip


def _place(run: int, path: str) -> str:
    return f"{run}/{path}"
