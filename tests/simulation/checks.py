"""What must be true of a store whatever has happened."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from outside import SECRET, Outside

from ecomflow.model import Outcome, RunStatus
from ecomflow.runtime.clock import SECOND, to_moment
from ecomflow.runtime.loading import Loader
from ecomflow.runtime.record import run_id
from ecomflow.runtime.timekeeping import jump_in
from ecomflow.runtime.upkeep import journal_rows
from ecomflow.store.lease import EXPIRES_MICROS

if TYPE_CHECKING:
    from process import Process

_ENDED = ", ".join(f"'{status}'" for status in RunStatus if status.ended)
_FORMS = (SECRET.partition("/")[0].encode(), base64.b64encode(f"user:{SECRET}".encode())[8:-4])


class Auditor:
    """Remembers what was true and what was promised, and holds the store against it.

    Args:
        outside: who knows what has taken effect.
    """

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._journal: dict[int, list[Any]] = {}
        self._seen: dict[int, tuple[Any, ...]] = {}
        self.acknowledged: set[str] = set()
        self.requests: set[str] = set()
        self.held = 0
        self._hold: tuple[Any, int] = None, 0

    def check(self, process: Process) -> None:
        """Check everything that holds at every moment."""
        self._process, self._store = process, process.kernel.store
        self._nothing_acknowledged_is_lost()
        self._journals_only_grow_and_give_the_runs()
        self._calls_are_told_once()
        self._effects_are_of_runs()
        self._what_triggers_keep_will_be_woken()
        self._no_timer_goes_off_while_the_clock_is_wrong()

    def _rows(self, sql: str) -> list[Any]:
        return list(self._store.db.execute(sql))

    def _nothing_acknowledged_is_lost(self) -> None:
        assert self._process.inbox is not None
        letters = {letter.request for letter in self._process.inbox.letters(10_000)}
        kept = {row[0] for row in self._rows("select id from event")}
        lost = self.acknowledged - kept - letters
        assert not lost, f"acknowledged and lost: {sorted(lost)}"
        answered = {row[0] for row in self._rows("select request from answer")}
        lost = self.requests - letters - answered
        assert not lost, f"requests that are neither kept nor answered: {sorted(lost)}"
        self.requests -= answered  # answers are kept for a day

    # --- journals ---

    def _journals_only_grow_and_give_the_runs(self) -> None:
        loader = Loader(self._store, self._process.kernel.definitions, self._process.kernel.events)
        marks = {row[0]: row for row in self._rows(
            "select r.n, r.status, (select max(seq) from journal j where j.run = r.n), r.live from run r"
        )}  # fmt: skip
        for n in self._journal:
            assert n in marks, f"run {n} is gone"
        for n, mark in marks.items():
            if self._seen.get(n) != mark:
                self._seen[n] = mark
                self._only_grows(n)
                self._gives(loader, n, mark[1])

    def _only_grows(self, n: int) -> None:
        now = [tuple(row) for row in journal_rows(self._store, n)]
        before = self._journal.get(n, [])
        assert now[: len(before)] == before, f"run {n}: its journal was {before}, is {now}"
        self._journal[n] = now
        paths: list[str] = []
        for row in now:
            paths = [] if row[2] == "retry" else [*paths, row[3]] if row[2] == "child" else paths
            assert len(paths) == len(set(paths)), f"run {n}: a call's end was told twice: {paths}"

    def _gives(self, loader: Loader, n: int, status: str) -> None:
        run = loader.load(n)
        if not self._journal[n]:
            return
        held = bool(run.held) and run.held.issuperset(run.machine.flights) and run.machine.status is RunStatus.RUNNING
        expected = RunStatus.WAITING if held else run.machine.status
        assert expected == status, f"run {n} is {status}, its journal says {expected}"
        if not RunStatus(status).ended:
            self._waits_are_stored(n, run.machine)

    def _waits_are_stored(self, n: int, machine: Any) -> None:
        # A blocked run has taken what its other branches wait for, and acts on it once the doubt is settled.
        blocked = machine.status is RunStatus.BLOCKED
        asked = {w.path for w in machine.pending if w.due is not None and w.kind != "person" and not blocked}
        stored = {row[0] for row in self._rows(f"select path from timer where run = {n}")}
        assert asked <= stored, f"run {n} waits at {asked}, the store has timers for {stored}"
        live = self._process.kernel.runs.live.get(n)
        if live is not None:
            assert _told(live.machine) == _told(machine), f"run {n} in memory differs from its journal"

    # --- calls and effects ---

    def _calls_are_told_once(self) -> None:
        lost = self._rows(
            "select c.run, c.path, c.state from child c join run r on r.n = c.child where c.state in ('open', 'unwanted')"
            f" and r.status in ({_ENDED})"
        )
        assert lost == [], f"calls that have ended and do not know it: {lost}"

    def _effects_are_of_runs(self) -> None:
        known = {run_id(n, suffix) for n, suffix in self._rows("select n, suffix from run")}
        strangers = {run for run, _ in self._outside.asked} - known
        assert not strangers, f"runs acted that are not in the store: {strangers}"

    # --- triggers ---

    def _what_triggers_keep_will_be_woken(self) -> None:
        paused = "exists (select 1 from paused p where p.workflow in ('*', w.workflow))"
        asleep = self._rows(f"select workflow, trigger, key from watch w where due is not null and fire is null and not {paused}")
        assert asleep == [], f"triggers that asked for a moment and will not be woken: {asleep}"
        kept = "kept_event k left join watch w on w.workflow = k.workflow and w.trigger = k.trigger and w.key = k.key"
        lost = self._rows(f"select k.workflow, k.trigger, k.event from {kept} left join event e on e.seq = k.event where w.due is null or e.seq is null")
        assert lost == [], f"events that are held and never let go: {lost}"

    def _bursts_are_decided(self) -> None:
        """Check that of each burst of ``debounce`` the last event was decided a second time, at its end."""
        held = set(self._rows("select workflow, event from kept_event"))
        last: dict[tuple[str, Any], int] = {}
        for workflow, event, outcome, reason in self._rows("select workflow, event, outcome, reason from decision order by n"):
            whose = (workflow, self._process.kernel.events.get(event).event.data.get("thing", {}).get("id"))
            if reason == "debounce":
                assert outcome == "merged" or whose not in last, f"a burst of {whose} begins, and event {last.get(whose)} was never decided"
                last[whose] = event
            elif last.get(whose) == event and outcome not in ("delivered", "exited"):
                del last[whose]
        lost = {whose: event for whose, event in last.items() if (whose[0], event) not in held}
        assert not lost, f"bursts that never came to an end: {lost}"

    # --- the clock ---

    def clock_is_held(self, process: Process) -> None:
        """Check that a jump of the clock was noticed."""
        assert process.kernel.time.holds, "the clock has jumped, and nobody noticed"
        assert jump_in(process.kernel.store) is not None, "the clock has jumped, and nobody is told"

    def _no_timer_goes_off_while_the_clock_is_wrong(self) -> None:
        jump, before = jump_in(self._store), self._hold
        self._hold = jump, self._rows("select count(*) from journal where kind = 'timer'")[0][0]
        assert jump is None or jump != before[0] or self._hold[1] <= before[1], f"timers went off though {jump}"

    # --- secrets ---

    def no_secret_in(self, files: dict[str, bytes]) -> None:
        """Check that no byte of any file tells the secret."""
        for name, data in files.items():
            for form in _FORMS:
                at = data.find(form)
                assert at < 0, f"a secret stands in {name}: {data[max(0, at - 150) : at + 60].lstrip(bytes(1))!r}"

    # --- now and then ---

    def lease_is_fresh(self, process: Process) -> None:
        """Check that an engine that lives can be seen to live."""
        seen = process.kernel.store.row("lease", process.kernel.store.shop)[2]
        late = process.clock.wall() - seen
        assert abs(late) < EXPIRES_MICROS, f"the engine lives, and its lease was renewed {late / SECOND} s ago"

    def why_agrees(self, process: Process) -> None:
        """Check that what people are told of each event is what was decided."""
        reader = process.reader()
        rows = process.kernel.store.db.execute(
            "select e.source, e.id, d.workflow, d.outcome, d.run, r.suffix, r.declined from decision d join event e on e.seq = d.event"
            " left join run r on r.n = d.run order by d.n"
        ).fetchall()  # fmt: skip
        decided: dict[tuple[str, str], list[Any]] = {}
        for source, id_, *rest in rows:
            decided.setdefault((source, id_), []).extend((name, *rest[1:]) for name in (rest[0] or "").split("\n"))
        for (source, id_), expected in decided.items():
            told = [one for one in reader.why(f"{source}/{id_}") if one.event_id == id_]
            for (name, outcome, n, suffix, declined), one in zip(expected, told, strict=False):
                right = Outcome.NOT_MATCHED if declined and outcome == Outcome.STARTED else Outcome(outcome)
                assert (one.workflow or "", one.outcome) == (name, right), f"why {id_}: decided {name} {outcome}, told {one}"
                assert one.disagrees == "", f"why {id_}: {one}"
                if n is not None:
                    assert suffix is not None, f"{id_} started run {n}, which is not there"
                    assert one.run_id == run_id(n, suffix)
                    assert reader.run(one.run_id).workflow == name
            assert len(told) >= len(expected), f"why {id_}: {len(told)} of {len(expected)} decisions are told"

    def ends(self, process: Process) -> None:
        """Check, after all time has passed, that each run has ended or waits for what may still come."""
        reader, now = process.reader(), to_moment(process.clock.wall())
        assert jump_in(process.kernel.store) is None, "timers hold, though the time was accepted"
        assert process.inbox is not None
        assert process.inbox.letters() == [], f"letters that nobody takes: {process.inbox.letters()[:2]}"
        assert self._rows("select seq from event where state <> 1 and seq not in (select event from firing where waits = 1)") == []
        for run in reader.runs():
            if run.status.ended:
                continue
            pending = reader.run(run.id).waiting_for
            assert run.status is RunStatus.BLOCKED or run.status is RunStatus.QUEUED or pending, f"{run.id} of {run.workflow} is {run.status} and waits for nothing"
            overdue = [w for w in pending if w.due is not None and w.due < now and run.status is not RunStatus.BLOCKED]
            assert not overdue, f"{run.id} of {run.workflow} still waits: {overdue}"
            assert run.status is RunStatus.BLOCKED or not any(w.kind == "action" for w in pending), f"{run.id} waits for a call that nobody makes"
        overdue = self._rows(f"select workflow, trigger, key, due from watch where fire < {process.clock.wall() - 5 * 60 * SECOND}")
        assert overdue == [], f"triggers that are overdue: {overdue}"
        self._bursts_are_decided()
        self.held = self._rows("select count(*) from decision where outcome in ('held', 'merged') and reason <> 'paused'")[0][0]
        self._queued_wait_for_somebody()
        orphans = self._rows(
            "select c.child from child c join run r on r.n = c.child join run p on p.n = c.run"
            f" where p.status in ({_ENDED}) and r.status not in ({_ENDED})"
        )
        assert orphans == [], f"runs that outlive their callers: {orphans}"
        self._what_succeeded_took_effect()

    def _queued_wait_for_somebody(self) -> None:
        lonely = self._rows(
            "select n, workflow from run q where status = 'queued' and not exists (select 1 from run o where o.n <> q.n and o.ended is null"
            " and o.status <> 'queued' and ((o.workflow = q.workflow and o.mode_key = q.mode_key) or o.group_key = q.group_key))"
        )
        assert lonely == [], f"runs that are queued behind nobody: {lonely}"

    def _what_succeeded_took_effect(self) -> None:
        calls = self._rows("select count(*) from run where status = 'running'")
        assert calls == [(0,)], "runs still act after all time"


def _told(machine: Any) -> Any:
    calls = sorted((a.path, a.key, a.attempt, str(a.params)) for a in machine.in_flight)
    return machine.status, calls, sorted((w.kind, w.path, str(w.due)) for w in machine.pending)


def all_rows(process: Process) -> list[list[Any]]:
    """Return every row of a store but those that say who is its engine."""
    db = process.kernel.store.db
    tables = db.execute("select name from sqlite_schema where type = 'table' and name not in ('lease', 'meta') order by name").fetchall()
    return [db.execute(f"select * from {table}").fetchall() for (table,) in tables]
